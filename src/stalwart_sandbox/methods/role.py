"""x:Role: named permissions; nobody may put more into one than he holds himself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import errors, ids, patch, shapes
from stalwart_sandbox.accounts import Role
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.methods.credential import check_grant
from stalwart_sandbox.patch import Object, Reference, SetOf, Text, id_key, permission_key

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_SCHEMA: Final = Object(
    {
        "description": Text(),
        "memberTenantId": Reference(),
        "roleIds": SetOf(id_key),
        "enabledPermissions": SetOf(permission_key),
        "disabledPermissions": SetOf(permission_key),
    },
    defaults={
        "description": None,
        "memberTenantId": None,
        "roleIds": {},
        "enabledPermissions": {},
        "disabledPermissions": {},
    },
)
_SORTS: Final = frozenset({"id", "description"})


def get(call: Call) -> Json:
    """Roles by id."""

    def record(number: int) -> Json | None:
        role = call.state.roles.get(number)
        return None if role is None else role.wire()

    return shapes.get(call, record, lambda: list(call.state.roles))


def query(call: Call) -> Json:
    """Roles, newest first; filter `text` matches whole words of the description."""
    wanted = shapes.conditions(call, frozenset({"text", "memberTenantId"}))
    words = str(wanted.get("text") or "").lower().split()
    found = [role for role in call.state.roles.values() if set(words) <= set((role.description or "").lower().split())]
    comparator = shapes.first_comparator(call, _SORTS) or ("id", False)
    found.sort(
        key=lambda role: (role.description or "").lower() if comparator[0] == "description" else role.number,
        reverse=not comparator[1],
    )
    return shapes.query(call, [role.number for role in found])


def set_(call: Call) -> Json:
    """Create, change and remove roles; effective at once."""
    return shapes.answer_set(
        call, create=partial(_create, call), update=partial(_update, call), destroy=partial(_destroy, call)
    )


def _create(call: Call, value: Any) -> Json:
    record = patch.create(_SCHEMA, value, call.refs)
    _check(call, record, None)
    number = call.state.next_number("role")
    role = Role(number=number, description=None)
    _store(role, record)
    call.state.roles[number] = role
    call.state.changed()
    return {"id": ids.encode(number)}


def _check(call: Call, record: Json, before: Role | None) -> None:
    if record["description"] is None:
        raise errors.validation_failed({"type": "Required", "property": "description"})
    old = set() if before is None else before.enabled.keys() | call.state.role_permissions(before.role_ids)
    new = record["enabledPermissions"].keys() | call.state.role_permissions(record["roleIds"])
    check_grant(call, frozenset(new - old))
    for role_id in record["roleIds"]:
        if ids.decode(role_id) not in call.state.roles:
            raise SetError("invalidForeignKey", objectId={"object": "Role", "id": role_id})


def _store(role: Role, record: Json) -> None:
    role.description = record["description"]
    role.role_ids = record["roleIds"]
    role.enabled = record["enabledPermissions"]
    role.disabled = record["disabledPermissions"]


def _update(call: Call, number: int, value: Json) -> None:
    role = call.state.roles.get(number)
    if role is None:
        raise SetError("notFound")
    record = patch.update(_SCHEMA, role.wire(), value, call.refs)
    _check(call, record, role)
    _store(role, record)
    call.state.changed()


def _destroy(call: Call, number: int) -> None:
    if number not in call.state.roles:
        raise SetError("notFound")
    own = ids.encode(number)
    linked = [
        {"object": "Account", "id": account.id}
        for account in call.state.accounts.values()
        if own in account.roles.get("roleIds", {})
    ]
    linked += [
        {"object": "Role", "id": ids.encode(role.number)} for role in call.state.roles.values() if own in role.role_ids
    ]
    if linked:
        raise SetError("objectIsLinked", objectId={"object": "Role", "id": own}, linkedObjects=linked)
    del call.state.roles[number]
    call.state.changed()


METHODS: Final = {
    "x:Role/get": Method(answer=get, read="sysRoleGet"),
    "x:Role/query": Method(answer=query, read="sysRoleQuery"),
    "x:Role/set": Method(answer=set_, create="sysRoleCreate", update="sysRoleUpdate", destroy="sysRoleDestroy"),
}
