"""Everybody's app passwords and API keys, in the order of their owners' names, read 500 accounts at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bulwark.account import directory
from bulwark.account.effective import Computed
from bulwark.console.progress import untold
from bulwark.features.accounts.service import may_do_everything

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bulwark.account.account import Account
    from bulwark.account.directory import RoleBook
    from bulwark.console.progress import Tell
    from stalwart_jmap.objects.account import Account as Listed
    from stalwart_jmap.objects.account import Secondary

PAGE: Final = 50
MOST_WINDOWS: Final = 4


class Which(StrEnum):
    """Which credentials to list."""

    ALL = "all"
    API_KEYS = "api-keys"
    APP_PASSWORDS = "app-passwords"
    POWERFUL = "powerful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A credential, whose it is, and what that account may do."""

    owner: Listed
    credential: Secondary
    held: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyListing:
    """One page; `end` is the account with which the next one begins, None after the last."""

    found: tuple[Owned, ...]
    position: int
    end: int | None
    total: int
    looked_at: int


def matches(one: Secondary, which: Which) -> bool:
    """Whether a credential belongs into the list."""
    match which:
        case Which.API_KEYS:
            return one.kind == "ApiKey"
        case Which.APP_PASSWORDS:
            return one.kind == "AppPassword"
        case Which.POWERFUL:
            return may_do_everything(one)
        case _:
            return True


async def look(account: Account, *, which: Which = Which.ALL, position: int = 0) -> KeyListing:
    """Read one page, about 50 credentials; the credentials of one account stay together.

    Raises:
        PermissionMissing: accounts may not be read. BulwarkError: the request as a whole failed.
    """
    window, book = await directory.window(account, position=position)
    computed = Computed(book.roles, book.defaults)
    found: list[Owned] = []
    looked_at, windows = 0, 1
    while True:
        for place, owner in enumerate(window.accounts, start=window.position):
            if len(found) >= PAGE:
                return KeyListing(
                    found=tuple(found), position=position, end=place, total=window.total, looked_at=looked_at
                )
            looked_at += 1
            found += _of(owner, computed, which)
        if window.end is None or windows == MOST_WINDOWS or len(found) >= PAGE:
            return KeyListing(
                found=tuple(found), position=position, end=window.end, total=window.total, looked_at=looked_at
            )
        window, _ = await directory.window(account, position=window.end)
        windows += 1


async def everything(account: Account, which: Which = Which.ALL, tell: Tell = untold) -> AsyncGenerator[Owned]:
    """Every credential, never all in memory; `tell` hears how many accounts were read.

    Raises:
        PermissionMissing, BulwarkError: as `look`.
    """
    position: int | None = 0
    while position is not None:
        window, book = await directory.window(account, position=position)
        tell(position + len(window.accounts), window.total)
        for one in _of_all(window.accounts, book, which):
            yield one
        position = window.end


def _of_all(accounts: tuple[Listed, ...], book: RoleBook, which: Which) -> list[Owned]:
    computed = Computed(book.roles, book.defaults)
    return [one for owner in accounts for one in _of(owner, computed, which)]


def _of(owner: Listed, computed: Computed, which: Which) -> list[Owned]:
    wanted = [one for one in owner.secondary if matches(one, which)]
    if not wanted:
        return []
    held = computed.of(owner).held
    return [Owned(owner=owner, credential=one, held=held) for one in wanted]
