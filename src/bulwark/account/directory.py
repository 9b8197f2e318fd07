"""Everybody's accounts and roles, as an administrator may read them: page by page, so that thousands cost no memory.

Who may not read them gets the missing permission by name; the server decides, never the panel. Roles are few, yet more
than one answer holds is read on. Where the defaults of `x:Authentication` may not be read, the roles that the server
made at its first start are taken by their names, and `defaults_are_guessed` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.refusals import result_of
from stalwart_jmap.objects import account as wire
from stalwart_jmap.objects import role as role_wire
from stalwart_jmap.objects.role import DefaultRoles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bulwark.account.account import Account
    from stalwart_jmap import Call, Response
    from stalwart_jmap.objects.account import Account as Listed
    from stalwart_jmap.objects.role import Role

SEE_ACCOUNTS: Final = ("sysAccountQuery", "sysAccountGet")
SEE_ROLES: Final = ("sysRoleQuery", "sysRoleGet")
_NO_ROLES: Final = DefaultRoles(user=frozenset(), group=frozenset(), admin=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some accounts in the order of their names; `end` is where the next window begins, None after the last."""

    accounts: tuple[Listed, ...]
    position: int
    end: int | None
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBook:
    """All roles by id, and who gets which by default; `unavailable` says why they could not be read."""

    roles: Mapping[str, Role] = field(default_factory=dict)
    defaults: DefaultRoles = _NO_ROLES
    defaults_are_guessed: bool = False
    unavailable: errors.BulwarkError | None = None
    outside_domains: frozenset[str] = frozenset()

    def is_outside(self, account: Listed) -> bool:
        """Whether password and second factor live in an external directory, as far as it can be read."""
        if account.is_group:
            return False
        return account.password is None or self.defaults.directory is not None or account.domain in self.outside_domains

    def name(self, role_id: str) -> str:
        """A role as people call it."""
        role = self.roles.get(role_id)
        return (role.description or role_id) if role is not None else role_id


async def window(account: Account, *, text: str = "", position: int = 0) -> tuple[Window, RoleBook]:
    """Read up to 500 accounts from a position on, and the roles beside them, in one request.

    Raises:
        PermissionMissing: accounts may not be read. BulwarkError: the request as a whole failed.
    """
    query = wire.query_call(text=text, position=position)
    get = wire.get_call(query.ref("/ids"))
    response = await account.read(query, get, *_role_calls())
    return _window(response, query, get), await _more_roles(account, response)


async def windows(account: Account, *, text: str = "") -> AsyncIterator[Window]:
    """Read all accounts, 500 at a time.

    Raises:
        PermissionMissing, BulwarkError: as `window`.
    """
    position: int | None = 0
    while position is not None:
        query = wire.query_call(text=text, position=position)
        get = wire.get_call(query.ref("/ids"))
        part = _window(await account.read(query, get), query, get)
        yield part
        position = part.end


async def one(account: Account, account_id: str) -> tuple[Listed, RoleBook]:
    """Read one account by id, and the roles.

    Raises:
        Gone: there is no such account (any more). PermissionMissing: it may not be read.
    """
    get = wire.get_call([account_id])
    response = await account.read(get, *_role_calls())
    found = next(iter(read_accounts(response, get)), None)
    if found is None:
        raise errors.Gone
    return found, await _more_roles(account, response)


async def some(account: Account, account_ids: tuple[str, ...]) -> tuple[tuple[Listed, ...], RoleBook]:
    """Read accounts by id, at most 500, and the roles; those that are gone are left out.

    Raises:
        PermissionMissing: they may not be read. BulwarkError: the request as a whole failed.
    """
    get = wire.get_call(account_ids)
    response = await account.read(get, *_role_calls())
    return read_accounts(response, get), await _more_roles(account, response)


async def by_address(account: Account, address: str) -> Listed:
    """Find the account with an address, or with a name that is unique.

    Raises:
        Gone: there is none. PermissionMissing: accounts may not be read.
    """
    wanted = address.strip().lower()
    query = wire.query_call(text=wanted)
    get = wire.get_call(query.ref("/ids"))
    found = _window(await account.read(query, get), query, get).accounts
    exact = [one for one in found if one.address.lower() == wanted]
    named = [one for one in found if one.name.lower() == wanted]
    if not exact and len(named) != 1:
        raise errors.Gone
    return (exact or named)[0]


def read_accounts(response: Response, get: Call) -> tuple[Listed, ...]:
    """The accounts of an answer.

    Raises:
        PermissionMissing: they may not be read. ProtocolBroken: they cannot be understood.
    """
    listed = result_of(response, get, "sysAccountGet")
    try:
        return wire.parse(listed)
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error


def _window(response: Response, query: Call, get: Call) -> Window:
    result = result_of(response, query, *SEE_ACCOUNTS)
    try:
        found = wire.parse_query(result)
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error
    accounts = read_accounts(response, get)
    after = found.position + len(found.ids)
    total = found.total if found.total is not None else after
    places = {account_id: place for place, account_id in enumerate(found.ids)}
    in_order = sorted(accounts, key=lambda one: places.get(one.id, len(places)))
    end = after if found.ids and after < total else None
    return Window(accounts=tuple(in_order), position=found.position, end=end, total=total)


def _role_calls(position: int = 0) -> tuple[Call, ...]:
    query = role_wire.query_call(position=position)
    return query, role_wire.get_call(query.ref("/ids")), role_wire.defaults_call(), wire.domains_call()


async def _more_roles(account: Account, response: Response) -> RoleBook:
    """The roles of an answer; those that did not fit into it are read on."""
    roles: dict[str, Role] = {}
    first = response
    while True:
        ids, listed = response.get("role-ids"), response.get("roles")
        for result in (ids, listed):
            if isinstance(result, jmap.MethodError):
                return RoleBook(unavailable=refusals.from_method_error(result, *SEE_ROLES))
        try:
            part = role_wire.parse(response["roles"])
        except jmap.BadAnswer:
            return RoleBook(unavailable=errors.ProtocolBroken())
        known = len(roles)
        roles |= {role.id: role for role in part}
        if len(part) < role_wire.MOST or len(roles) == known:
            break
        response = await account.read(*_role_calls(len(roles)))
    result = first.get("defaults")
    defaults = None if isinstance(result, jmap.MethodError) else role_wire.parse_defaults(result)
    domains = first.get("domains")
    return RoleBook(
        roles=roles,
        defaults=defaults or _guessed(roles),
        defaults_are_guessed=defaults is None,
        outside_domains=frozenset() if isinstance(domains, jmap.MethodError) else wire.parse_outside_domains(domains),
    )


def _guessed(roles: Mapping[str, Role]) -> DefaultRoles:
    """The roles of the server's first start, by the names it gave them (protocol reference 6.3)."""

    def named(*names: str) -> frozenset[str]:
        return frozenset(role.id for role in roles.values() if role.description in names)

    return DefaultRoles(user=named("User"), group=named("Group"), admin=named("System Administrator", "User"))
