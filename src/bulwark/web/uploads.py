"""Forms that may carry files (RFC 7578), and larger bodies than other forms: read whole, within bounds, never to disk.

A body over the limit is read to its end and thrown away as long as that is no attack, so that a browser gets an answer
in place of a broken connection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bulwark.web.forms import MAX_FIELDS, Form, parse
from bulwark.web.problems import BodyTooLarge, FormUnreadable

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_UPLOAD = 256 * 1024  # bytes of a whole body
PATIENCE = 16 * 1024 * 1024  # bytes that are read and thrown away
_BOUNDARY = re.compile(r"boundary=(?:\"([^\"\r\n]{1,70})\"|([^\s;,\"]{1,70}))", re.IGNORECASE)
_NAME = re.compile(r"\bname=\"([^\"\r\n]{1,100})\"", re.IGNORECASE)
_FILE = re.compile(r"\bfilename=\"([^\"\r\n]{0,255})\"", re.IGNORECASE)
_HEADERS = 2000  # bytes of one part's headers


class UploadForm(Form):
    """A form with files: `files` holds the bytes of each by its field's name, empty where none was chosen."""

    def __init__(self, fields: dict[str, list[str]], files: dict[str, bytes]) -> None:
        super().__init__(fields)
        self.files = files


async def read_upload_form(request: Request) -> Form:
    """Read a form that may carry files.

    Raises:
        FormUnreadable: another content type, or a body no browser makes.
        BodyTooLarge: more than `MAX_UPLOAD` bytes.
    """
    kind, _semicolon, parameters = request.headers.get("content-type", "").partition(";")
    body = await _body(request)
    match kind.strip().lower():
        case "multipart/form-data":
            return parse_multipart(body, parameters)
        case "application/x-www-form-urlencoded":
            return parse(body)
        case _ if not body:
            return Form({})
        case _:
            raise FormUnreadable


async def _body(request: Request) -> bytes:
    received, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_UPLOAD:
            received += chunk
        elif size > PATIENCE:
            break
    if size > MAX_UPLOAD:
        raise BodyTooLarge
    return bytes(received)


def parse_multipart(body: bytes, parameters: str) -> UploadForm:
    """Read the parts of a multipart body; `parameters` is what follows the content type.

    Raises:
        FormUnreadable: no boundary, broken parts, a field twice, too many parts, a text that is not UTF-8.
    """
    found = _BOUNDARY.search(parameters)
    if found is None:
        raise FormUnreadable
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("ascii", errors="replace")
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) < 2 or len(pieces) > MAX_FIELDS or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - head and end
        raise FormUnreadable
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name, is_file = _described(head)
        if not separator or name in fields or name in files:
            raise FormUnreadable
        if is_file:
            files[name] = content
        else:
            fields[name] = [_text(content)]
    return UploadForm(fields, files)


def _described(head: bytes) -> tuple[str, bool]:
    """A part's name, and whether it is a file."""
    if len(head) > _HEADERS:
        raise FormUnreadable
    for line in _text(head).split("\r\n"):
        if line.lower().startswith("content-disposition:"):
            name = _NAME.search(line)
            if name is not None:
                return name[1], _FILE.search(line) is not None
    raise FormUnreadable


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise FormUnreadable from error
