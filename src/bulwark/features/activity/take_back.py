"""Taking the account back over HTTP: six steps that can be left at any point, and a report at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from bulwark import errors, language
from bulwark.account import credential_texts, credentials
from bulwark.account.credentials import API_KEY, APP_PASSWORD, Fate, mark_of
from bulwark.account.rights import PASSWORD_PERMISSIONS
from bulwark.features.activity import FEATURE, listing
from bulwark.features.activity import take_back_pages as texts
from bulwark.features.activity.progress import Item, Progress, ProgressStore, Step
from bulwark.features.activity.trace_texts import elsewhere
from bulwark.features.activity.traces import traces_of
from bulwark.features.overview import service as overview
from bulwark.language import N_, _
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.web.page_types import Point

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.account.credentials import Kind
    from bulwark.sessions.visit import Visit
    from bulwark.store.events import Event
    from stalwart_jmap.objects.credential import Credential

SLUG = FEATURE.slug
PATH = texts.PATH
KINDS = (APP_PASSWORD, API_KEY)
REVOKED = {APP_PASSWORD.slug: EventKind.APP_PASSWORD_REVOKED, API_KEY.slug: EventKind.API_KEY_REVOKED}
LATEST = 100


async def show(visit: Visit) -> Response:
    """GET /activity/not-me: the steps."""
    progress = await _progress(visit)
    done = progress.done(await _events(visit)) if progress is not None else {}
    paths = {feature.slug: feature.path for feature in visit.panel.features}
    may_change = visit.account.rights.why_not(*PASSWORD_PERMISSIONS) is None
    page = texts.TakeBackPage(
        steps=texts.step_rows(done, visit.now, paths, may_change=may_change),
        is_begun=progress is not None,
        begun="" if progress is None else language.moment(progress.started_at, visit.now),
    )
    return visit.page(texts.TAKE_BACK, page, slug=SLUG)


async def begin(visit: Visit) -> Response:
    """POST /activity/not-me: begin, with a new password first."""
    if await _progress(visit) is None:
        await _keep(visit, Progress(started_at=visit.now))
    may_change = visit.account.rights.why_not(*PASSWORD_PERMISSIONS) is None
    return visit.go("/password" if may_change else PATH)


async def tick(visit: Visit) -> Response:
    """POST /activity/not-me/tick: a step was looked at."""
    step = visit.form.text("step")
    progress = await _progress(visit)
    if progress is not None and step in set(Step):
        await _keep(visit, progress.with_tick(Step(step), visit.now))
    return visit.go(PATH)


async def finish(visit: Visit) -> Response:
    """POST /activity/not-me/finish: forget how far it was."""
    await _store(visit).forget()
    return visit.go("/activity")


async def show_revoke(visit: Visit) -> Response:
    """GET /activity/not-me/revoke: everything, ticked."""
    return await _revoke_form(visit)


async def revoke(visit: Visit) -> Response:
    """POST /activity/not-me/revoke: those that are ticked; each list is read again before."""
    visit.require_recent_auth()
    picked = visit.form.many("pick")
    if not picked:
        return await _revoke_form(visit, refused=texts.nothing_ticked(), status=422)
    items: list[Item] = []
    for kind in KINDS:
        marks = {text.partition(":")[2] for text in picked if text.startswith(f"{kind.slug}:")}
        if marks:
            items += await _revoke_kind(visit, kind, marks)
    progress = await _progress(visit) or Progress(started_at=visit.now)
    progress = msgspec.structs.replace(progress, revoked=(*progress.revoked, *items))
    await _keep(visit, progress.with_tick(Step.CREDENTIALS, visit.now))
    return visit.go(PATH)


async def _revoke_kind(visit: Visit, kind: Kind, marks: set[str]) -> list[Item]:
    """Revoke what stands in the list under the marks the person saw; what is gone already is gone."""
    listed = await credentials.look(visit.account, kind)
    if listed.unavailable is not None:
        raise listed.unavailable
    chosen = [one for one in listed.credentials if mark_of(kind, one) in marks]
    if not chosen:
        return []
    try:
        done = await credentials.revoke(visit.account, kind, chosen)
    except errors.OutcomeUnknown:
        return [Item(name=one.description, fate=Fate.UNKNOWN.value) for one in chosen]
    except errors.Unavailable:
        why = _("A permission is missing.")
        return [Item(name=one.description, fate=Fate.REFUSED.value, why=why) for one in chosen]
    for item in done.items:
        if item.fate is Fate.REVOKED:
            await visit.record(REVOKED[kind.slug], name=item.name)
    return [Item(name=item.name, fate=item.fate.value, why=item.why) for item in done.items]


async def show_traces(visit: Visit) -> Response:
    """GET /activity/not-me/traces: what this panel can see, and what it cannot."""
    state = await overview.look(visit.account)
    page = texts.TracesPage(found=traces_of(state), elsewhere=elsewhere())
    return visit.page(texts.TRACES, page, slug=SLUG)


async def show_events(visit: Visit) -> Response:
    """GET /activity/not-me/events: what happened lately."""
    lines = await listing.latest(visit, LATEST)
    days = visit.panel.settings.events_kept.days
    page = texts.EventsPage(days=listing.days_of(visit, lines), span=listing.kept_sentence(days))
    return visit.page(texts.EVENTS, page, slug=SLUG)


async def show_report(visit: Visit) -> Response:
    """GET /activity/not-me/report: one page to print."""
    progress = await _progress(visit)
    if progress is None:
        return visit.go(PATH)
    done = progress.done(await _events(visit))
    state = await overview.look(visit.account)
    listed = [await credentials.look(visit.account, kind) for kind in KINDS]
    points = [
        Point(text=_("%(what)s: %(when)s", what=texts.step_name(step), when=language.long_moment(done[step])))
        for step in Step
        if step in done
    ]
    points += [texts.revoked(item.name, item.fate, item.why) for item in progress.revoked]
    left = [
        Point(text=texts.step_name(step), icon="clock", tone="warn")
        for step in Step
        if step not in done and step is not Step.REPORT
    ]
    if all(one.unavailable is None for one in listed):
        left.append(texts.kept(sum(len(one.credentials) for one in listed)))
    page = texts.ReportPage(
        made=language.long_moment(visit.now),
        begun=language.long_moment(progress.started_at),
        done=tuple(points),
        left=tuple(left),
        found=tuple(replace(point, link=None) for point in traces_of(state)),
        elsewhere=elsewhere(),
        address=visit.panel.settings.public_url or "",
    )
    return visit.page(texts.REPORT, page, slug=SLUG)


async def _revoke_form(visit: Visit, *, refused: str = "", status: int = 200) -> Response:
    rows: list[texts.RevokeRow] = []
    unread: list[str] = []
    uses = await visit.panel.last_uses.of(visit.account_keys)
    for kind in KINDS:
        name = _("App password") if kind is APP_PASSWORD else _("API key")
        listed = await credentials.look(visit.account, kind)
        if listed.unavailable is not None and not isinstance(listed.unavailable, errors.Unavailable):
            unread.append(_("App passwords") if kind is APP_PASSWORD else _("API keys"))
        rows += [_revoke_row(kind, name, one, listing.used(uses, one, visit.now)) for one in listed.credentials]
    page = texts.RevokePage(rows=tuple(rows), unread=tuple(unread), form_error=refused)
    return visit.page(texts.REVOKE, page, slug=SLUG, status=status)


def _revoke_row(kind: Kind, kind_name: str, one: Credential, used: str) -> texts.RevokeRow:
    facts = " ".join(part for part in (used, credential_texts.created(one)) if part)
    return texts.RevokeRow(field=f"{kind.slug}:{mark_of(kind, one)}", name=one.description, kind=kind_name, facts=facts)


def _store(visit: Visit) -> ProgressStore:
    return ProgressStore(visit.panel.pending, visit.panel.sealer, visit.account_keys)


async def _progress(visit: Visit) -> Progress | None:
    return await _store(visit).get(visit.now)


async def _keep(visit: Visit, progress: Progress) -> None:
    await _store(visit).put(progress, visit.now)


async def _events(visit: Visit) -> tuple[Event, ...]:
    return await visit.panel.events.list(visit.account_keys, limit=LATEST)


_PURPOSE = N_("You are about to revoke app passwords and API keys.")

ROUTES = (
    Route(PATH, signed_in(show), methods=["GET"]),
    Route(PATH, signed_in(begin), methods=["POST"]),
    Route(f"{PATH}/tick", signed_in(tick), methods=["POST"]),
    Route(f"{PATH}/finish", signed_in(finish), methods=["POST"]),
    Route(f"{PATH}/revoke", signed_in(show_revoke), methods=["GET"]),
    Route(f"{PATH}/revoke", signed_in(revoke, purpose=_PURPOSE), methods=["POST"]),
    Route(f"{PATH}/traces", signed_in(show_traces), methods=["GET"]),
    Route(f"{PATH}/events", signed_in(show_events), methods=["GET"]),
    Route(f"{PATH}/report", signed_in(show_report), methods=["GET"]),
)
