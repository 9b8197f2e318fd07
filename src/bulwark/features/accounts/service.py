"""Accounts as an administrator sees them, and the three things done to one: reset, force, revoke.

Two-factor, ends and credentials are not among the server's filters, so filtered lists read on, 500 accounts at a time,
and stop after a few windows; the next page goes on where this one stopped. Nothing is kept between pages.

Everything that writes reads the account again first, acts on what is there under the same name and creation time, and
reads back in the same request. Nobody acts on their own account here: their own pages ask for the password first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import credentials, directory, refusals
from bulwark.account.effective import role_ids_of
from bulwark.console.progress import untold
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.objects import account as wire
from stalwart_jmap.objects.credential import Except, Inherit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.account.directory import RoleBook
    from bulwark.console.progress import Tell
    from stalwart_jmap import Call, Response
    from stalwart_jmap.objects.account import Account as Listed
    from stalwart_jmap.objects.account import Secondary

PAGE: Final = 50
MOST_WINDOWS: Final = 4
FORCED_BACK: Final = timedelta(minutes=1)  # the end lies a little in the past, whatever the two clocks say
KINDS: Final = {"AppPassword": credentials.APP_PASSWORD, "ApiKey": credentials.API_KEY}


class Show(StrEnum):
    """Which accounts to list."""

    ALL = "all"
    WITHOUT_TWO_FACTOR = "without-two-factor"
    ENDED = "ended"
    POWERFUL = "powerful"
    ADMINISTRATORS = "administrators"


class TwoFactor(StrEnum):
    """The state of an account's second factor."""

    ON = "on"
    OFF = "off"
    ELSEWHERE = "elsewhere"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account with what the list says about it."""

    account: Listed
    roles: tuple[str, ...]
    two_factor: TwoFactor
    app_passwords: int
    api_keys: int
    is_administrator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts over all people, groups left out."""

    people: int = 0
    protected: int = 0
    administrators: int = 0
    protected_administrators: int = 0
    powerful: int = 0
    ended: tuple[str, ...] = ()
    ended_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page: `end` is where the next begins, None after the last; `looked_at` accounts were read for it."""

    rows: tuple[Row, ...]
    position: int
    end: int | None
    total: int
    looked_at: int
    figures: Figures | None
    book: RoleBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account, and who is looking."""

    row: Row
    book: RoleBook
    is_oneself: bool


def row_of(account: Listed, book: RoleBook) -> Row:
    """What the list says about an account."""
    if account.is_group:
        two_factor = TwoFactor.IMPOSSIBLE
    elif book.is_outside(account):
        two_factor = TwoFactor.ELSEWHERE
    else:
        on = account.password is not None and account.password.has_two_factor
        two_factor = TwoFactor.ON if on else TwoFactor.OFF
    return Row(
        account=account,
        roles=tuple(sorted(book.name(role_id) for role_id in role_ids_of(account, book.defaults))),
        two_factor=two_factor,
        app_passwords=sum(one.kind == "AppPassword" for one in account.secondary),
        api_keys=sum(one.kind == "ApiKey" for one in account.secondary),
        is_administrator=account.roles.kind == "Admin",
    )


def may_do_everything(one: Secondary) -> bool:
    """Whether a credential holds all rights of its account."""
    return isinstance(one.scope, Inherit) or one.scope == Except(frozenset())


def has_ended(account: Listed, now: datetime) -> bool:
    """Whether the password has ended."""
    ends = account.password.expires_at if account.password is not None else None
    return ends is not None and ends <= now


def matches(row: Row, show: Show, now: datetime) -> bool:
    """Whether the row belongs into the list."""
    match show:
        case Show.WITHOUT_TWO_FACTOR:
            return row.two_factor is TwoFactor.OFF
        case Show.ENDED:
            return has_ended(row.account, now)
        case Show.POWERFUL:
            return any(may_do_everything(one) for one in row.account.secondary)
        case Show.ADMINISTRATORS:
            return row.is_administrator
        case _:
            return True


async def look(account: Account, *, text: str = "", show: Show = Show.ALL, position: int = 0) -> Listing:
    """Read one page of accounts.

    Raises:
        PermissionMissing: accounts may not be read. BulwarkError: the request as a whole failed.
    """
    window, book = await directory.window(account, text=text, position=position)
    is_whole = window.position == 0 and window.end is None and not text
    figures = figures_of(tuple(row_of(one, book) for one in window.accounts), account.now) if is_whole else None
    rows: list[Row] = []
    looked_at, windows = 0, 1
    while True:
        end = window.end
        for place, one in enumerate(window.accounts, start=window.position):
            if len(rows) == PAGE:
                end = place
                break
            row = row_of(one, book)
            looked_at += 1
            if matches(row, show, account.now):
                rows.append(row)
        if end is None or windows == MOST_WINDOWS or len(rows) == PAGE:
            return Listing(
                rows=tuple(rows),
                position=position,
                end=end,
                total=window.total,
                looked_at=looked_at,
                figures=figures,
                book=book,
            )
        window, _ = await directory.window(account, text=text, position=end)
        windows += 1


def figures_of(rows: tuple[Row, ...], now: datetime, before: Figures | None = None) -> Figures:
    """Count rows, going on from what was counted before."""
    start = before or Figures()
    people = [row for row in rows if not row.account.is_group]
    protected = [row for row in people if row.two_factor is TwoFactor.ON]
    ended = [row.account.address for row in people if has_ended(row.account, now)]
    return Figures(
        people=start.people + len(people),
        protected=start.protected + len(protected),
        administrators=start.administrators + sum(row.is_administrator for row in people),
        protected_administrators=start.protected_administrators + sum(row.is_administrator for row in protected),
        powerful=start.powerful
        + sum(one.kind == "AppPassword" and may_do_everything(one) for row in people for one in row.account.secondary),
        ended=(*start.ended, *ended)[:3],
        ended_count=start.ended_count + len(ended),
    )


async def everybody(account: Account, text: str = "", tell: Tell = untold) -> AsyncGenerator[Row]:
    """Every account that fits the text, read 500 at a time, never all in memory; `tell` hears how far it is.

    Raises:
        PermissionMissing, BulwarkError: as `look`.
    """
    position: int | None = 0
    while position is not None:
        window, book = await directory.window(account, text=text, position=position)
        tell(position + len(window.accounts), window.total)
        for one in window.accounts:
            yield row_of(one, book)
        position = window.end


async def count(account: Account) -> Figures:
    """Count everybody, 500 at a time.

    Raises:
        PermissionMissing, BulwarkError: as `look`.
    """
    figures = Figures()
    position: int | None = 0
    while position is not None:
        window, book = await directory.window(account, position=position)
        figures = figures_of(tuple(row_of(one, book) for one in window.accounts), account.now, figures)
        position = window.end
    return figures


async def person(account: Account, account_id: str) -> Person:
    """Read one account.

    Raises:
        Gone: there is none. PermissionMissing: it may not be read.
    """
    found, book = await directory.one(account, account_id)
    return Person(row=row_of(found, book), book=book, is_oneself=found.id.lower() == account.account_id.lower())


def mark_of(one: Secondary) -> str:
    """An opaque name for a credential as it was seen: id, kind, name and creation time."""
    return credentials.mark_of(KINDS[one.kind], one) if one.kind in KINDS else ""


def marked(person_: Person, mark: str) -> Secondary:
    """The credential that was seen under a mark.

    Raises:
        Gone: it is not there any more, or its id belongs to another one now.
    """
    for one in person_.row.account.secondary:
        if mark and mark_of(one) == mark:
            return one
    raise errors.Gone


async def reset_two_factor(account: Account, seen: Person) -> Person:
    """Remove somebody's second factor; `seen` was read just now. Gives the account as it is afterwards.

    Raises:
        Gone: it is off already. ManagedElsewhere, PermissionMissing, Refused: the server said no.
        OutcomeUnknown: the answer was lost.
    """
    password = _password_of(seen)
    if not password.has_two_factor:
        raise errors.Gone
    return await _change(account, seen, wire.reset_two_factor(password))


async def force_new_password(account: Account, seen: Person) -> Person:
    """Let somebody's password end now, so that the next sign-in can do nothing but change it.

    Raises:
        As `reset_two_factor`.
    """
    password = _password_of(seen)
    if has_ended(seen.row.account, account.now):
        raise errors.Gone
    return await _change(account, seen, wire.expire_password(password, account.now - FORCED_BACK))


async def revoke(account: Account, seen: Person, one: Secondary) -> Person:
    """Revoke somebody's app password or API key, effective at once. Gives the account as it is afterwards.

    Raises:
        Gone: it was revoked meanwhile. PermissionMissing, Refused: the server said no.
        OutcomeUnknown: the answer was lost.
    """
    _guard(seen)
    needed = (f"sys{one.kind}Destroy", "impersonate")
    account.rights.require(*needed)
    call = wire.revoke_call(seen.row.account.id, one.kind, [one.id])
    response, after = await _write(account, call, seen, needed)
    try:
        refused = parse_set(response[call], sent_at=response.sent_at).destruction_of(one.id)
    except jmap.OutcomeUnknown as error:
        if after is not None and mark_of(one) not in {mark_of(left) for left in after.row.account.secondary}:
            return after
        raise refusals.lost(error) from error
    if refused is not None:
        raise credentials.refusal_of(refused)
    return after or seen


async def _change(account: Account, seen: Person, patch: dict[str, object]) -> Person:
    account.rights.require("sysAccountUpdate")
    account_id = seen.row.account.id
    call = wire.set_call({account_id: patch})
    response, after = await _write(account, call, seen, ("sysAccountUpdate",))
    try:
        refused = parse_set(response[call], sent_at=response.sent_at).update_of(account_id)
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    if refused is not None:
        if "external directory" in (refused.description or ""):
            raise errors.ManagedElsewhere
        raise credentials.refusal_of(refused)
    return after or seen


async def _write(account: Account, call: Call, seen: Person, needed: tuple[str, ...]) -> tuple[Response, Person | None]:
    """Send one write and read the account back in the same request."""
    get = wire.get_call([seen.row.account.id])
    try:
        response = await account.client.call(call, get)
        _ = response[call]
    except jmap.OutcomeUnknown as error:
        raise refusals.lost(error) from error
    except jmap.MethodError as error:
        raise refusals.from_method_error(error, *needed) from error
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    try:
        found = next(iter(directory.read_accounts(response, get)), None)
    except errors.BulwarkError:
        return response, None
    if found is None:
        return response, None
    return response, Person(row=row_of(found, seen.book), book=seen.book, is_oneself=seen.is_oneself)


def _guard(seen: Person) -> None:
    """Nobody acts on their own account here."""
    if seen.is_oneself:
        raise errors.OwnAccount


def _password_of(seen: Person) -> wire.Password:
    _guard(seen)
    if seen.row.account.password is None:
        raise errors.ManagedElsewhere
    return seen.row.account.password
