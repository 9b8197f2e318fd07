"""Activity over HTTP: sessions and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from bulwark import language
from bulwark.account.rights import PASSWORD_PERMISSIONS
from bulwark.features.activity import FEATURE, listing, log, notice_choice, reported, sign_out, take_back
from bulwark.features.activity import pages as texts
from bulwark.features.activity.events import document_of, kinds_of
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.sessions.device import described
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.web.page_types import Link

if TYPE_CHECKING:
    from bulwark.features.activity.pages import SessionRow
    from bulwark.sessions.keeper import ListedSession
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice

ON_A_PAGE = 50
IN_A_FILE = 10_000
_LONGEST_CURSOR = 18  # digits


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="sessions-ended"):
    """What ending sessions did, for the page after it; `device` empty and `count` 0 means it had ended before."""

    device: str = ""
    count: int = -1


async def show(visit: Visit) -> Response:
    """GET /activity: of one kind, or older than an event, when the query says so."""
    kind = visit.request.query_params.get("kind", "")
    kinds = kinds_of(kind)
    kind = kind if kinds is not None else ""
    before = _cursor(visit.request.query_params.get("before", ""))
    until = _moment(visit.request.query_params.get("until", ""))
    events = await visit.panel.events.list(visit.account_keys, limit=ON_A_PAGE + 1, before=before, kinds=kinds)
    total = await visit.panel.events.count(visit.account_keys, kinds=kinds)
    shown, has_older = events[:ON_A_PAGE], len(events) > ON_A_PAGE
    has_feed = (await visit.panel.last_uses.heard())[0] is not None
    lines = [listing.line_of(one) for one in shown]
    if has_feed and kind in {"", log.MAIL}:
        lines += await reported.lines_of(visit, since=shown[-1].at if has_older else None, until=until)
        lines.sort(key=lambda line: line[0], reverse=True)
    page = texts.ActivityPage(
        sessions=tuple(_row(visit, one) for one in await visit.panel.sessions.listed(visit.session)),
        can_sign_out_everywhere=visit.account.rights.why_not(*PASSWORD_PERMISSIONS) is None,
        days=listing.days_of(visit, lines),
        kinds=log.group_options(),
        kind=kind,
        kept=texts.kept_for(visit.panel.settings.events_kept.days, has_feed=has_feed),
        csv=_with("/activity/events.csv", kind=kind),
        older=_with("/activity", kind=kind, before=str(shown[-1].id), until=shown[-1].at.isoformat())
        if has_older
        else "",
        newest=_with("/activity", kind=kind) if before is not None else "",
        shown=texts.counted(len(shown), total) if has_older and before is None else "",
        notice=await _notice(visit),
        report=Link(label=_("This was not me"), href=take_back.PATH),
    )
    return visit.page(texts.ACTIVITY, page, slug=FEATURE.slug)


async def events_file(visit: Visit) -> Response:
    """GET /activity/events.csv: of one kind, when the query says so."""
    kinds = kinds_of(visit.request.query_params.get("kind", ""))
    events = await visit.panel.events.list(visit.account_keys, limit=IN_A_FILE, kinds=kinds)
    headers = {"content-disposition": 'attachment; filename="account-activity.csv"'}
    lines = log.as_csv(document_of(event) for event in events)
    return Response(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def end_one(visit: Visit) -> Response:
    """POST /activity/sessions/end: sign out one other browser."""
    ended = await visit.panel.sessions.end_marked(visit.session.state.account_id, visit.form.text("session"))
    if ended is None:
        await receipts.keep(visit, Ended())
    else:
        await visit.record(EventKind.SESSION_ENDED)
        await receipts.keep(visit, Ended(device=ended.device or "?"))
    return visit.go("/activity")


async def end_others(visit: Visit) -> Response:
    """POST /activity/sessions/end-others."""
    count = await visit.panel.sessions.end_others(visit.session)
    if count:
        await visit.record(EventKind.SESSION_ENDED, count=str(count))
    await receipts.keep(visit, Ended(count=count))
    return visit.go("/activity")


async def _notice(visit: Visit) -> Notice | None:
    ended = await receipts.take(visit, Ended)
    if ended is None:
        return None
    if ended.count >= 0:
        return texts.sessions_ended(ended.count)
    return texts.session_ended(described(ended.device)) if ended.device else texts.session_gone()


def _row(visit: Visit, one: ListedSession) -> SessionRow:
    is_small = any(sign in one.shown.device for sign in ("Android", "iPhone", "iPad"))
    return texts.SessionRow(
        mark=one.mark,
        icon="phone" if is_small else "laptop",
        name=described(one.shown.device),
        facts=texts.session_facts(
            one.shown.address,
            last_used=language.moment(one.last_used_at, visit.now),
            since=language.moment(one.created_at, visit.now),
            is_this=one.is_this,
        ),
        is_this=one.is_this,
    )


def _cursor(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_CURSOR else None


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _with(path: str, **query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


ROUTES = (
    Route("/activity", signed_in(show), methods=["GET"]),
    Route("/activity/events.csv", signed_in(events_file), methods=["GET"]),
    Route("/activity/sessions/end", signed_in(end_one), methods=["POST"]),
    Route("/activity/sessions/end-others", signed_in(end_others), methods=["POST"]),
    *sign_out.ROUTES,
    *take_back.ROUTES,
    *notice_choice.ROUTES,
)
