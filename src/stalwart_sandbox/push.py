"""The event stream (RFC 8620 section 7.3): Identity and Email states, no registry objects.

A stream never ends because its credential died. Pings come 30 s after the last event at the earliest; further changes
are joined to one event per second. Nothing is sent before the first event.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DATA_TYPES: Final = frozenset(
    {
        "Email",
        "EmailDelivery",
        "EmailSubmission",
        "Mailbox",
        "Thread",
        "Identity",
        "Core",
        "PushSubscription",
        "SearchSnippet",
        "VacationResponse",
        "MDN",
        "Quota",
        "SieveScript",
        "Calendar",
        "CalendarEvent",
        "CalendarEventNotification",
        "AddressBook",
        "ContactCard",
        "FileNode",
        "Principal",
        "ShareNotification",
        "ParticipantIdentity",
        "CalendarAlert",
    }
)
SHORTEST_PING: Final = 30
_QUIET: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a stream asked for; `ping` is seconds, 0 for none."""

    types: frozenset[str]
    close_after_state: bool
    ping: int


def read_wish(query: dict[str, str]) -> Wish | None:
    """The parameters of an event stream's URL, or None when one of them cannot be read."""
    wanted = query.get("types", "*")
    types = DATA_TYPES if wanted in {"*", ""} else frozenset(wanted.split(","))
    ping = query.get("ping", "0") or "0"
    if not types <= DATA_TYPES or not (ping.isascii() and ping.isdecimal()):
        return None
    seconds = int(ping)
    return Wish(
        types=types,
        close_after_state=query.get("closeafter") == "state",
        ping=max(seconds, SHORTEST_PING) if seconds else 0,
    )


@dataclass(slots=True, eq=False)
class _Listener:
    account: str
    types: frozenset[str]
    changed: dict[str, str] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Broker:
    """Hands state changes to the streams that are open."""

    _listeners: list[_Listener] = field(default_factory=list)
    _closed: bool = False

    def close(self) -> None:
        """End every stream, as a graceful stop does."""
        self._closed = True
        for listener in self._listeners:
            listener.wake.set()

    def publish(self, account: str, data_type: str, state: str) -> None:
        """Tell every stream of the account (a JMAP id) about a new state of a data type."""
        for listener in self._listeners:
            if listener.account == account and data_type in listener.types:
                listener.changed[data_type] = state
                listener.wake.set()

    async def stream(self, account: str, wish: Wish) -> AsyncIterator[bytes]:
        """The chunks of one event stream; ends after the first state event where that was asked for."""
        listener = _Listener(account, wish.types)
        self._listeners.append(listener)
        try:
            while True:
                try:
                    await asyncio.wait_for(listener.wake.wait(), wish.ping or None)
                except TimeoutError:
                    yield _event("ping", {"interval": wish.ping * 1000})
                    continue
                if self._closed:
                    return
                listener.wake.clear()
                changed, listener.changed = listener.changed, {}
                yield _event("state", {"@type": "StateChange", "changed": {account: changed}})
                if wish.close_after_state:
                    return
                await asyncio.sleep(_QUIET)
        finally:
            self._listeners.remove(listener)


def _event(name: str, data: dict[str, object]) -> bytes:
    text = json.dumps(data) if name == "ping" else json.dumps(data, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()
