"""Activity for programs: events, sessions and the choice of notices, which only the panel knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark.account.notice_texts import ALWAYS, NoticeKind
from bulwark.console.documents import written
from bulwark.features.activity.documents import (
    ChooseNotices,
    EndSessions,
    Events,
    Notices,
    SessionDocument,
    Sessions,
    SessionsEnded,
)
from bulwark.features.activity.events import document_of, kinds_of
from bulwark.sessions.device import described
from bulwark.signin.bearer import Nothing, with_token
from bulwark.store.events import EventKind
from bulwark.web.problems import FormUnreadable

if TYPE_CHECKING:
    from collections.abc import Collection

    from bulwark.signin.bearer import TokenVisit

LATEST, MOST = 200, 1000
_LONGEST_NUMBER = 18  # digits
_CHOOSABLE = tuple(kind for kind in NoticeKind if kind not in ALWAYS)


async def events(visit: TokenVisit[Nothing]) -> Events:
    """GET /api/v1/activity/events: the latest, of one `kind`, older than the event `before`, at most `limit`."""
    asked = visit.request.query_params
    found = await visit.panel.events.list(
        visit.account_keys,
        limit=min(_number(asked.get("limit", "")) or LATEST, MOST),
        before=_number(asked.get("before", "")),
        kinds=kinds_of(asked.get("kind", "")),
    )
    return Events(events=tuple(document_of(one) for one in found))


async def sessions(visit: TokenVisit[Nothing]) -> Sessions:
    """GET /api/v1/activity/sessions."""
    return Sessions(
        sessions=tuple(
            SessionDocument(
                device=described(one.shown.device),
                address=one.shown.address,
                since=written(one.created_at),
                last_used=written(one.last_used_at),
                mark=one.mark,
            )
            for one in await visit.panel.sessions.listed_of(visit.account.account_id)
        )
    )


async def end_sessions(visit: TokenVisit[EndSessions]) -> SessionsEnded:
    """POST /api/v1/activity/sessions/end: the named ones, or all."""
    account_id = visit.account.account_id
    gone: list[str] = []
    if visit.body.everyone:
        count = await visit.panel.sessions.end_all_of(account_id)
    else:
        ending = {mark: await visit.panel.sessions.end_marked(account_id, mark) for mark in visit.body.marks}
        gone = [mark for mark, ended in ending.items() if ended is None]
        count = len(ending) - len(gone)
    if count:
        await visit.record(EventKind.SESSION_ENDED, count=str(count))
    return SessionsEnded(ended=count, gone=tuple(gone))


async def notices(visit: TokenVisit[Nothing]) -> Notices:
    """GET /api/v1/activity/notices."""
    return _notices(await visit.panel.notices.turned_off(visit.account_keys))


async def choose_notices(visit: TokenVisit[ChooseNotices]) -> Notices:
    """POST /api/v1/activity/notices: turn kinds on and off."""
    known = {kind.value for kind in _CHOOSABLE}
    if not {*visit.body.on, *visit.body.off} <= known:
        raise FormUnreadable
    before = await visit.panel.notices.turned_off(visit.account_keys)
    turned_off = (before | set(visit.body.off)) - set(visit.body.on)
    wanted = frozenset(kind for kind in _CHOOSABLE if kind.value in turned_off)
    await visit.panel.notices.choose(visit.account_keys, wanted)
    await visit.record(EventKind.NOTICES_CHOSEN)
    return _notices(wanted)


def _notices(turned_off: Collection[str]) -> Notices:
    return Notices(
        always=tuple(kind.value for kind in ALWAYS),
        told=tuple(kind.value for kind in _CHOOSABLE if kind.value not in turned_off),
        turned_off=tuple(kind.value for kind in _CHOOSABLE if kind.value in turned_off),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


ROUTES = (
    Route("/api/v1/activity/events", with_token(events, Nothing), methods=["GET"]),
    Route("/api/v1/activity/sessions", with_token(sessions, Nothing), methods=["GET"]),
    Route("/api/v1/activity/sessions/end", with_token(end_sessions, EndSessions), methods=["POST"]),
    Route("/api/v1/activity/notices", with_token(notices, Nothing), methods=["GET"]),
    Route("/api/v1/activity/notices", with_token(choose_notices, ChooseNotices), methods=["POST"]),
)
