"""x:Account: people and groups as an administrator sees and changes them; not scoped to the caller's own account.

A mask in a secret means keep. The password policy binds administrators too, a recognised hash excepted. Positions of
credentials shift when one is removed.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, errors, ids, patch, shapes
from stalwart_sandbox.accounts import Account, Credential, CredentialKind, Directory, Hashed
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.methods.account_password import password_complaint
from stalwart_sandbox.methods.account_settings import ENCRYPTION, LOCALE, TIME_ZONE, check_encryption
from stalwart_sandbox.methods.credential import SCHEMA as SECONDARY
from stalwart_sandbox.methods.credential import check_grant
from stalwart_sandbox.patch import (
    MASK,
    Date,
    Flag,
    ListOf,
    MapOf,
    Object,
    Reference,
    SetOf,
    Text,
    Variant,
    address_key,
    id_key,
    permission_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from stalwart_sandbox.jmap import Call
    from stalwart_sandbox.state import State

Json = dict[str, Any]

QUOTAS: Final = frozenset(
    f"max{name}"
    for name in (
        "Emails",
        "Mailboxes",
        "EmailSubmissions",
        "EmailIdentities",
        "ParticipantIdentities",
        "SieveScripts",
        "PushSubscriptions",
        "Calendars",
        "CalendarEvents",
        "CalendarEventNotifications",
        "AddressBooks",
        "ContactCards",
        "Files",
        "Folders",
        "MaskedAddresses",
        "AppPasswords",
        "ApiKeys",
        "PublicKeys",
        "DiskQuota",
    )
)
_PERMISSIONS: Final = Object(
    {"enabledPermissions": SetOf(permission_key), "disabledPermissions": SetOf(permission_key)},
    defaults={"enabledPermissions": {}, "disabledPermissions": {}},
)
_SECONDARY: Final = Object(SECONDARY.fields, server_set=SECONDARY.server_set, defaults={**SECONDARY.defaults})
_SCHEMA: Final = Object(
    {
        "name": Text(),
        "domainId": Reference(),
        "credentials": ListOf(
            Variant(
                {
                    "Password": Object(
                        {"secret": Text(), "otpAuth": Text(), "expiresAt": Date(), "allowedIps": SetOf(address_key)},
                        server_set=frozenset({"credentialId"}),
                        defaults={"secret": None, "expiresAt": None, "allowedIps": {}},
                    ),
                    "AppPassword": _SECONDARY,
                    "ApiKey": _SECONDARY,
                }
            )
        ),
        "memberGroupIds": SetOf(id_key),
        "memberTenantId": Reference(),
        "roles": Variant(
            {
                "User": Object({}),
                "Admin": Object({}),
                "Default": Object({}),
                "Custom": Object({"roleIds": SetOf(id_key)}, defaults={"roleIds": {}}),
            }
        ),
        "permissions": Variant({"Inherit": Object({}), "Merge": _PERMISSIONS, "Replace": _PERMISSIONS}),
        "quotas": MapOf(QUOTAS),
        "aliases": ListOf(
            Object(
                {"name": Text(), "domainId": Reference(), "enabled": Flag(), "description": Text()},
                defaults={"enabled": True, "name": None, "domainId": None, "description": None},
            )
        ),
        "description": Text(),
        "locale": LOCALE,
        "timeZone": TIME_ZONE,
        "encryptionAtRest": ENCRYPTION,
    },
    server_set=frozenset({"createdAt", "usedDiskQuota", "emailAddress"}),
    defaults={
        "name": None,
        "domainId": None,
        "credentials": {},
        "memberGroupIds": {},
        "memberTenantId": None,
        "roles": {"@type": "User"},
        "permissions": {"@type": "Inherit"},
        "quotas": {},
        "aliases": {},
        "description": None,
        "locale": "en_US",
        "timeZone": None,
        "encryptionAtRest": {"@type": "Disabled"},
    },
)
_SORTS: Final = frozenset({"id", "name"})
_FILTERS: Final = frozenset({"text", "@type", "name", "domainId", "memberGroupIds", "memberTenantId"})
_NAME: Final = re.compile(r"[^@\s%]+")
_HASH: Final = re.compile(r"\$(argon2\w*|2[abxy]|5|6|1|scrypt|pbkdf2[\w-]*)\$.+|\{[A-Za-z0-9-]+\}.+")


def get(call: Call) -> Json:
    """Accounts of the whole server by id."""

    def record(number: int) -> Json | None:
        account = call.state.accounts.get(number)
        return None if account is None else account.wire()

    return shapes.get(call, record, lambda: list(call.state.accounts))


def query(call: Call) -> Json:
    """Accounts, newest first; `text` matches whole words of name, address and description."""
    wanted = shapes.conditions(call, _FILTERS)
    found = [account for account in call.state.accounts.values() if _matches(account, wanted)]
    comparator = shapes.first_comparator(call, _SORTS) or ("id", False)
    found.sort(key=lambda item: item.name if comparator[0] == "name" else item.number, reverse=not comparator[1])
    return shapes.query(call, [account.number for account in found])


def _matches(account: Account, wanted: Json) -> bool:
    text = f"{account.name} {account.address} {account.description or ''}".lower()
    words = set(re.findall(r"[\w.@-]+", text)) | set(re.findall(r"\w+", text))
    checks: dict[str, Callable[[Any], bool]] = {
        "text": lambda value: set(str(value).lower().split()) <= words,
        "@type": lambda value: account.kind == value,
        "name": lambda value: account.name == str(value).lower(),
        "domainId": lambda value: ids.decode(str(value)) == account.domain.number,
        "memberGroupIds": lambda value: value in account.member_group_ids,
        "memberTenantId": lambda value: value is None,
    }
    return all(checks[name](value) for name, value in wanted.items())


def set_(call: Call) -> Json:
    """Create, change and remove accounts; effective at once."""
    return shapes.answer_set(
        call, create=partial(_create, call), update=partial(_update, call), destroy=partial(_destroy, call)
    )


def _create(call: Call, value: Any) -> Json:
    if not isinstance(value, dict):
        raise errors.invalid_patch("Invalid value type for object", "")
    kind = value.get("@type")
    if kind not in {"User", "Group"}:
        raise errors.invalid_patch("Missing or invalid '@type' property in object", "")
    record = patch.create(_SCHEMA, {name: item for name, item in value.items() if name != "@type"}, call.refs)
    number = call.state.next_number("account")
    _check(call, record, None, kind)
    account = Account(
        number=number,
        kind=kind,
        name=record["name"].lower(),
        domain=call.state.domains[ids.decode(record["domainId"]) or 0],
        created_at=dates.text(call.state.now()),
    )
    credentials = _credentials(call, account, record["credentials"])
    _store(call.state, account, record, credentials)
    call.state.accounts[number] = account
    call.state.changed()
    return {"id": account.id}


def _check(call: Call, record: Json, before: Account | None, kind: str) -> None:
    """The rules of the registry, then what the caller may grant."""
    for name in ("name", "domainId"):
        if record[name] is None:
            raise errors.validation_failed({"type": "Required", "property": name})
    if not _NAME.fullmatch(record["name"]):
        raise errors.validation_failed({"type": "Invalid", "property": "name", "value": record["name"]})
    if ids.decode(record["domainId"]) not in call.state.domains:
        raise SetError("invalidForeignKey", objectId={"object": "Domain", "id": record["domainId"]})
    for role_id in record["roles"].get("roleIds", {}):
        if ids.decode(role_id) not in call.state.roles:
            raise SetError("invalidForeignKey", objectId={"object": "Role", "id": role_id})
    _check_address(call.state, record, before)
    held = call.state.would_hold(record["roles"], record["permissions"], kind)
    check_grant(call, held - (call.state.held(before) if before is not None else _given_anyway(call, kind)))


def _given_anyway(call: Call, kind: str) -> frozenset[str]:
    return call.state.would_hold({"@type": "User"}, {"@type": "Inherit"}, kind)


def _check_address(state: State, record: Json, before: Account | None) -> None:
    domain = state.domains[ids.decode(record["domainId"]) or 0]
    address = f"{record['name'].lower()}@{domain.name}"
    for account in state.accounts.values():
        if account is not before and address in state.addresses(account):
            holder = {"object": "Account", "id": account.id}
            raise SetError("primaryKeyViolation", properties=["name"], objectId=holder)


def _credentials(call: Call, account: Account, entries: Json) -> list[Credential]:
    """The credential list that the written entries describe; SetError where the server refuses it."""
    known = {ids.encode(item.number): item for item in account.credentials}
    external = call.state.directory(account) is not Directory.INTERNAL
    result: list[Credential] = []
    for entry in entries.values():
        old = known.get(entry.get("credentialId", ""))
        if old is not None and old.wire() == entry:
            result.append(old)
        elif old is not None:
            result.append(_changed(call.state, old, entry, external=external))
        elif entry["@type"] != CredentialKind.PASSWORD:
            raise SetError("invalidProperties", "Secondary credentials cannot be set directly.", ["credentials"])
        elif external:
            raise SetError("forbidden", "Cannot set credentials for accounts in an external directory.")
        else:
            result.append(_changed(call.state, Credential(kind=CredentialKind.PASSWORD, number=0), entry))
    if sum(item.kind is CredentialKind.PASSWORD for item in result) > 1:
        raise SetError("invalidProperties", "Only one password credential is allowed.", ["credentials"])
    return result


def _changed(state: State, old: Credential, entry: Json, *, external: bool = False) -> Credential:
    if entry["@type"] != old.kind:
        raise SetError("invalidProperties", "Credential type cannot be changed.", ["credentials"])
    if old.kind is not CredentialKind.PASSWORD:
        raise SetError("forbidden", "Cannot change app password or API credentials through this method.")
    if external:
        raise SetError("forbidden", "Cannot change credentials for accounts in an external directory.")
    secret, given, otp_url = old.secret, entry["secret"], entry.get("otpAuth")
    if given is not None and given != MASK:
        complaint = None if _HASH.fullmatch(given) else password_complaint(state, given)
        if complaint is not None:
            raise SetError("invalidProperties", complaint, ["secret"])
        secret = Hashed.of(given)
    return Credential(
        kind=old.kind,
        number=old.number,
        secret=secret,
        otp_url=old.otp_url if otp_url == MASK else otp_url,
        expires_at=entry["expiresAt"],
        allowed_ips=entry["allowedIps"],
    )


def _store(state: State, account: Account, record: Json, credentials: list[Credential]) -> None:
    account.name = record["name"].lower()
    account.domain = state.domains[ids.decode(record["domainId"]) or 0]
    account.credentials = credentials
    account.member_group_ids = record["memberGroupIds"]
    account.roles = record["roles"]
    account.permissions = record["permissions"]
    account.quotas = record["quotas"]
    account.aliases = record["aliases"]
    account.description = record["description"]
    account.locale = record["locale"]
    account.time_zone = record["timeZone"]
    account.encryption = record["encryptionAtRest"]


def _update(call: Call, number: int, value: Json) -> None:
    account = call.state.accounts.get(number)
    if account is None:
        raise SetError("notFound")
    if "@type" in value:
        raise SetError("invalidProperties", "Cannot change the type of an existing account.", ["@type"])
    record = patch.update(_SCHEMA, account.writable_wire(), value, call.refs)
    _check(call, record, account, account.kind)
    if record["encryptionAtRest"] != account.encryption:
        check_encryption(call, account, record["encryptionAtRest"])
    _store(call.state, account, record, _credentials(call, account, record["credentials"]))
    call.state.changed()


def _destroy(call: Call, number: int) -> None:
    if call.state.accounts.pop(number, None) is None:
        raise SetError("notFound")
    for key in [key for key, item in call.state.public_keys.items() if item.account == number]:
        del call.state.public_keys[key]
    call.state.changed()


METHODS: Final = {
    "x:Account/get": Method(answer=get, read="sysAccountGet"),
    "x:Account/query": Method(answer=query, read="sysAccountQuery"),
    "x:Account/set": Method(
        answer=set_, create="sysAccountCreate", update="sysAccountUpdate", destroy="sysAccountDestroy"
    ),
}
