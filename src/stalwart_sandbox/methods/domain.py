"""x:Domain: enough of it to give accounts a home."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, errors, ids, patch, shapes
from stalwart_sandbox.accounts import Domain
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import Flag, ListOf, MapOf, Object, Reference, Text, Variant

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_MANAGEMENT: Final = Variant({"Manual": Object({}), "Automatic": Object({})})
_SCHEMA: Final = Object(
    {
        "name": Text(),
        "description": Text(),
        "isEnabled": Flag(),
        "memberTenantId": Reference(),
        "directoryId": Reference(),
        "dkimManagement": _MANAGEMENT,
        "aliases": ListOf(Object({"name": Text()})),
        "quotas": MapOf(frozenset({"maxAccounts"})),
    },
    server_set=frozenset({"createdAt"}),
    defaults={
        "name": None,
        "description": None,
        "isEnabled": True,
        "memberTenantId": None,
        "directoryId": None,
        "dkimManagement": {"@type": "Automatic"},
        "aliases": {},
        "quotas": {},
    },
)
_NAME: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_SORTS: Final = frozenset({"id", "name"})


def get(call: Call) -> Json:
    """Domains by id."""

    def record(number: int) -> Json | None:
        domain = call.state.domains.get(number)
        return None if domain is None else domain.record

    return shapes.get(call, record, lambda: list(call.state.domains))


def query(call: Call) -> Json:
    """Domains, newest first; filters `name` and `text`."""
    wanted = shapes.conditions(call, frozenset({"name", "text", "memberTenantId"}))
    name = wanted.get("name") or wanted.get("text")
    found = [item for item in call.state.domains.values() if name is None or item.name == name]
    comparator = shapes.first_comparator(call, _SORTS) or ("id", False)
    found.sort(key=lambda item: item.name if comparator[0] == "name" else item.number, reverse=not comparator[1])
    return shapes.query(call, [item.number for item in found])


def set_(call: Call) -> Json:
    """Create, rename and remove domains."""
    return shapes.answer_set(
        call, create=partial(_create, call), update=partial(_update, call), destroy=partial(_destroy, call)
    )


def _create(call: Call, value: Any) -> Json:
    record = patch.create(_SCHEMA, value, call.refs)
    name = _checked_name(call, record, None)
    number = call.state.next_number("domain")
    record["createdAt"] = dates.text(call.state.now())
    call.state.domains[number] = Domain(number=number, name=name, record=record)
    call.state.changed()
    return {"id": ids.encode(number)}


def _checked_name(call: Call, record: Json, own: int | None) -> str:
    if record["name"] is None:
        raise errors.validation_failed({"type": "Required", "property": "name"})
    name = str(record["name"]).lower()
    if not _NAME.fullmatch(name):
        raise errors.validation_failed({"type": "Invalid", "property": "name", "value": record["name"]})
    for number, domain in call.state.domains.items():
        if domain.name == name and number != own:
            holder = {"object": "Domain", "id": ids.encode(number)}
            raise SetError("primaryKeyViolation", properties=["name"], objectId=holder)
    record["name"] = name
    return name


def _update(call: Call, number: int, value: Json) -> None:
    domain = call.state.domains.get(number)
    if domain is None:
        raise SetError("notFound")
    record = patch.update(_SCHEMA, domain.record, value, call.refs)
    domain.name = _checked_name(call, record, number)
    domain.record = record
    call.state.changed()


def _destroy(call: Call, number: int) -> None:
    if number not in call.state.domains:
        raise SetError("notFound")
    users = [account for account in call.state.accounts.values() if account.domain.number == number]
    if users:
        linked = [{"object": "Account", "id": account.id} for account in users]
        own = {"object": "Domain", "id": ids.encode(number)}
        raise SetError("objectIsLinked", objectId=own, linkedObjects=linked)
    del call.state.domains[number]
    call.state.changed()


METHODS: Final = {
    "x:Domain/get": Method(answer=get, read="sysDomainGet"),
    "x:Domain/query": Method(answer=query, read="sysDomainQuery"),
    "x:Domain/set": Method(answer=set_, create="sysDomainCreate", update="sysDomainUpdate", destroy="sysDomainDestroy"),
}
