"""Activity for programs: events and sessions, which only the panel knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark.account.event_texts import sentence_of
from bulwark.features.activity.documents import EventDocument, Events, SessionDocument, Sessions
from bulwark.sessions.device import described
from bulwark.signin.bearer import Nothing, with_token

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.signin.bearer import TokenVisit

LATEST = 200


async def events(visit: TokenVisit[Nothing]) -> Events:
    """GET /api/v1/activity/events: the latest."""
    keys = visit.panel.sessions.account_keys(visit.account.account_id)
    return Events(
        events=tuple(
            EventDocument(
                at=_text(one.at),
                kind=one.kind.value,
                what=sentence_of(one).what,
                address=one.address or "",
                device=(one.device or "").replace("/", ", "),
            )
            for one in await visit.panel.events.list(keys, limit=LATEST)
        )
    )


async def sessions(visit: TokenVisit[Nothing]) -> Sessions:
    """GET /api/v1/activity/sessions."""
    return Sessions(
        sessions=tuple(
            SessionDocument(
                device=described(one.shown.device),
                address=one.shown.address,
                since=_text(one.created_at),
                last_used=_text(one.last_used_at),
            )
            for one in await visit.panel.sessions.listed_of(visit.account.account_id)
        )
    )


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


ROUTES = (
    Route("/api/v1/activity/events", with_token(events, Nothing), methods=["GET"]),
    Route("/api/v1/activity/sessions", with_token(sessions, Nothing), methods=["GET"]),
)
