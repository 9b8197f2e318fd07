"""Accounts over HTTP: the list, its CSV, everybody's keys, one account and the three steps."""

from __future__ import annotations

import re
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import StreamingResponse
from starlette.routing import Route

from bulwark import errors
from bulwark.account import credential_pages
from bulwark.features.accounts import FEATURE, files, key_pages, keys, service, step_pages, telling
from bulwark.features.accounts import pages as texts
from bulwark.features.accounts.keys import Which
from bulwark.features.accounts.service import Show
from bulwark.language import N_, _
from bulwark.sessions import receipts, unknown
from bulwark.sessions.unavailable import reason_of, unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.events import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.responses import Response

    from bulwark.account.notice_placing import Told
    from bulwark.features.accounts.service import Person, Row
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice

_ID = re.compile(r"[a-z0-9]{1,13}")
_LONGEST_NUMBER = 9  # digits


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="account-administered"):
    """What was done to whom, for the page after it; sentences in the language of who did it."""

    person_id: str
    address: str
    status: str
    at: datetime
    points: tuple[str, ...] = ()


async def show_list(visit: Visit) -> Response:
    """GET /administration/accounts."""
    asked = visit.request.query_params
    text = asked.get("text", "").strip()[:200]
    show = Show(asked["show"]) if asked.get("show") in set(Show) else Show.ALL
    position = _number(asked.get("from", ""))
    try:
        figures = await service.count(visit.account) if asked.get("count") else None
        listing = await service.look(visit.account, text=text, show=show, position=position)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=_("You cannot see other accounts"))
    page = texts.list_page(listing, visit.now, text=text, show=show, position=position, figures=figures)
    return visit.page(texts.LIST, page, slug=FEATURE.slug)


async def list_file(visit: Visit) -> Response:
    """GET /administration/accounts.csv: all accounts, written while they are read."""
    rows = service.everybody(visit.account)
    try:
        first = await anext(rows, None)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=_("You cannot see other accounts"))
    headers = {"content-disposition": 'attachment; filename="accounts.csv"'}
    return StreamingResponse(_csv(first, rows), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(first: Row | None, rows: AsyncIterator[Row]) -> AsyncIterator[str]:
    """The lines; an error in the middle breaks the download off, so that half a list never looks whole."""
    yield files.line(files.HEAD)
    if first is not None:
        yield files.line(files.cells(first))
    async for row in rows:
        yield files.line(files.cells(row))


async def show_keys(visit: Visit) -> Response:
    """GET /administration/accounts/keys."""
    asked = visit.request.query_params
    which = Which(asked["which"]) if asked.get("which") in set(Which) else Which.ALL
    position = _number(asked.get("from", ""))
    try:
        listing = await keys.look(visit.account, which=which, position=position)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=_("You cannot see other accounts"))
    page = key_pages.keys_page(
        listing,
        visit.now,
        which=which,
        position=position,
        can_revoke=_can_revoke(visit),
        own_id=visit.account.account_id,
    )
    return visit.page(key_pages.KEYS, page, slug=FEATURE.slug)


async def show_account(visit: Visit) -> Response:
    """GET /administration/accounts/{id}."""
    return await _with_person(visit, lambda person: _page(visit, person))


async def ask_reset(visit: Visit) -> Response:
    """GET …/two-factor: what resetting does."""
    return await _ask(visit, step_pages.reset_question)


async def submit_reset(visit: Visit) -> Response:
    """POST …/two-factor."""

    async def act(person: Person) -> Response:
        await service.reset_two_factor(visit.account, person)
        told = await _record(visit, person, EventKind.ADMIN_RESET_TWO_FACTOR, EventKind.TWO_FACTOR_RESET)
        point = _("The password alone opens the account now. Ask the person to set up two-factor again.")
        return await _done(visit, person, _("Two-factor was reset"), point, told.sentence)

    return await _act(visit, act, _("We do not know whether two-factor was reset"))


async def ask_force(visit: Visit) -> Response:
    """GET …/password: what demanding a new password does."""
    return await _ask(visit, step_pages.force_question)


async def submit_force(visit: Visit) -> Response:
    """POST …/password."""

    async def act(person: Person) -> Response:
        await service.force_new_password(visit.account, person)
        told = await _record(visit, person, EventKind.ADMIN_FORCED_PASSWORD, EventKind.PASSWORD_FORCED)
        point = _("The next sign-in leads to the page for changing the password, and nowhere else.")
        return await _done(visit, person, _("A new password is demanded"), point, told.sentence)

    return await _act(visit, act, _("We do not know whether a new password is demanded"))


async def ask_revoke(visit: Visit) -> Response:
    """GET …/revoke/{mark}: what stops."""
    mark = visit.request.path_params["mark"]
    return await _ask(visit, lambda person: step_pages.revoke_question(person, service.marked(person, mark)))


async def submit_revoke(visit: Visit) -> Response:
    """POST …/revoke/{mark}."""

    async def act(person: Person) -> Response:
        one = service.marked(person, visit.request.path_params["mark"])
        await service.revoke(visit.account, person, one)
        await visit.record(EventKind.ADMIN_REVOKED, name=f"{one.description}, {person.row.account.address}")
        told = await _tell(visit, person, EventKind.CREDENTIAL_TAKEN, one.description)
        return await _done(visit, person, _("“%(name)s” was revoked", name=one.description), told.sentence)

    return await _act(visit, act, _("We do not know whether it was revoked"))


async def show_done(visit: Visit) -> Response:
    """GET /administration/accounts/done: the receipt."""
    done = receipts.peek(visit, Done)
    if done is None:
        return visit.go(FEATURE.path)
    page = step_pages.done_page(
        address=done.address,
        person_id=done.person_id,
        status=done.status,
        confirmed=credential_pages.confirmed(visit.panel.settings.server_name, done.at),
        points=done.points,
    )
    return visit.page(credential_pages.DONE, page, slug=FEATURE.slug)


async def show_unknown(visit: Visit) -> Response:
    """GET /administration/accounts/unknown: the third outcome."""
    return unknown.show(visit, FEATURE)


async def _with_person(visit: Visit, use: Callable[[Person], Response]) -> Response:
    person = await _person(visit)
    return use(person) if isinstance(person, service.Person) else person


async def _person(visit: Visit) -> Person | Response:
    """The account that the address names, or the page that says why it cannot be shown."""
    account_id = visit.request.path_params["person"]
    if not _ID.fullmatch(account_id):
        raise errors.Gone
    try:
        return await service.person(visit.account, account_id)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=_("You cannot see other accounts"))


def _page(visit: Visit, person: Person, notice: Notice | None = None, status: int = 200) -> Response:
    missing = visit.account.rights.why_not("sysAccountUpdate")
    cannot = _("You may see accounts but not change them")
    page = texts.account_page(
        person,
        visit.now,
        why_not=None if missing is None else reason_of(visit, FEATURE, missing, cannot=cannot),
        can_revoke=_can_revoke(visit),
        notice=notice,
    )
    return visit.page(texts.ACCOUNT, page, slug=FEATURE.slug, status=status)


async def _ask(visit: Visit, question: Callable[[Person], object]) -> Response:
    person = await _person(visit)
    if not isinstance(person, service.Person):
        return person
    if person.is_oneself:
        return _page(visit, person, step_pages.refused(errors.OwnAccount()), status=422)
    try:
        return visit.page(credential_pages.REVOKE, question(person), slug=FEATURE.slug)
    except errors.Gone as error:
        return _page(visit, person, step_pages.refused(error), status=422)


async def _act(visit: Visit, act: Callable[[Person], Awaitable[Response]], lost: str) -> Response:
    """Proof of presence, the account read once more, the step; a refusal comes back to the account's page."""
    visit.require_recent_auth()
    person = await _person(visit)
    if not isinstance(person, service.Person):
        return person
    try:
        return await act(person)
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, lost, person.row.account.address)
    except (errors.Unavailable, errors.Refusal) as error:
        now = await _person(visit)
        if not isinstance(now, service.Person):
            return now
        return _page(visit, now, step_pages.refused(error), status=422)


async def _done(visit: Visit, person: Person, status: str, *points: str) -> Response:
    listed = person.row.account
    done = Done(person_id=listed.id, address=listed.address, status=status, at=visit.now, points=points)
    await receipts.keep(visit, done)
    return visit.go(f"{FEATURE.path}/done")


async def _record(visit: Visit, person: Person, mine: EventKind, theirs: EventKind) -> Told:
    """Note it for both: who did it, and the person it was done to."""
    await visit.record(mine, name=person.row.account.address)
    return await _tell(visit, person, theirs, visit.session.state.address)


async def _tell(visit: Visit, person: Person, kind: EventKind, name: str) -> Told:
    event = Event(kind=kind, at=visit.now, address=visit.address, device=visit.device, params={"name": name})
    return await telling.tell(visit.panel, visit.account, person, event)


def _can_revoke(visit: Visit) -> bool:
    return visit.account.rights.has("impersonate", "sysAppPasswordDestroy", "sysApiKeyDestroy")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0


RESET = N_("You are about to reset somebody’s two-factor authentication.")
FORCE = N_("You are about to demand a new password of somebody.")
REVOKE = N_("You are about to revoke somebody’s app password or API key.")
_BASE = "/administration/accounts"

ROUTES = (
    Route(_BASE, signed_in(show_list), methods=["GET"]),
    Route(f"{_BASE}.csv", signed_in(list_file), methods=["GET"]),
    Route(f"{_BASE}/keys", signed_in(show_keys), methods=["GET"]),
    Route(f"{_BASE}/done", signed_in(show_done), methods=["GET"]),
    Route(f"{_BASE}/unknown", signed_in(show_unknown), methods=["GET"]),
    Route(f"{_BASE}/{{person}}", signed_in(show_account), methods=["GET"]),
    Route(f"{_BASE}/{{person}}/two-factor", signed_in(ask_reset), methods=["GET"]),
    Route(f"{_BASE}/{{person}}/two-factor", signed_in(submit_reset, purpose=RESET), methods=["POST"]),
    Route(f"{_BASE}/{{person}}/password", signed_in(ask_force), methods=["GET"]),
    Route(f"{_BASE}/{{person}}/password", signed_in(submit_force, purpose=FORCE), methods=["POST"]),
    Route(f"{_BASE}/{{person}}/revoke/{{mark}}", signed_in(ask_revoke), methods=["GET"]),
    Route(f"{_BASE}/{{person}}/revoke/{{mark}}", signed_in(submit_revoke, purpose=REVOKE), methods=["POST"]),
)
