"""From the bytes of a form to its fields: strict about shape, kind about content.

A form that no browser makes from our pages (a field twice, bytes that are no UTF-8, another content type) is refused
as a whole. A field that is missing reads as empty, so that its own page can say what is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bulwark.web.problems import BodyTooLarge, FormUnreadable
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from starlette.requests import Request

MAX_BODY = 64 * 1024  # bytes; the largest honest form of the panel is far below
MAX_FIELDS = 1000  # an administrator may tick each of 660 permissions
MULTIPLE = frozenset({"pick"})  # names of check boxes that may come several times


class Form:
    """The fields of one submitted form."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Form:
        """A form from its names and values, as `items` gave them."""
        fields: dict[str, list[str]] = {}
        for name, value in pairs:
            fields.setdefault(name, []).append(value)
        return cls(fields)

    def text(self, name: str) -> str:
        """A field's value as typed, empty when absent."""
        values = self._fields.get(name)
        return values[0] if values else ""

    def secret(self, name: str) -> Secret:
        """A field's value as a secret: passwords are never trimmed or normalised."""
        return Secret(self.text(name))

    def code(self, name: str) -> Secret:
        """A one-time code: spaces and dashes are how people group digits, not part of it."""
        return Secret("".join(self.text(name).split()).replace("-", ""))

    def ticked(self, name: str) -> bool:
        """Whether a check box was ticked."""
        return bool(self.text(name))

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a field that may come several times."""
        return tuple(self._fields.get(name, ()))

    def items(self) -> Iterator[tuple[str, str]]:
        """Every name and value, for carrying a form through step-up."""
        for name, values in self._fields.items():
            for value in values:
                yield name, value


def parse(body: bytes) -> Form:
    """Parse an urlencoded body.

    Raises:
        FormUnreadable: not UTF-8, a field twice, too many fields, broken escapes or control characters in a name.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&"
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise FormUnreadable from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in fields and name not in MULTIPLE:
            raise FormUnreadable
        fields.setdefault(name, []).append(value)
    return Form(fields)


async def body_of(request: Request, limit: int = MAX_BODY) -> bytes:
    """Read a request's body, giving up as soon as it is larger than `limit` bytes.

    Raises:
        BodyTooLarge: the declared or real length is over the limit.
    """
    declared = request.headers.get("content-length", "").lstrip("0")
    if declared.isdecimal() and (len(declared) > len(str(limit)) or int(declared) > limit):
        raise BodyTooLarge
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise BodyTooLarge
    return bytes(received)


async def read_form(request: Request, limit: int = MAX_BODY) -> Form:
    """Read and parse the form of a request.

    Raises:
        FormUnreadable: another content type, or a body no browser makes.
        BodyTooLarge: more than `limit` bytes.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await body_of(request, limit)
    if kind != "application/x-www-form-urlencoded" and body:
        raise FormUnreadable
    return parse(body)
