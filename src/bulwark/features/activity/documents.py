"""Activity for programs: what `/api/v1/activity/…` answers and `bulwark activity … --json` prints. Times in UTC."""

from __future__ import annotations

import msgspec


class EventDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `kind` never changes, `what` is in the language of the request."""

    at: str
    kind: str
    what: str
    address: str
    device: str


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """The latest events, the newest first."""

    events: tuple[EventDocument, ...]


class SessionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that is signed in to the panel."""

    device: str
    address: str
    since: str
    last_used: str


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, the most recently used first."""

    sessions: tuple[SessionDocument, ...]
