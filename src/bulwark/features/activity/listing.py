"""Events and reported sign-ins as lines under their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.event_texts import sentence_of
from bulwark.account.last_use_texts import used
from bulwark.features.activity import pages as texts
from bulwark.features.activity import reported
from bulwark.features.activity.pages import kept_for_days as kept_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.features.activity.pages import Day, Line
    from bulwark.sessions.visit import Visit
    from bulwark.store.events import Event

__all__ = ["days_of", "kept_sentence", "latest", "line_of", "used"]


def line_of(event: Event) -> tuple[datetime, Line]:
    """When an event happened, and what the page says of it."""
    return event.at, texts.line(sentence_of(event), event.at)


async def latest(visit: Visit, count: int) -> list[tuple[datetime, Line]]:
    """The latest events with what the mail server reported of the same time, the newest first."""
    events = await visit.panel.events.list(visit.account_keys, limit=count)
    since = events[-1].at if len(events) == count else None
    lines = [line_of(one) for one in events]
    lines += await reported.lines_of(visit, since=since, until=None)
    return sorted(lines, key=lambda line: line[0], reverse=True)


def days_of(visit: Visit, lines: Sequence[tuple[datetime, Line]]) -> tuple[Day, ...]:
    """Lines, newest first, under the days they belong to."""
    days: list[tuple[str, list[Line]]] = []
    for at, line in lines:
        heading = language.day(at, visit.now)
        if not days or days[-1][0] != heading:
            days.append((heading, []))
        days[-1][1].append(line)
    return tuple(texts.Day(heading=heading, lines=tuple(found)) for heading, found in days)
