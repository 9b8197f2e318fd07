"""`x:Role`: named permissions, possibly built on other roles (Stalwart's own).

A disable in any role of an account wins over every grant, wherever it is. Nobody can put more into a role than they
hold themselves; changes are effective at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.patch import pointer
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import SINGLETON, convert, from_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.core.request import ResultReference

GET: Final = "x:Role/get"
QUERY: Final = "x:Role/query"
SET: Final = "x:Role/set"
MOST: Final = 500  # objects in one get or set


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role; `role_ids` are the roles it is built on, `tenant` the tenant it belongs to."""

    id: str
    description: str
    role_ids: frozenset[str] = frozenset()
    enabled: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRoles:
    """The roles of accounts that name none, by kind of account, and the outside directory accounts come from."""

    user: frozenset[str]
    group: frozenset[str]
    admin: frozenset[str]
    directory: str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    description: str | None = None
    member_tenant_id: str | None = None
    role_ids: dict[str, bool] = {}
    enabled_permissions: dict[str, bool] = {}
    disabled_permissions: dict[str, bool] = {}


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


class _Defaults(msgspec.Struct, rename="camel"):
    default_user_role_ids: dict[str, bool] = {}
    default_group_role_ids: dict[str, bool] = {}
    default_admin_role_ids: dict[str, bool] = {}
    directory_id: str | None = None


class _DefaultsGet(msgspec.Struct, rename="camel"):
    entries: list[_Defaults] = msgspec.field(name="list")


def query_call(call_id: str = "role-ids", *, position: int = 0, limit: int = MOST) -> Call:
    """Ask for the ids of roles, oldest first."""
    sort = [{"property": "id", "isAscending": True}]
    return Call(QUERY, {"sort": sort, "position": position, "limit": limit}, call_id)


def get_call(ids: Iterable[str] | ResultReference, call_id: str = "roles") -> Call:
    """Read roles: by ids, or by `query.ref("/ids")`."""
    return Call(GET, {"ids": list(ids) if not hasattr(ids, "result_of") else ids}, call_id)


def parse(result: Mapping[str, Any]) -> tuple[Role, ...]:
    """Read the result of `get_call`."""
    return tuple(
        Role(
            id=entry.id,
            description=entry.description or "",
            role_ids=from_set(entry.role_ids),
            enabled=from_set(entry.enabled_permissions),
            disabled=from_set(entry.disabled_permissions),
            tenant=entry.member_tenant_id,
        )
        for entry in convert(result, _Get).entries
    )


def defaults_call(call_id: str = "defaults") -> Call:
    """Read which roles accounts get by default; needs `sysAuthenticationGet`."""
    return Call("x:Authentication/get", {"ids": [SINGLETON]}, call_id)


def parse_defaults(result: Mapping[str, Any]) -> DefaultRoles | None:
    """Read the result of `defaults_call`; None when the server has no such object."""
    entry = next(iter(convert(result, _DefaultsGet).entries), None)
    if entry is None:
        return None
    return DefaultRoles(
        user=from_set(entry.default_user_role_ids),
        group=from_set(entry.default_group_role_ids),
        admin=from_set(entry.default_admin_role_ids),
        directory=entry.directory_id,
    )


def change(
    *,
    enable: Iterable[str] = (),
    unset: Iterable[str] = (),
    disable: Iterable[str] = (),
    lift: Iterable[str] = (),
    under: str = "",
) -> dict[str, Any]:
    """Write a patch by pointers: grant, take a grant back, deny, lift a denial; `under` is where the two sets are."""
    keys = (under,) if under else ()
    patch: dict[str, Any] = {}
    for name in sorted(enable):
        patch[pointer(*keys, "enabledPermissions", name)] = True
    for name in sorted(unset):
        patch[pointer(*keys, "enabledPermissions", name)] = None
    for name in sorted(disable):
        patch[pointer(*keys, "disabledPermissions", name)] = True
    for name in sorted(lift):
        patch[pointer(*keys, "disabledPermissions", name)] = None
    return patch


def set_call(updates: Mapping[str, Mapping[str, Any]], call_id: str = "set-roles") -> Call:
    """Change roles, at most 500; each is answered for itself (`core.response.parse_set`)."""
    return Call(SET, {"update": {role_id: dict(patch) for role_id, patch in updates.items()}}, call_id)
