"""The event stream of state changes (RFC 8620, 7.3; WHATWG HTML, 9.2.6), without I/O.

Stalwart's stream says which data types of which accounts have a new state, at most once a second. It knows no registry
objects (`x:…`), sends nothing before the first event, and lives on after the credential it was opened with has died:
it is no sign of life for a session.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from stalwart_jmap.core.errors import NotJson, ResponseTooLarge
from stalwart_jmap.core.http import get
from stalwart_jmap.core.wire import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stalwart_jmap.core.http import HttpRequest

MEDIA_TYPE: Final = "text/event-stream"
SHORTEST_PING: Final = 30
"""Seconds; the server takes no shorter one."""
_LARGEST: Final = 1_000_000  # bytes of one event
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """New states: `changed[account id][data type]`. What changed is asked for with the type's `/changes`."""

    changed: dict[str, dict[str, str]]

    def of(self, account_id: str, data_type: str) -> str | None:
        """The new state of one data type of one account, if this event is about it."""
        return self.changed.get(account_id, {}).get(data_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Nothing happened, and the connection lives; `interval` is seconds."""

    interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event as it came: its name, and its data lines joined."""

    name: str
    data: str


class _StateChange(msgspec.Struct):
    changed: dict[str, dict[str, str]]


class _Ping(msgspec.Struct):
    interval: float = 0


def event_source_request(path: str, types: Iterable[str], *, ping: int = SHORTEST_PING) -> HttpRequest:
    """Build the GET of a stream; `path` is `Session.event_source_path`, `ping` seconds (0: none)."""
    filled = (
        path.replace("{types}", quote(",".join(types) or "*", safe="*,"))
        .replace("{closeafter}", "no")
        .replace("{ping}", str(ping))
    )
    return get(filled)


class EventParser:
    """Turns the bytes of a stream into events; a part may end anywhere, in the middle of a letter even."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, part: bytes) -> Iterator[ServerEvent]:
        """Take the next bytes and give the events they complete. Raises `ResponseTooLarge` for one without end."""
        *lines, self._rest = self._split(self._rest + part)
        if len(self._rest) + self._size > _LARGEST:
            raise ResponseTooLarge(_LARGEST)
        for line in lines:
            event = self._take(line)
            if event is not None:
                yield event

    @staticmethod
    def _split(text: bytes) -> list[bytes]:
        # A carriage return at the very end may be half of a line end: it waits for what follows.
        held = b"\r" if text.endswith(b"\r") else b""
        lines = _LINE_END.split(text.removesuffix(b"\r"))
        lines[-1] += held
        return lines

    def _take(self, line: bytes) -> ServerEvent | None:
        if not line:
            event = ServerEvent(name=self._name or "message", data="\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = "", [], 0
            return event
        field, _colon, value = line.decode(errors="replace").partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._size += len(line)
            self._data.append(value)
        return None


def read_event(event: ServerEvent) -> StateChange | Ping | None:
    """Read one event; None for kinds that this library does not know. Raises `NotJson` for a broken state event."""
    if event.name == "state":
        return StateChange(changed=decode(event.data.encode(), _StateChange).changed)
    if event.name == "ping":
        try:
            return Ping(interval=decode(event.data.encode(), _Ping).interval / 1000)
        except NotJson:
            return Ping(interval=0)
    return None
