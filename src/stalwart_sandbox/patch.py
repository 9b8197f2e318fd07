"""Writing registry objects: property types, whole values and JSON pointers, with the server's own refusals.

Sets are objects of `true`, lists are objects keyed by position, variants carry `@type`. Pointers have no leading slash.
Every kind has one method: `apply(current, parts, value, path, refs)` writes `value` below `current` at the remaining
pointer `parts` and returns the new value; `path` is what a refusal names, `refs` maps creation ids to ids.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from stalwart_sandbox import catalogue, dates, ids
from stalwart_sandbox.errors import SetError, invalid_patch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Json = dict[str, Any]

MASK: Final = "****"
_PREFIX_MIN: Final = 8


class Kind(Protocol):
    """The type of a property."""

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> Any:
        """The value after the write; SetError `invalidPatch` when it is refused."""
        ...


def _whole(parts: tuple[str, ...], path: str) -> None:
    if parts:
        raise invalid_patch("Invalid JSON Pointer path", path)


@dataclass(frozen=True, slots=True)
class Text:
    """A non-empty string; null clears it."""

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> str | None:
        """A text as it came."""
        del current, refs
        _whole(parts, path)
        if value is None or (isinstance(value, str) and value):
            return value
        raise invalid_patch("Invalid value for property.", path)


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> bool:
        """A flag as it came."""
        del current, refs
        _whole(parts, path)
        if isinstance(value, bool):
            return value
        raise invalid_patch("Invalid value for boolean property (expected true or false)", path)


@dataclass(frozen=True, slots=True)
class Number:
    """A non-negative integer, or null where `optional`."""

    optional: bool = False

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> int | None:
        """A number as it came."""
        del current, refs
        _whole(parts, path)
        if value is None and self.optional:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise invalid_patch("Invalid value for unsigned integer property (expected non-negative integer)", path)


@dataclass(frozen=True, slots=True)
class Date:
    """A date or null."""

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> str | None:
        """A date in its normal form."""
        del current, refs
        _whole(parts, path)
        if value is None:
            return None
        if not isinstance(value, str):
            raise invalid_patch("Invalid path for UTCDateTime, expected a string value", path)
        date = dates.normalise(value)
        if date is None:
            raise invalid_patch("Failed to parse UTCDateTime from string", path)
        return date


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a fixed list of names, or null where `optional`."""

    name: str
    names: frozenset[str]
    optional: bool = False

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> str | None:
        """A known name as it came."""
        del current, refs
        _whole(parts, path)
        if value is None and self.optional:
            return None
        if isinstance(value, str) and value in self.names:
            return value
        raise invalid_patch(f'Invalid value {value!r} for enum type "{self.name}".', path)


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of another object, also as the creation id `#name` of an earlier call."""

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> str | None:
        """An id in its normal form, whether its object exists or not."""
        del current
        _whole(parts, path)
        if value is None:
            return None
        number = read_id(value, refs)
        if number is None:
            raise invalid_patch("Failed to parse Id from string", path)
        return ids.encode(number)


def read_id(value: Any, refs: Mapping[str, str]) -> int | None:
    """The number of an id or of a creation id, or None."""
    if not isinstance(value, str):
        return None
    return ids.decode(refs.get(value[1:], "!") if value.startswith("#") else value)


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set, written as an object of `true`; `key` gives the normal form of a member, or None for what is none."""

    key: Callable[[str, Mapping[str, str]], str | None]

    def apply(
        self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]
    ) -> dict[str, bool]:
        """The members that are true."""
        if parts:
            return self._one(current, parts, value, path, refs)
        if not isinstance(value, dict) or not all(isinstance(flag, bool) for flag in value.values()):
            raise invalid_patch("Invalid value for object property", path)
        members = {self.key(name, refs): flag for name, flag in value.items()}
        if None in members:
            raise invalid_patch("Invalid key for object property", path)
        return {name: True for name, flag in members.items() if name is not None and flag}

    def _one(
        self, current: dict[str, bool] | None, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]
    ) -> dict[str, bool]:
        _whole(parts[1:], path)
        name = self.key(parts[0], refs)
        if name is None or not (value is None or isinstance(value, bool)):
            raise invalid_patch("Invalid value for object property", path)
        rest = {member: True for member in current or {} if member != name}
        return {**rest, name: True} if value else rest


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map from known names to non-negative integers."""

    names: frozenset[str]

    def apply(
        self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]
    ) -> dict[str, int]:
        """The entries that are not null."""
        entries: dict[str, Any] = dict(current or {})
        if parts:
            _whole(parts[1:], path)
            entries[parts[0]] = value
        elif isinstance(value, dict):
            entries = value
        else:
            raise invalid_patch("Invalid value for object property", path)
        if not set(entries) <= self.names:
            raise invalid_patch("Invalid key for object property", path)
        number = Number()
        return {name: number.apply(None, (), n, path, refs) or 0 for name, n in entries.items() if n is not None}


@dataclass(frozen=True, slots=True)
class Object:
    """An object with known properties; a whole write resets what is left out unless it is `merged`."""

    fields: Mapping[str, Kind]
    server_set: frozenset[str] = frozenset()
    defaults: Json = field(default_factory=dict)
    merged: bool = False

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> Json:
        """The object with everything it was not told left at its default."""
        if parts:
            self._check(parts[0], path, "Invalid JSON Pointer path", path)
            kind = self.fields[parts[0]]
            written = kind.apply((current or {}).get(parts[0]), parts[1:], value, path, refs)
            return {**(current or {}), parts[0]: written}
        if not isinstance(value, dict):
            raise invalid_patch("Invalid value type for object", path)
        result = {**self.defaults, **((current or {}) if self.merged else {})}
        for name, item in value.items():
            inner = f"{path}/{name}" if path else name
            self._check(name, path, "Invalid key for object", inner)
            result[name] = self.fields[name].apply(result.get(name), (), item, inner, refs)
        return result

    def _check(self, name: str, path: str, unknown: str, inner: str) -> None:
        if name in self.server_set:
            raise invalid_patch("Cannot modify server set property", inner)
        if name not in self.fields:
            raise invalid_patch(unknown, path)


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several objects, told apart by `@type`, which the server writes last."""

    variants: Mapping[str, Object]

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> Json:
        """The object with its `@type` last."""
        if parts:
            tag = current["@type"]
            bare = {name: item for name, item in current.items() if name != "@type"}
            return {**self.variants[tag].apply(bare, parts, value, path, refs), "@type": tag}
        if not isinstance(value, dict):
            raise invalid_patch("Invalid value type for object", path)
        tag = value.get("@type")
        if not isinstance(tag, str) or tag not in self.variants:
            raise invalid_patch("Missing or invalid '@type' property in object", path)
        bare = {name: item for name, item in value.items() if name != "@type"}
        return {**self.variants[tag].apply(None, (), bare, path, refs), "@type": tag}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, written as an object keyed by position; removing an entry moves the later ones up."""

    item: Kind

    def apply(self, current: Any, parts: tuple[str, ...], value: Any, path: str, refs: Mapping[str, str]) -> Json:
        """The entries under positions from 0 on."""
        entries: Json = dict(current or {})
        if not parts:
            if not isinstance(value, dict):
                raise invalid_patch("Invalid value for object property", path)
            entries = {key: self.item.apply(None, (), entry, path, refs) for key, entry in value.items()}
        elif parts[0] not in entries and (len(parts) > 1 or value is None):
            raise invalid_patch("Invalid JSON Pointer path", path)
        elif len(parts) == 1 and value is None:
            del entries[parts[0]]
        else:
            entries[parts[0]] = self.item.apply(entries.get(parts[0]), parts[1:], value, path, refs)
        if not all(key.isascii() and key.isdecimal() for key in entries):
            raise invalid_patch("Invalid key for object property", path)
        return {str(place): entries[key] for place, key in enumerate(sorted(entries, key=int))}


def create(schema: Object, value: Json, refs: Mapping[str, str]) -> Json:
    """A new object from the value of a `create` entry; an unknown property is refused with an empty path."""
    return schema.apply(None, (), value, "", refs)


def update(schema: Object, current: Json, changes: Json, refs: Mapping[str, str]) -> Json:
    """The object after a patch of whole properties and pointers, applied in the given order."""
    for pointer, value in changes.items():
        current = step(schema, current, pointer, value, refs)
    return current


def step(schema: Object, current: Json, pointer: str, value: Any, refs: Mapping[str, str]) -> Json:
    """The object after one property or pointer of a patch; `@type` is refused without saying why."""
    name, *rest = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/"))
    if name == "@type":
        raise SetError("invalidProperties")
    if name in schema.server_set:
        raise invalid_patch("Cannot modify server set property", pointer)
    if name not in schema.fields:
        raise invalid_patch("Invalid property", pointer)
    return {**current, name: schema.fields[name].apply(current.get(name), tuple(rest), value, pointer, refs)}


def permission_key(name: str, refs: Mapping[str, str]) -> str | None:
    """A known permission name."""
    del refs
    return name if name in catalogue.PERMISSIONS else None


def id_key(name: str, refs: Mapping[str, str]) -> str | None:
    """An id or a creation id."""
    number = read_id(name, refs)
    return None if number is None else ids.encode(number)


def address_key(name: str, refs: Mapping[str, str]) -> str | None:
    """An IP address, or a network whose prefix is no wider than /8; host bits are kept."""
    del refs
    host, slash, prefix = name.partition("/")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not slash:
        return str(address)
    if not prefix.isascii() or not prefix.isdecimal() or not _PREFIX_MIN <= int(prefix) <= address.max_prefixlen:
        return None
    return f"{address}/{int(prefix)}"


def email_key(name: str, refs: Mapping[str, str]) -> str | None:
    """Something with one @ between two texts."""
    del refs
    return name.lower() if re.fullmatch(r"[^@\s]+@[^@\s]+", name) else None
