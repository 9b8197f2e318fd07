"""x:PublicKey: OpenPGP keys and S/MIME certificates; a key in use cannot be removed.

An impersonator reads everybody's keys from his own account, everybody else sees his own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, errors, ids, keys, patch, shapes
from stalwart_sandbox.accounts import PublicKey
from stalwart_sandbox.errors import SetError, invalid_patch
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import Date, Object, SetOf, Text, email_key

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_SCHEMA: Final = Object(
    {"description": Text(), "key": Text(), "emailAddresses": SetOf(email_key), "expiresAt": Date()},
    server_set=frozenset({"createdAt"}),
    defaults={"description": None, "key": None, "emailAddresses": {}, "expiresAt": None},
)
_SORTS: Final = frozenset({"id", "accountId"})


def _visible(call: Call) -> dict[int, PublicKey]:
    """The keys the call is about, oldest first."""
    everybody = call.allows("impersonate") and call.account_number == call.caller.number
    return {
        number: key for number, key in call.state.public_keys.items() if everybody or key.account == call.account_number
    }


def get(call: Call) -> Json:
    """Keys in full."""
    visible = _visible(call)

    def record(number: int) -> Json | None:
        key = visible.get(number)
        if key is None:
            return None
        if call.allows("impersonate"):
            return {"accountId": ids.encode(key.account), **key.wire()}
        return key.wire()

    return shapes.get(call, record, lambda: list(visible))


def query(call: Call) -> Json:
    """Key ids, newest first; the filter `accountId` counts only for impersonators."""
    wanted = shapes.conditions(call, frozenset({"accountId"}))
    visible = _visible(call)
    if call.allows("impersonate") and "accountId" in wanted:
        owner = ids.decode(str(wanted["accountId"]))
        visible = {number: key for number, key in visible.items() if key.account == owner}
    comparator = shapes.first_comparator(call, _SORTS) or ("id", False)
    return shapes.query(call, sorted(visible, reverse=not comparator[1]))


def set_(call: Call) -> Json:
    """Add, rename and remove keys."""
    return shapes.answer_set(
        call, create=partial(_create, call), update=partial(_update, call), destroy=partial(_destroy, call)
    )


def _create(call: Call, value: Any) -> Json:
    owner = call.account
    if isinstance(value, dict) and "accountId" in value:
        if not call.allows("impersonate"):
            raise invalid_patch("Cannot modify accountId property", "accountId")
        value = dict(value)
        owner = call.state.accounts.get(ids.decode(str(value.pop("accountId"))) or -1)
    if owner is None:
        raise SetError("notFound")
    record = patch.create(_SCHEMA, value, call.refs)
    _check_quota(call, owner)
    is_openpgp = _checked(call, record)
    number = call.state.next_number("object")
    call.state.public_keys[number] = PublicKey(
        number=number,
        account=owner.number,
        key=record["key"],
        description=record["description"],
        created_at=dates.text(call.state.now()),
        is_openpgp=is_openpgp,
        email_addresses=record["emailAddresses"],
        expires_at=record["expiresAt"],
    )
    return {"id": ids.encode(number)}


def _check_quota(call: Call, owner: Account) -> None:
    quota = call.state.quota(owner, "maxPublicKeys", call.state.settings["Email"]["maxPublicKeys"])
    own = sum(key.account == owner.number for key in call.state.public_keys.values())
    if quota is not None and own >= quota:
        raise SetError("overQuota", f"You have exceeded your quota of {quota} public keys.")


def _checked(call: Call, record: Json) -> bool:
    """Whether the record's key is OpenPGP, the key trimmed; SetError for a refused key or a missing property."""
    is_openpgp = False
    if record["key"] is not None:
        record["key"] = record["key"].strip() + "\n"
        try:
            is_openpgp = keys.read(record["key"], call.state.now())
        except keys.KeyRefused as error:
            raise SetError("invalidProperties", str(error), ["key"]) from error
    missing = [{"type": "Required", "property": name} for name in ("description", "key") if record[name] is None]
    if missing:
        raise errors.validation_failed(*missing)
    return is_openpgp


def _update(call: Call, number: int, value: Json) -> None:
    key = _visible(call).get(number)
    if key is None:
        raise SetError("notFound")
    if "accountId" in value and not call.allows("impersonate"):
        raise invalid_patch("Cannot modify accountId property", "accountId")
    record = patch.update(_SCHEMA, key.wire(), value, call.refs)
    key.is_openpgp = _checked(call, record)
    key.key, key.description = record["key"], record["description"]
    key.email_addresses, key.expires_at = record["emailAddresses"], record["expiresAt"]


def _destroy(call: Call, number: int) -> None:
    if number not in _visible(call):
        raise SetError("notFound")
    own = ids.encode(number)
    linked = [
        {"object": "Account", "id": account.id}
        for account in call.state.accounts.values()
        if account.encryption.get("publicKey") == own
    ]
    if linked:
        raise SetError("objectIsLinked", objectId={"object": "PublicKey", "id": own}, linkedObjects=linked)
    del call.state.public_keys[number]


METHODS: Final = {
    "x:PublicKey/get": Method(answer=get, read="sysPublicKeyGet"),
    "x:PublicKey/query": Method(answer=query, read="sysPublicKeyQuery"),
    "x:PublicKey/set": Method(
        answer=set_, create="sysPublicKeyCreate", update="sysPublicKeyUpdate", destroy="sysPublicKeyDestroy"
    ),
}
