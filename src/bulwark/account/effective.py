"""What an account may do, computed from roles as the server does (protocol reference 6.2), and who decided it.

Merge and Inherit: the union of all roles, followed recursively, and what the account adds. Replace: only what the
account lists. Minus every permission disabled anywhere that counts: a disable wins and cannot be undone further down.
Roles that lead back to themselves are counted once; a role that does not exist grants nothing.

A tenant's own limit (Enterprise edition) is not in roles or accounts and is not counted here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.objects.account import Account, Permissions
    from stalwart_jmap.objects.role import DefaultRoles, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The permissions held; per permission, the ids of the roles that grant or deny it; what the account does itself.

    `roles` are the ids of all roles that count, in the order found.
    """

    held: frozenset[str]
    roles: tuple[str, ...]
    granting: Mapping[str, tuple[str, ...]] = field(repr=False)
    denying: Mapping[str, tuple[str, ...]] = field(repr=False)
    own_grants: frozenset[str] = field(repr=False)
    own_denials: frozenset[str] = field(repr=False)


def role_ids_of(account: Account, defaults: DefaultRoles) -> frozenset[str]:
    """The roles an account begins with: those it names, else the defaults of its kind."""
    match account.roles.kind:
        case "Custom":
            return account.roles.ids
        case "Admin":
            return defaults.admin
        case _:
            return defaults.group if account.is_group else defaults.user


def reached(roles: Mapping[str, Role], start: Iterable[str]) -> tuple[str, ...]:
    """Roles and the roles they are built on, each once, whatever circles they make."""
    found: dict[str, None] = {}
    waiting = sorted(start, reverse=True)
    while waiting:
        role_id = waiting.pop()
        role = roles.get(role_id)
        if role is not None and role_id not in found:
            found[role_id] = None
            waiting += sorted(role.role_ids, reverse=True)
    return tuple(found)


def compute(roles: Mapping[str, Role], start: Iterable[str], permissions: Permissions) -> Effective:
    """What somebody with these roles, who adds and takes away these permissions, may do."""
    granting: dict[str, list[str]] = {}
    denying: dict[str, list[str]] = {}
    counted = () if permissions.kind == "Replace" else reached(roles, start)
    for role_id in counted:
        for name in roles[role_id].enabled:
            granting.setdefault(name, []).append(role_id)
        for name in roles[role_id].disabled:
            denying.setdefault(name, []).append(role_id)
    own_grants, own_denials = permissions.enabled, permissions.disabled
    return Effective(
        held=frozenset(granting).union(own_grants).difference(denying, own_denials),
        roles=counted,
        granting={name: tuple(ids) for name, ids in granting.items()},
        denying={name: tuple(ids) for name, ids in denying.items()},
        own_grants=own_grants,
        own_denials=own_denials,
    )


class Computed:
    """The rights of many accounts over one set of roles; accounts with the same roles and changes share one result."""

    def __init__(self, roles: Mapping[str, Role], defaults: DefaultRoles) -> None:
        self.roles = roles
        self.defaults = defaults
        self._known: dict[tuple[frozenset[str], Permissions], Effective] = {}

    def of(self, account: Account) -> Effective:
        """What this account may do."""
        return self.of_roles(role_ids_of(account, self.defaults), account.permissions)

    def of_roles(self, start: frozenset[str], permissions: Permissions) -> Effective:
        """What an account with these roles and changes may do."""
        key = (start, permissions)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = compute(self.roles, start, permissions)
        return found
