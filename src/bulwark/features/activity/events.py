"""Events of the panel's database: which kinds a group has, and an event as programs get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account.event_texts import sentence_of
from bulwark.console.documents import written
from bulwark.features.activity.documents import EventDocument
from bulwark.features.activity.log import GROUPS
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from bulwark.store.events import Event


def kinds_of(group: str) -> tuple[EventKind, ...] | None:
    """The kinds of a group; None for all of them, and for a group nobody knows."""
    if group not in GROUPS:
        return None
    subjects = GROUPS[group][1]
    return tuple(kind for kind in EventKind if kind.value.split(":")[1] in subjects)


def document_of(event: Event) -> EventDocument:
    """An event as programs get it, in the language in force."""
    return EventDocument(
        id=event.id,
        at=written(event.at),
        kind=event.kind.value,
        what=sentence_of(event).what,
        address=event.address or "",
        device=(event.device or "").replace("/", ", "),
        details=dict(event.params),
    )
