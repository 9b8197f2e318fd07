"""JSON in and out, and the small encodings of Stalwart's registry objects.

Sets are objects of `true`, dates are `YYYY-MM-DDTHH:MM:SSZ`, variants carry `@type`, secrets read back as `****`.
Whatever cannot be read becomes `NotJson`; nothing of the answer's content goes into its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from stalwart_jmap.core.errors import NotJson
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)

MASK: Final = "****"
SINGLETON: Final = "singleton"


class Keep(Enum):
    """The type of `KEEP`, for signatures where None already means "clear"."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""Leave a property as it is."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of a closed list that this library does not know; `value` is the server's own word."""

    value: str


def _reveal(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    message = f"{type(value).__name__} cannot be sent as JSON"
    raise TypeError(message)


def encode(value: object) -> bytes:
    """Write JSON; every `Secret` inside in the clear."""
    return msgspec.json.encode(value, enc_hook=_reveal)


def decode(body: bytes, shape: type[_T]) -> _T:
    """Read JSON as `shape`. Raises `NotJson` for broken bytes, another shape, or nesting without end."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotJson("the answer cannot be read") from None


def convert(value: Mapping[str, Any], shape: type[_T]) -> _T:
    """Read a decoded method result as `shape`. Raises `NotJson` when something is missing or of another type."""
    try:
        return msgspec.convert(value, shape)
    except (msgspec.MsgspecError, RecursionError):
        raise NotJson("the result has an unexpected shape") from None


def known(enum: type[_E], value: str) -> _E | Unknown:
    """Give the member of `enum`, or `Unknown` with the server's word."""
    try:
        return enum(value)
    except ValueError:
        return Unknown(value)


def to_set(values: Iterable[str]) -> dict[str, bool]:
    """Write a registry set: an object of `true`."""
    return dict.fromkeys(sorted(values), True)


def from_set(values: Mapping[str, bool]) -> frozenset[str]:
    """Read a registry set; `false` entries are absent."""
    return frozenset(name for name, present in values.items() if present)


def to_date(moment: datetime) -> str:
    """Write a date in UTC, whole seconds. Raises ValueError for a moment without time zone or outside 1970-3000."""
    if moment.tzinfo is None:
        message = "a date needs a time zone"
        raise ValueError(message)
    utc = moment.astimezone(UTC)
    if not 1970 <= utc.year <= 3000:  # noqa: PLR2004 - the server's own bounds
        message = "the server takes dates from 1970 to 3000"
        raise ValueError(message)
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
