"""Permissions over HTTP: the matrix, a comparison, a plan, its file, and applying it."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from bulwark import errors
from bulwark.account import directory
from bulwark.features.permissions import FEATURE, plan_pages, service
from bulwark.features.permissions import pages as texts
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions.service import Fate
from bulwark.language import N_, _, series
from bulwark.sessions import receipts
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.store.pending import PendingRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.features.permissions.matrix import Population
    from bulwark.features.permissions.plan import Plan
    from bulwark.features.permissions.plan_pages import ReportPage
    from bulwark.features.permissions.service import Report
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice
    from stalwart_jmap.objects.account import Account as Listed

_ID = re.compile(r"[a-z0-9]{1,13}")
MOST_COMPARED = 6
UNDO_KEPT = timedelta(days=30)
_UNDO = "permissions-undo"


class Applied(msgspec.Struct, frozen=True, kw_only=True, tag="permissions-applied"):
    """What a plan did, in the sentences of who applied it; `unknown` are the changes that nobody knows about."""

    heading: str
    text: str
    tone: str
    icon: str
    items: tuple[tuple[str, str, str, str], ...]
    has_undo: bool
    unknown: str = ""


async def show(visit: Visit) -> Response:
    """GET /administration/permissions."""
    return await _matrix(visit, _who(visit))


async def compare(visit: Visit) -> Response:
    """GET …/compare: add an account to the comparison, by its address."""
    who, text = _who(visit), visit.request.query_params.get("add", "").strip()[:320]
    if not text:
        return visit.go(texts.address_of(who))
    try:
        found = await directory.by_address(visit.account, text)
    except errors.Gone:
        return await _matrix(visit, who, added=text, notice=texts.unknown_account(text), status=422)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    others = [one for one in who if one != found.id]
    return visit.go(texts.address_of([*others, found.id][-MOST_COMPARED:]))


async def show_plan(visit: Visit) -> Response:
    """GET …/plan: for the accounts that the query names, else for everybody."""
    who = _who(visit)
    try:
        population = await service.population(visit.account, everybody=not who)
        accounts = await service.chosen(visit.account, who)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    server = visit.panel.settings.server_name
    if who:
        plan = plans.for_accounts(accounts, population, server=server, at=visit.now)
    else:
        plan = plans.for_everybody(population, server=server, at=visit.now)
    more = ""
    if population.special_count > len(population.special):
        more = _("Too many accounts have a block of their own to show all. Make another plan after this one.")
    return _plan(visit, plan, population, chosen=bool(who), more=more)


async def show_undo(visit: Visit) -> Response:
    """GET …/undo: the plan that takes the last one back."""
    undo = await _kept_undo(visit)
    if undo is None:
        return visit.go(FEATURE.path)
    return await _planned(visit, undo)


async def show_import(visit: Visit) -> Response:
    """GET …/import: the form."""
    return visit.page(plan_pages.IMPORT, plan_pages.ImportPage(), slug=FEATURE.slug)


async def submit_import(visit: Visit) -> Response:
    """POST …/import: a plan from a file, for roles and accounts as they are now. Changes nothing."""
    text = visit.form.text("plan")
    try:
        plan = plans.decode(text)
    except plans.PlanUnreadableError:
        page = plan_pages.ImportPage(plan=text[: plans.MOST_BYTES], errors={"plan": plan_pages.unreadable()})
        return visit.page(plan_pages.IMPORT, page, slug=FEATURE.slug, status=422)
    return await _planned(visit, plan)


async def plan_file(visit: Visit) -> Response:
    """POST …/plan.json: the plan that the page carries, as a file. Changes nothing."""
    try:
        plan = plans.decode(visit.form.text("plan"))
    except plans.PlanUnreadableError:
        return visit.go(f"{FEATURE.path}/import")
    headers = {"content-disposition": 'attachment; filename="permissions-plan.json"'}
    return Response(plan.pretty(), media_type="application/json", headers=headers)


async def submit_apply(visit: Visit) -> Response:
    """POST …/apply: the ticked changes of the plan that the page carries."""
    try:
        plan = plans.decode(visit.form.text("plan"))
    except plans.PlanUnreadableError:
        return visit.go(f"{FEATURE.path}/import")
    chosen = plan.only(visit.form.many("pick"))
    if not chosen.changes:
        return await _planned(visit, plan, notice=plan_pages.nothing_chosen(), status=422)
    visit.require_recent_auth()
    try:
        report = await service.apply(visit.account, chosen)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    if isinstance(report, service.ChangedSince):
        notice = plan_pages.changed_since(report.names)
        return await _planned(visit, report.plan, notice=notice, status=409)
    await _record(visit, report)
    await _keep(visit, report)
    return visit.go(f"{FEATURE.path}/report")


async def show_report(visit: Visit) -> Response:
    """GET …/report: what the last plan did."""
    applied = receipts.peek(visit, Applied)
    if applied is None:
        return visit.go(FEATURE.path)
    return visit.page(plan_pages.REPORT, _report_page(applied), slug=FEATURE.slug)


async def submit_report(visit: Visit) -> Response:
    """POST …/report: look what became of the unknown ones; reads, and changes nothing."""
    applied = receipts.peek(visit, Applied)
    if applied is None or not applied.unknown:
        return visit.go(FEATURE.path)
    plan = plans.decode(applied.unknown)
    try:
        items = await service.look_again(visit.account, plan)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    known = [item for item in applied.items if item[0] != "unknown"]
    shown = [plan_pages.shown_item(item) for item in items]
    now = msgspec.structs.replace(
        applied,
        items=(*known, *((one.icon, one.tone, one.name, one.text) for one in shown)),
        heading=_("Read again: this is what became of it"),
        unknown="",
    )
    await receipts.keep(visit, now)
    return visit.go(f"{FEATURE.path}/report")


async def _matrix(
    visit: Visit, who: tuple[str, ...], *, added: str = "", notice: Notice | None = None, status: int = 200
) -> Response:
    try:
        population = await service.population(
            visit.account, everybody=visit.request.query_params.get("all", "") == "yes"
        )
        accounts = await service.chosen(visit.account, who)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    page = texts.matrix_page(
        population,
        accounts or _examples(population),
        chosen=bool(accounts),
        can_change=visit.account.rights.has("sysRoleUpdate") or visit.account.rights.has("sysAccountUpdate"),
        has_undo=await _kept_undo(visit) is not None,
        added=added,
        notice=notice,
    )
    return visit.page(texts.MATRIX, page, slug=FEATURE.slug, status=status)


def _examples(population: Population) -> Sequence[Listed]:
    """Accounts worth a column when nobody was chosen: those that cause a gap themselves."""
    return population.special[:3]


async def _planned(visit: Visit, plan: Plan, *, notice: Notice | None = None, status: int = 200) -> Response:
    """A plan that exists already, for roles and accounts as they are now."""
    try:
        now, gone = await service.now_for(visit.account, plan)
        population = await service.population(visit.account)
    except (errors.Unavailable, errors.Refused) as error:
        return _closed(visit, error)
    return _plan(visit, now, population, chosen=True, notice=notice or plan_pages.gone(gone), status=status)


def _plan(
    visit: Visit,
    plan: Plan,
    population: Population,
    *,
    chosen: bool,
    more: str = "",
    notice: Notice | None = None,
    status: int = 200,
) -> Response:
    held = visit.account.rights.permissions
    page = plan_pages.plan_page(plan, population, held=held, chosen=chosen, more=more, notice=notice)
    return visit.page(plan_pages.PLAN, page, slug=FEATURE.slug, status=status)


def _closed(visit: Visit, error: errors.BulwarkError) -> Response:
    return unavailable_page(visit, FEATURE, error, cannot=_("You cannot see the permissions of others"))


def _who(visit: Visit) -> tuple[str, ...]:
    asked = visit.request.query_params.getlist("who")
    return tuple(dict.fromkeys(one for one in asked if _ID.fullmatch(one)))[:MOST_COMPARED]


async def _record(visit: Visit, report: Report) -> None:
    done = [item.change.name for item in report.items if item.fate is Fate.DONE]
    if done:
        shown = series(done[:5]) + ("…" if len(done) > 5 else "")  # noqa: PLR2004 - a line of the list of events
        await visit.record(EventKind.ADMIN_PERMISSIONS, name=shown)


async def _keep(visit: Visit, report: Report) -> None:
    """Keep the report for the page after it, and the undo for thirty days."""
    page = plan_pages.report_page(report, visit.panel.settings.server_name)
    unknown = [item.change for item in report.items if item.fate is Fate.UNKNOWN]
    applied = Applied(
        heading=page.heading,
        text=page.text,
        tone=page.tone,
        icon=page.icon,
        items=tuple((one.icon, one.tone, one.name, one.text) for one in page.items),
        has_undo=page.has_undo,
        unknown=msgspec.structs.replace(report.undo, changes=tuple(unknown)).encode() if unknown else "",
    )
    await receipts.keep(visit, applied)
    if report.undo.changes:
        row = PendingRow(
            id_hash=_undo_id(visit),
            kind=_UNDO,
            sealed=visit.panel.sealer.seal(report.undo.encode().encode(), purpose=_UNDO, binding=visit.account_keys[0]),
            ends_at=visit.now + UNDO_KEPT,
            account_key=visit.account_keys[0],
        )
        await visit.panel.pending.put(row)


async def _kept_undo(visit: Visit) -> Plan | None:
    row = await visit.panel.pending.get(_undo_id(visit), _UNDO, visit.now)
    if row is None:
        return None
    try:
        plain = visit.panel.sealer.open(row.sealed, purpose=_UNDO, binding=visit.account_keys[0])
        return plans.decode(plain.decode())
    except (errors.SealBroken, plans.PlanUnreadableError):
        return None


def _undo_id(visit: Visit) -> bytes:
    return hashlib.sha256(_UNDO.encode() + visit.account_keys[0]).digest()


def _report_page(applied: Applied) -> ReportPage:
    return plan_pages.ReportPage(
        heading=applied.heading,
        text=applied.text,
        tone="ok" if applied.tone == "ok" else "warn",
        icon=applied.icon,
        items=tuple(plan_pages.kept_item(item) for item in applied.items),
        has_undo=applied.has_undo,
        has_unknown=bool(applied.unknown),
    )


APPLY = N_("You are about to change the permissions of others.")
_BASE = "/administration/permissions"

ROUTES = (
    Route(_BASE, signed_in(show), methods=["GET"]),
    Route(f"{_BASE}/compare", signed_in(compare), methods=["GET"]),
    Route(f"{_BASE}/plan", signed_in(show_plan), methods=["GET"]),
    Route(f"{_BASE}/plan.json", signed_in(plan_file), methods=["POST"]),
    Route(f"{_BASE}/undo", signed_in(show_undo), methods=["GET"]),
    Route(f"{_BASE}/import", signed_in(show_import), methods=["GET"]),
    Route(f"{_BASE}/import", signed_in(submit_import), methods=["POST"]),
    Route(f"{_BASE}/apply", signed_in(submit_apply, purpose=APPLY), methods=["POST"]),
    Route(f"{_BASE}/report", signed_in(show_report), methods=["GET"]),
    Route(f"{_BASE}/report", signed_in(submit_report), methods=["POST"]),
)
