"""Identity/get, /set and /changes (RFC 8621 section 6), with the server's own limits and sentences.

Reading creates missing identities. Lengths are bytes: names under 255, signatures under 2048.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import ids, shapes
from stalwart_sandbox.errors import MethodError, SetError
from stalwart_sandbox.identities import blank
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.state import DEFAULT_QUOTAS

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.identities import Identities
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

SUBMISSION: Final = "urn:ietf:params:jmap:submission"
_NAME_LIMIT: Final = 255
_SIGNATURE_LIMIT: Final = 2048
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _account(call: Call) -> Account:
    if call.account is None:
        raise MethodError("accountNotFound", "The accountId does not correspond to a valid account")
    return call.account


def get(call: Call) -> Json:
    """Identities in the order of their ids, created and kept in step with the addresses first."""
    account = _account(call)
    store = call.state.identities(account)
    if store.sync(call.state.addresses(account), account.description):
        call.state.broker.publish(account.id, "Identity", store.log.state)

    def record(number: int) -> Json | None:
        found = store.records.get(number)
        return None if found is None else {**found, "mayDelete": True}

    answer = shapes.get(call, record, lambda: sorted(store.records))
    return {"accountId": answer["accountId"], "state": store.log.state, **answer}


def changes(call: Call) -> Json:
    """What happened since a state."""
    since = call.arguments.get("sinceState")
    if not isinstance(since, str):
        raise MethodError("invalidArguments", 'The "sinceState" property is required.')
    return {"accountId": call.account_id, **call.state.identities(_account(call)).log.since(since)}


def set_(call: Call) -> Json:
    """Create, change and delete identities; `newState` only when something changed."""
    account = _account(call)
    store = call.state.identities(account)
    before = len(store.records)
    outcome = shapes.Outcome()
    shapes.each_create(call, outcome, lambda value: _create(call, account, before, value))
    shapes.each_update(call, outcome, lambda number, value: _update(store, number, value))
    shapes.each_destroy(call, outcome, lambda number: _destroy(store, number))
    head: Json = {"accountId": call.account_id}
    if outcome.changed_something:
        head["newState"] = store.log.state
        call.state.broker.publish(account.id, "Identity", store.log.state)
    return outcome.wire(head)


def _create(call: Call, account: Account, before: int, value: Any) -> Json:
    """A new identity; the quota is compared with the count before the call."""
    if not isinstance(value, dict):
        raise SetError("invalidProperties")
    quota = call.state.quota(account, "maxEmailIdentities", DEFAULT_QUOTAS["maxEmailIdentities"])
    if quota is not None and before >= quota:
        raise SetError("overQuota", "There are too many identities, please delete some before adding a new one.")
    record = blank(email="")
    for name, item in value.items():
        record[name] = _email(call, account, item) if name == "email" else _value(name, item)
    if not record["email"]:
        raise SetError("invalidProperties", "Missing e-mail address.", ["email"])
    return {"id": ids.encode(call.state.identities(account).add(record))}


def _update(store: Identities, number: int, value: Json) -> None:
    record = store.records.get(number)
    if record is None:
        raise SetError("notFound")
    changed = {name: _value(name, item, own=ids.encode(number)) for name, item in value.items()}
    store.records[number] = {**record, **{name: item for name, item in changed.items() if name in record}}
    store.log.add("updated", ids.encode(number))


def _destroy(store: Identities, number: int) -> None:
    if number not in store.records:
        raise SetError("notFound")
    store.remove(number)


def _email(call: Call, account: Account, value: Any) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value.strip()):
        raise SetError("invalidProperties", "Invalid e-mail address.", ["email"])
    address = value.strip().lower()
    if address not in call.state.addresses(account):
        raise SetError("invalidProperties", "E-mail address not configured for this account.", ["email"])
    return address


def _value(name: str, value: Any, *, own: str | None = None) -> Any:
    """A property as it is stored; SetError where the server refuses it."""
    if name == "id":
        if value != own:
            raise SetError("invalidProperties", "The id property is immutable.", ["id"])
        return value
    if name in {"replyTo", "bcc"}:
        return _addresses(name, value)
    limit = {"name": _NAME_LIMIT, "textSignature": _SIGNATURE_LIMIT, "htmlSignature": _SIGNATURE_LIMIT}.get(name)
    if limit is None and name not in {"email", "mayDelete"}:
        raise SetError("invalidProperties", "Invalid property.", [name])
    if limit is None or not isinstance(value, str) or len(value.encode()) >= limit:
        raise SetError("invalidProperties", "Field could not be set.", [name])
    return value


def _addresses(name: str, value: Any) -> list[Json] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise SetError("invalidProperties", "Field could not be set.", [name])
    for item in value:
        if (
            not isinstance(item, dict)
            or not set(item) <= {"name", "email"}
            or not isinstance(item.get("email"), str)
            or not isinstance(item.get("name"), str | None)
        ):
            raise SetError("invalidProperties", "Invalid e-mail address object.", [name])
    return [{"name": item.get("name"), "email": item["email"]} for item in value]


METHODS: Final = {
    "Identity/get": Method(answer=get, read="jmapIdentityGet", capability=SUBMISSION),
    "Identity/changes": Method(answer=changes, read="jmapIdentityChanges", capability=SUBMISSION),
    "Identity/set": Method(
        answer=set_,
        create="jmapIdentityCreate",
        update="jmapIdentityUpdate",
        destroy="jmapIdentityDestroy",
        capability=SUBMISSION,
    ),
}
