"""The overview over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors, language
from bulwark.features.overview import FEATURE, findings, service
from bulwark.features.overview import pages as texts
from bulwark.features.overview.records import records_of
from bulwark.features.overview.tiles import CORE, events_of, facts_of, lacking, tiles_of
from bulwark.sessions.beside import beside
from bulwark.sessions.unavailable import reason_of
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.account.recovery import RecoveryState
    from bulwark.features.overview.pages import Finding
    from bulwark.features.overview.service import Records, State
    from bulwark.sessions.keeper import ListedSession
    from bulwark.sessions.visit import Visit
    from bulwark.store.events import Event

LATEST = 4


async def show(visit: Visit) -> Response:
    """GET /: one JMAP request; the panel's own records are read while the mail server thinks."""
    sessions: list[ListedSession] = []
    events: list[Event] = []
    recovery: list[RecoveryState] = []
    records: list[Records] = []

    async def read_records() -> None:
        recovery.append(await visit.panel.recovery.state(visit.account.account_id))
        records.append(await records_of(visit.panel, visit.account.account_id))
        sessions.extend(await visit.panel.sessions.listed(visit.session))
        events.extend(await visit.panel.events.list(visit.account_keys, limit=LATEST))

    state = await beside(service.look(visit.account), read_records)
    state = replace(state, recovery=await _recovery_of(visit, state, recovery[0]), records=records[0])
    if state.is_nothing_left:
        return _nothing_left(visit, state)
    first, look = _sorted(visit, findings.all_findings(state))
    in_order = tuple(findings.in_order(state))
    read_at = language.time_of_day(state.read_at)
    page = texts.OverviewPage(
        summary=texts.summary(len(first), len(look), len(in_order), read_at),
        first=first,
        look=look,
        in_order=in_order,
        tiles=tiles_of(visit, state, sessions),
        events=events_of(events, visit.now),
        events_href=_path_of(visit, "activity"),
        in_part=lacking(visit, state),
    )
    return visit.page(texts.OVERVIEW, page, slug=FEATURE.slug, facts=facts_of(state))


async def _recovery_of(visit: Visit, state: State, known: RecoveryState) -> RecoveryState:
    """The recovery codes in the light of what was read: void when two-factor is off."""
    is_on = state.has_two_factor.value
    if is_on is None:
        return known
    recovery, voided = await visit.panel.recovery.after_reading(
        visit.account.account_id, is_on=is_on, read_at=state.read_at, known=known
    )
    if voided:
        await visit.record(EventKind.RECOVERY_CODES_VOID)
    return recovery


def _nothing_left(visit: Visit, state: State) -> Response:
    """The headline people search for; below it every permission that is lacking, or the first other reason."""
    lacks = tuple(name for names in CORE for name in visit.account.rights.missing(*names))
    others = (area.error for area in state.areas if not isinstance(area.error, errors.PermissionMissing))
    error = errors.PermissionMissing(*lacks) if lacks else next(one for one in others if one is not None)
    reason = replace(reason_of(visit, FEATURE, error), heading=texts.not_available_headline())
    page = texts.OverviewPage(summary="", nothing_left=reason)
    return visit.page(texts.OVERVIEW, page, slug=FEATURE.slug, status=403)


def _sorted(visit: Visit, found: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Bad ones first; a button leads only to a section this panel has."""
    paths = [feature.path for feature in visit.panel.features if feature.path != "/"]
    kept = [
        one if one.action is None or _leads_on(one.action.href, paths) else replace(one, action=None) for one in found
    ]
    return tuple(one for one in kept if one.tone == "bad"), tuple(one for one in kept if one.tone != "bad")


def _leads_on(href: str, paths: list[str]) -> bool:
    return any(href == path or href.startswith(f"{path}/") for path in paths)


def _path_of(visit: Visit, slug: str) -> str:
    return next((feature.path for feature in visit.panel.features if feature.slug == slug), "")


ROUTES = (Route("/", signed_in(show), methods=["GET"]),)
