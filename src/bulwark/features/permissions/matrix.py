"""Who has what of the panel's promises, and who denies it: cells, gaps, and the population they are counted over.

Thousands of accounts share a few combinations of roles and changes, so only the combinations are kept and counted, and
the few accounts that deny or replace something themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from bulwark.account import directory
from bulwark.account.abilities import needed_by
from bulwark.account.effective import Computed, role_ids_of
from bulwark.console.progress import untold
from stalwart_jmap.objects.account import Permissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.account.abilities import Ability
    from bulwark.account.account import Account
    from bulwark.account.directory import RoleBook
    from bulwark.account.effective import Effective
    from bulwark.console.progress import Tell
    from stalwart_jmap.objects.account import Account as Listed

MOST_WINDOWS: Final = 4
MOST_SPECIAL: Final = 50
INHERIT: Final = Permissions()


class Standing(StrEnum):
    """How somebody stands to an ability."""

    GRANTED = "granted"
    PARTLY = "partly"
    MISSING = "missing"
    BLOCKED_HERE = "blocked-here"
    BLOCKED_BY_ROLE = "blocked-by-role"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One permission that is not held, and why: denied by the account itself, by roles, or granted by nobody."""

    permission: str
    denied_here: bool
    denied_by: tuple[str, ...]
    is_granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How somebody stands to one ability."""

    standing: Standing
    have: int
    of: int
    lacks: tuple[Lack, ...] = ()


class Combination(NamedTuple):
    """What decides over rights: accounts that have it in common may do the same."""

    start: frozenset[str]
    permissions: Permissions
    is_group: bool


@dataclass(slots=True)
class Population:
    """Accounts counted by combination; `special` are accounts that themselves cause a gap, the first 50 of them."""

    book: RoleBook
    counts: Counter[Combination] = field(default_factory=Counter)
    special: list[Listed] = field(default_factory=list)
    special_count: int = 0
    looked_at: int = 0
    total: int = 0
    is_whole: bool = True

    @property
    def computed(self) -> Computed:
        """Rights over the roles as they are."""
        return Computed(self.book.roles, self.book.defaults)

    def add(self, accounts: tuple[Listed, ...], computed: Computed) -> None:
        """Count some accounts."""
        for one in accounts:
            self.counts[combination_of(one, self.book)] += 1
            self.looked_at += 1
            if _is_special(one, computed.of(one)):
                self.special_count += 1
                if len(self.special) < MOST_SPECIAL:
                    self.special.append(one)

    def with_gap(self) -> int:
        """How many accounts lack something they need."""
        computed = self.computed
        return sum(
            count
            for one, count in self.counts.items()
            if needed_by(group=one.is_group) - computed.of_roles(one.start, one.permissions).held
        )

    def gains(self, roles: RoleBook) -> tuple[int, int]:
        """How many accounts gain and how many lose a permission when the roles become these."""
        before, after = self.computed, Computed(roles.roles, roles.defaults)
        gaining = losing = 0
        for one, count in self.counts.items():
            then = after.of_roles(one.start, one.permissions).held
            now = before.of_roles(one.start, one.permissions).held
            gaining += count if then - now else 0
            losing += count if now - then else 0
        return gaining, losing


def combination_of(one: Listed, book: RoleBook) -> Combination:
    """What decides over an account's rights."""
    return Combination(role_ids_of(one, book.defaults), one.permissions, one.is_group)


def _is_special(one: Listed, effective: Effective) -> bool:
    needed = needed_by(group=one.is_group)
    if one.permissions.kind == "Replace":
        return bool(needed - effective.held)
    return bool(needed & effective.own_denials)


async def read_population(account: Account, *, everybody: bool = False, tell: Tell = untold) -> Population:
    """Read accounts, 2,000 of them or all, and the roles; `tell` hears how far it is.

    Raises:
        PermissionMissing: accounts or roles may not be read. BulwarkError: the request as a whole failed.
    """
    window, book = await directory.window(account)
    if book.unavailable is not None:
        raise book.unavailable
    population = Population(book=book, total=window.total)
    computed = population.computed
    population.add(window.accounts, computed)
    tell(population.looked_at, window.total)
    windows = 1
    while window.end is not None and (everybody or windows < MOST_WINDOWS):
        window, _ = await directory.window(account, position=window.end)
        population.add(window.accounts, computed)
        tell(population.looked_at, window.total)
        windows += 1
    population.is_whole = window.end is None
    return population


def lacks_of(effective: Effective, names: frozenset[str] | tuple[str, ...]) -> tuple[Lack, ...]:
    """Those of the named permissions that are not held, and who is to blame."""
    return tuple(
        Lack(
            permission=name,
            denied_here=name in effective.own_denials,
            denied_by=effective.denying.get(name, ()),
            is_granted=name in effective.granting or name in effective.own_grants,
        )
        for name in names
        if name not in effective.held
    )


def cell(effective: Effective, ability: Ability, *, is_group: bool) -> Cell:
    """How somebody with these rights stands to an ability."""
    lacks = lacks_of(effective, ability.permissions)
    of = len(ability.permissions)
    have = of - len(lacks)
    if not lacks:
        standing = Standing.GRANTED
    elif ability.is_optional or (is_group and not ability.for_groups):
        standing = Standing.NOT_NEEDED
    elif any(one.denied_here for one in lacks):
        standing = Standing.BLOCKED_HERE
    elif any(one.denied_by for one in lacks):
        standing = Standing.BLOCKED_BY_ROLE
    else:
        standing = Standing.PARTLY if have else Standing.MISSING
    return Cell(standing=standing, have=have, of=of, lacks=lacks)


def role_columns(population: Population, most: int) -> Mapping[frozenset[str], tuple[int, bool]]:
    """Sets of roles worth a column, those of the defaults first, with how many accounts begin with them."""
    counts: Counter[tuple[frozenset[str], bool]] = Counter()
    for one, count in population.counts.items():
        counts[one.start, one.is_group] += count
    defaults = population.book.defaults
    columns = {defaults.user: False, defaults.group: True, defaults.admin: False}
    for (start, is_group), _ in counts.most_common():
        columns.setdefault(start, is_group)
    chosen = list(columns.items())[:most]
    return {start: (counts[start, is_group], is_group) for start, is_group in chosen}
