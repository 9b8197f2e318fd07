"""Making a plan, and applying it: read once more, send in one request, read back, tell each change for itself.

If a role or an account is another one than the plan was made for, nothing is sent and a new plan comes back. A refused
change takes no other one down. After a lost answer, reading tells what was carried out; it is never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import credentials, directory, refusals
from bulwark.console.progress import untold
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions.matrix import Population, read_population
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.objects import account as account_wire
from stalwart_jmap.objects import role as role_wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.account.directory import RoleBook
    from bulwark.console.progress import Tell
    from bulwark.features.permissions.plan import Change, Plan
    from stalwart_jmap import Response
    from stalwart_jmap.objects.account import Account as Listed


class Fate(StrEnum):
    """What became of a change."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One change and what became of it; `why` is the reason for a refusal."""

    change: Change
    fate: Fate
    why: errors.BulwarkError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a plan did, between two moments; `undo` takes back what was done.

    `answer_was_lost`: what became of each change was told by reading.
    """

    began_at: datetime
    ended_at: datetime
    items: tuple[Item, ...]
    undo: Plan
    answer_was_lost: bool = False

    def count(self, fate: Fate) -> int:
        """How many changes ended so."""
        return sum(item.fate is fate for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSince:
    """Nothing was applied: these roles and accounts are others now. `plan` wishes the same for how they are."""

    names: tuple[str, ...]
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """Roles and accounts of a plan as they are."""

    book: RoleBook
    accounts: dict[str, Listed]

    def print_of(self, change: Change) -> str | None:
        if change.target == "role":
            role = self.book.roles.get(change.id)
            return None if role is None else plans.print_of_role(role)
        account = self.accounts.get(change.id)
        return None if account is None else plans.print_of_account(account)

    def has(self, change: Change) -> bool:
        """Whether the object is as the change wants it."""
        if change.target == "role":
            role = self.book.roles.get(change.id)
            return role is not None and plans.is_done(change, role.enabled, role.disabled)
        account = self.accounts.get(change.id)
        own = account.permissions if account is not None else None
        return own is not None and plans.is_done(change, own.enabled, own.disabled)


async def population(account: Account, *, everybody: bool = False, tell: Tell = untold) -> Population:
    """Read accounts and roles; `tell` hears how far it is.

    Raises:
        PermissionMissing: they may not be read. BulwarkError: the request as a whole failed.
    """
    return await read_population(account, everybody=everybody, tell=tell)


async def chosen(account: Account, account_ids: Sequence[str]) -> tuple[Listed, ...]:
    """Read the chosen accounts; those that are gone are left out.

    Raises:
        As `population`.
    """
    if not account_ids:
        return ()
    found, _ = await directory.some(account, tuple(account_ids))
    order = {account_id: place for place, account_id in enumerate(account_ids)}
    return tuple(sorted(found, key=lambda one: order.get(one.id, 0)))


async def now_for(account: Account, plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """A plan from a file, from before, or an undo, for roles and accounts as they are now; and the names of the gone.

    Raises:
        As `population`.
    """
    now = await _read(account, plan)
    return plans.rebased(plan, now.book, now.accounts.values(), at=account.now)


async def apply(account: Account, plan: Plan) -> Report | ChangedSince:
    """Apply a plan.

    Raises:
        PermissionMissing: roles or accounts may not be read; nothing was sent.
        BulwarkError: the server does not answer; nothing was sent.
    """
    before = await _read(account, plan)
    changed = tuple(one.name for one in plan.changes if before.print_of(one) != one.seen)
    if changed:
        newer, _ = plans.rebased(plan, before.book, before.accounts.values(), at=account.now)
        return ChangedSince(names=changed, plan=newer)
    began_at = account.now
    lost = False
    response = None
    try:
        response = await account.client.call(*plans.calls_of(plan, before.accounts), *_reading(plan))
    except jmap.OutcomeUnknown:
        lost = True
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    after = await _after(account, plan, response)
    items = tuple(_item(one, response, after, before) for one in plan.changes)
    return Report(
        began_at=began_at,
        ended_at=account.now,
        items=items,
        undo=_undo(plan, items, after, at=account.now),
        answer_was_lost=lost,
    )


async def look_again(account: Account, plan: Plan) -> tuple[Item, ...]:
    """What is so now of changes whose outcome was unknown; reads, and changes nothing.

    Raises:
        As `population`.
    """
    now = await _read(account, plan)
    return tuple(
        Item(change=one, fate=Fate.DONE)
        if now.has(one)
        else Item(change=one, fate=Fate.REFUSED, why=errors.NotApplied())
        for one in plan.changes
    )


async def _read(account: Account, plan: Plan) -> _Now:
    ids = tuple(one.id for one in plan.changes if one.target == "account")
    found, book = await directory.some(account, ids)
    if book.unavailable is not None:
        raise book.unavailable
    return _Now(book=book, accounts={one.id: one for one in found})


def _reading(plan: Plan) -> tuple[jmap.Call, ...]:
    """What reads the plan's own roles and accounts back."""
    roles = [one.id for one in plan.changes if one.target == "role"]
    accounts = [one.id for one in plan.changes if one.target == "account"]
    return role_wire.get_call(roles), account_wire.get_call(accounts)


async def _after(account: Account, plan: Plan, response: Response | None) -> _Now | None:
    """How it is afterwards: from the same answer, else read anew; None when that cannot be told."""
    if response is None:
        try:
            return await _read(account, plan)
        except errors.BulwarkError:
            return None
    roles, accounts = response.get("roles"), response.get("accounts")
    if isinstance(roles, jmap.MethodError) or isinstance(accounts, jmap.MethodError):
        return None
    try:
        book = directory.RoleBook(roles={one.id: one for one in role_wire.parse(roles)})
        return _Now(book=book, accounts={one.id: one for one in account_wire.parse(accounts)})
    except jmap.BadAnswer:
        return None


def _item(change: Change, response: Response | None, after: _Now | None, before: _Now) -> Item:
    if response is None:
        return _settled(change, after)
    result = response.get("set-roles" if change.target == "role" else "set-accounts")
    if isinstance(result, jmap.MethodError):
        needed = "sysRoleUpdate" if change.target == "role" else "sysAccountUpdate"
        return Item(change=change, fate=Fate.REFUSED, why=refusals.from_method_error(result, needed))
    try:
        refused = parse_set(result, sent_at=response.sent_at).update_of(change.id)
    except jmap.OutcomeUnknown:
        return _settled(change, after)
    if refused is not None:
        return Item(change=change, fate=Fate.REFUSED, why=credentials.refusal_of(refused))
    if after is not None and not after.has(change) and after.print_of(change) == before.print_of(change):
        return Item(change=change, fate=Fate.REFUSED, why=errors.NotApplied())
    return Item(change=change, fate=Fate.DONE)


def _settled(change: Change, after: _Now | None) -> Item:
    """A change whose answer is missing, as reading shows it."""
    if after is None:
        return Item(change=change, fate=Fate.UNKNOWN)
    if after.print_of(change) is None:
        return Item(change=change, fate=Fate.REFUSED, why=errors.Gone())
    if after.has(change):
        return Item(change=change, fate=Fate.DONE)
    return Item(change=change, fate=Fate.REFUSED, why=errors.NotApplied())


def _undo(plan: Plan, items: Sequence[Item], after: _Now | None, *, at: datetime) -> Plan:
    """The plan that takes back what was done."""
    changes = []
    for item in items:
        if item.fate is Fate.DONE:
            seen = (after.print_of(item.change) if after is not None else None) or ""
            account = after.accounts.get(item.change.id) if after is not None else None
            variant = account.permissions.kind if account is not None else item.change.variant
            changes.append(plans.inverse(item.change, seen, variant))
    return msgspec.structs.replace(plan, made_at=at, is_undo=not plan.is_undo, changes=tuple(changes))
