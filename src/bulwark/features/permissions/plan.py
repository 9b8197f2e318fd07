"""A plan: changes of roles and accounts that give people what they lack. It is a document; it changes nothing.

Roles come first, for one change of a role mends all its accounts. A block on an account itself is a change of its own.
Each change carries a print of what it was made for; if the role or the account is another one when the plan is applied,
nothing is applied and a new plan is made from the old one's wishes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from bulwark.account.abilities import needed_by
from bulwark.account.effective import role_ids_of
from bulwark.features.permissions.matrix import lacks_of
from stalwart_jmap.core.ids import AccountId
from stalwart_jmap.objects import account as account_wire
from stalwart_jmap.objects import role as role_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bulwark.account.directory import RoleBook
    from bulwark.account.effective import Effective
    from bulwark.features.permissions.matrix import Population
    from stalwart_jmap import Call
    from stalwart_jmap.objects.account import Account as Listed
    from stalwart_jmap.objects.role import Role

VERSION: Final = 1
MOST_CHANGES: Final = 60
MOST_BYTES: Final = 40_000
_PRINT: Final = 24  # hexadecimal digits


class PlanUnreadableError(ValueError):
    """What was given is no plan of this panel."""


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What becomes of one role or account.

    `enable` are granted, `unset` are grants taken back, `disable` are denied, `lift` are denials taken back. `seen` is
    the print of the object the change was made for, `variant` an account's kind of permissions then.
    """

    target: Literal["role", "account"]
    id: str
    name: str
    seen: str
    enable: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    lift: tuple[str, ...] = ()
    variant: str = ""

    @property
    def key(self) -> str:
        """What the change is called in a form."""
        return f"{self.target}:{self.id}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.enable or self.unset or self.disable or self.lift)

    @property
    def granted(self) -> frozenset[str]:
        """The permissions that somebody may gain by it."""
        return frozenset(self.enable) | frozenset(self.lift)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes, roles before accounts; `server` is the name of the server it was made for."""

    version: Literal[1] = VERSION
    server: str
    made_at: datetime
    is_undo: bool = False
    changes: tuple[Change, ...] = ()

    def encode(self) -> str:
        """The plan as JSON, on one line."""
        return msgspec.json.encode(self).decode()

    def pretty(self) -> str:
        """The plan as JSON for a file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    def only(self, keys: Iterable[str]) -> Plan:
        """The plan with the chosen changes alone."""
        wanted = frozenset(keys)
        return msgspec.structs.replace(self, changes=tuple(one for one in self.changes if one.key in wanted))


def decode(text: str) -> Plan:
    """Read a plan.

    Raises:
        PlanUnreadableError: it is none, or of another version, or too long.
    """
    if len(text) > MOST_BYTES:
        raise PlanUnreadableError
    try:
        plan = msgspec.json.decode(text.encode(), type=Plan)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise PlanUnreadableError from error
    keys = [one.key for one in plan.changes]
    names = [name for one in plan.changes for name in (*one.enable, *one.unset, *one.disable, *one.lift, one.id)]
    is_fair = len(keys) == len(set(keys)) <= MOST_CHANGES and all(name.isascii() and name.isalnum() for name in names)
    if not is_fair or plan.made_at.tzinfo is None:
        raise PlanUnreadableError
    return plan


def print_of_role(role: Role) -> str:
    """What a role is, in short."""
    return _print([sorted(role.role_ids), sorted(role.enabled), sorted(role.disabled)])


def print_of_account(account: Listed) -> str:
    """What decides over an account's rights, in short."""
    roles, own = account.roles, account.permissions
    return _print([roles.kind, sorted(roles.ids), own.kind, sorted(own.enabled), sorted(own.disabled)])


def _print(parts: list[Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:_PRINT]


class _Draft:
    """Collects what is wished for each role and account."""

    def __init__(self, book: RoleBook) -> None:
        self._book = book
        self._roles: dict[str, tuple[set[str], set[str]]] = {}
        self._accounts: dict[str, tuple[Listed, set[str], set[str]]] = {}

    def role(self, role_id: str) -> tuple[set[str], set[str]]:
        return self._roles.setdefault(role_id, (set(), set()))

    def account(self, one: Listed) -> tuple[set[str], set[str]]:
        _, enable, lift = self._accounts.setdefault(one.id, (one, set(), set()))
        return enable, lift

    def changes(self) -> tuple[Change, ...]:
        of_roles = [
            Change(
                target="role",
                id=role_id,
                name=self._book.name(role_id),
                seen=print_of_role(self._book.roles[role_id]),
                enable=tuple(sorted(enable)),
                lift=tuple(sorted(lift)),
            )
            for role_id, (enable, lift) in sorted(self._roles.items())
        ]
        of_accounts = [
            Change(
                target="account",
                id=one.id,
                name=one.address,
                seen=print_of_account(one),
                enable=tuple(sorted(enable)),
                lift=tuple(sorted(lift)),
                variant=one.permissions.kind,
            )
            for one, enable, lift in self._accounts.values()
        ]
        return tuple(of_roles + of_accounts)[:MOST_CHANGES]


def for_accounts(accounts: Iterable[Listed], population: Population, *, server: str, at: datetime) -> Plan:
    """A plan that gives these accounts what they lack."""
    draft = _Draft(population.book)
    computed = population.computed
    for one in accounts:
        start = role_ids_of(one, population.book.defaults)
        _wish(draft, computed.of(one), start, population.book, is_group=one.is_group, account=one)
    return Plan(server=server, made_at=at, changes=draft.changes())


def for_everybody(population: Population, *, server: str, at: datetime) -> Plan:
    """A plan that closes all gaps; accounts that cause one themselves come last, each for itself."""
    draft = _Draft(population.book)
    computed = population.computed
    for one in population.counts:
        if one.permissions.kind != "Replace":
            effective = computed.of_roles(one.start, one.permissions)
            _wish(draft, effective, one.start, population.book, is_group=one.is_group, account=None)
    for listed in population.special:
        start = role_ids_of(listed, population.book.defaults)
        _wish(draft, computed.of(listed), start, population.book, is_group=listed.is_group, account=listed)
    return Plan(server=server, made_at=at, changes=draft.changes())


def _wish(
    draft: _Draft,
    effective: Effective,
    start: frozenset[str],
    book: RoleBook,
    *,
    is_group: bool,
    account: Listed | None,
) -> None:
    """Note what has to change so that somebody holds all they need; a nameless one only changes roles."""
    home = _home(start, book, is_group=is_group)
    replaces = account is not None and account.permissions.kind == "Replace"
    for lack in lacks_of(effective, needed_by(group=is_group)):
        if account is not None and lack.denied_here:
            draft.account(account)[1].add(lack.permission)
        for role_id in lack.denied_by:
            draft.role(role_id)[1].add(lack.permission)
        if lack.is_granted:
            continue
        if home and not replaces:
            draft.role(home)[0].add(lack.permission)
        elif account is not None:
            draft.account(account)[0].add(lack.permission)


def _home(start: frozenset[str], book: RoleBook, *, is_group: bool) -> str:
    """The role that should grant: the default one where the account has it, else its first; empty without any."""
    known = sorted((role_id for role_id in start if role_id in book.roles), key=lambda one: (len(one), one))
    default = book.defaults.group if is_group else book.defaults.user
    return next((one for one in known if one in default), known[0] if known else "")


def rebased(plan: Plan, book: RoleBook, accounts: Iterable[Listed], *, at: datetime) -> tuple[Plan, tuple[str, ...]]:
    """The same wishes for roles and accounts as they are now, and the names of those that are gone.

    What is so already is left out.
    """
    listed = {one.id: one for one in accounts}
    changes: list[Change] = []
    gone: list[str] = []
    for change in plan.changes:
        role, account = book.roles.get(change.id), listed.get(AccountId(change.id))
        if change.target == "role" and role is not None:
            now = _rebased(change, role.enabled, role.disabled)
            now = msgspec.structs.replace(now, seen=print_of_role(role), name=role.description or role.id)
        elif change.target == "account" and account is not None:
            now = _rebased(change, account.permissions.enabled, account.permissions.disabled)
            now = msgspec.structs.replace(
                now, seen=print_of_account(account), name=account.address, variant=account.permissions.kind
            )
        else:
            gone.append(change.name)
            continue
        if not now.is_empty:
            changes.append(now)
    return msgspec.structs.replace(plan, made_at=at, changes=tuple(changes)), tuple(gone)


def _rebased(change: Change, enabled: frozenset[str], disabled: frozenset[str]) -> Change:
    return msgspec.structs.replace(
        change,
        enable=tuple(name for name in change.enable if name not in enabled),
        unset=tuple(name for name in change.unset if name in enabled),
        disable=tuple(name for name in change.disable if name not in disabled),
        lift=tuple(name for name in change.lift if name in disabled),
    )


def inverse(change: Change, seen: str, variant: str) -> Change:
    """The change that takes another one back, for the object as it is after it."""
    return msgspec.structs.replace(
        change,
        seen=seen,
        variant=variant,
        enable=change.unset,
        unset=change.enable,
        disable=change.lift,
        lift=change.disable,
    )


def with_roles_changed(book: RoleBook, changes: Iterable[Change]) -> RoleBook:
    """The roles as they would be after the changes."""
    roles = dict(book.roles)
    for change in changes:
        role = roles.get(change.id)
        if change.target == "role" and role is not None:
            roles[change.id] = replace(
                role,
                enabled=(role.enabled | frozenset(change.enable)) - frozenset(change.unset),
                disabled=(role.disabled | frozenset(change.disable)) - frozenset(change.lift),
            )
    return replace(book, roles=roles)


def is_done(change: Change, enabled: frozenset[str], disabled: frozenset[str]) -> bool:
    """Whether an object with these grants and denials is as the change wants it."""
    return (
        enabled.issuperset(change.enable)
        and enabled.isdisjoint(change.unset)
        and disabled.issuperset(change.disable)
        and disabled.isdisjoint(change.lift)
    )


def calls_of(plan: Plan, accounts: Mapping[str, Listed] | None = None) -> tuple[Call, ...]:
    """What is sent: one call for all roles, one for all accounts; from the plan alone, or for accounts just read."""
    roles: dict[str, dict[str, Any]] = {}
    people: dict[str, dict[str, Any]] = {}
    for one in plan.changes:
        if one.target == "role":
            roles[one.id] = role_wire.change(enable=one.enable, unset=one.unset, disable=one.disable, lift=one.lift)
        else:
            before = account_wire.Permissions(kind=one.variant or "Merge")
            if accounts is not None and one.id in accounts:
                before = accounts[one.id].permissions
            people[one.id] = account_wire.change_permissions(
                before, enable=one.enable, unset=one.unset, disable=one.disable, lift=one.lift
            )
    calls = []
    if roles:
        calls.append(role_wire.set_call(roles))
    if people:
        calls.append(account_wire.set_call(people))
    return tuple(calls)
