"""`x:Account`: people and groups, as an administrator sees and changes them (Stalwart's own).

Not scoped to one's own account: whoever may read it reads everybody's, with tenants everybody's of the tenant. Secrets
come back masked; a second factor shows as the presence of `otpAuth`. The filter `text` matches whole words only. The
position of a credential shifts when one before it is removed, so app passwords and API keys are revoked by id through
their own objects with the person's `accountId`; only the password is addressed by the position read just before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.ids import AccountId, CredentialId
from stalwart_jmap.core.patch import pointer
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import convert, from_set, to_date, to_set
from stalwart_jmap.objects import role
from stalwart_jmap.objects.credential import Credential, scope_from_wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.core.request import ResultReference

GET: Final = "x:Account/get"
QUERY: Final = "x:Account/query"
SET: Final = "x:Account/set"
MOST: Final = 500  # objects in one get or set
GROUP: Final = "Group"
PROPERTIES: Final = (
    "@type",
    "name",
    "domainId",
    "emailAddress",
    "description",
    "createdAt",
    "memberTenantId",
    "roles",
    "permissions",
    "credentials",
    "locale",
    "timeZone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """The main password of an account: where it stands among the credentials, its end, and the second factor."""

    position: str
    has_two_factor: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secondary(Credential):
    """An app password or an API key of somebody; `kind` is `AppPassword` or `ApiKey`."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which roles an account names: `kind` is `User`, `Admin`, `Default`, or `Custom` with `ids`."""

    kind: str
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What an account adds and takes away: `kind` is `Inherit`, `Merge`, or `Replace`, which ignores the roles."""

    kind: str = "Inherit"
    enabled: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as listed. `password` is None where it has none here; `tenant` and `domain` are ids.

    `locale` is a POSIX one (`de_DE`; the server's default `en_US` is what most people never chose), `time_zone` an IANA
    name; empty where unset.
    """

    id: AccountId
    kind: str
    name: str
    address: str
    description: str
    created_at: datetime | None
    roles: Roles
    permissions: Permissions
    password: Password | None
    secondary: tuple[Secondary, ...]
    tenant: str | None = None
    domain: str = ""
    locale: str = ""
    time_zone: str = ""

    @property
    def is_group(self) -> bool:
        """Whether nobody signs in with it."""
        return self.kind == GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One window of a query: the ids, where it begins, and how many there are in all, when that was asked."""

    ids: tuple[AccountId, ...]
    position: int
    total: int | None


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    type: str = msgspec.field(name="@type", default="User")
    name: str = ""
    domain_id: str | None = None
    email_address: str = ""
    description: str | None = None
    created_at: datetime | None = None
    member_tenant_id: str | None = None
    roles: dict[str, Any] = {}
    permissions: dict[str, Any] = {}
    credentials: dict[str, dict[str, Any]] = {}
    locale: str | None = None
    time_zone: str | None = None


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


class _Domain(msgspec.Struct, rename="camel"):
    id: str
    directory_id: str | None = None


class _Domains(msgspec.Struct, rename="camel"):
    entries: list[_Domain] = msgspec.field(name="list")


class _Query(msgspec.Struct):
    ids: list[str]
    position: int = 0
    total: int | None = None


class _Credential(msgspec.Struct, rename="camel"):
    credential_id: str = ""
    description: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    permissions: dict[str, Any] = {}
    allowed_ips: dict[str, bool] = {}
    otp_auth: str | None = None


def query_call(
    call_id: str = "account-ids", *, text: str = "", position: int = 0, limit: int = MOST, calculate_total: bool = True
) -> Call:
    """Ask for ids, sorted by name; `text` must match whole words of name, address or description."""
    arguments: dict[str, Any] = {
        "sort": [{"property": "name", "isAscending": True}],
        "position": position,
        "limit": limit,
        "calculateTotal": calculate_total,
    }
    if text:
        arguments["filter"] = {"text": text}
    return Call(QUERY, arguments, call_id)


def parse_query(result: Mapping[str, Any]) -> Found:
    """Read the result of `query_call`."""
    found = convert(result, _Query)
    return Found(ids=tuple(AccountId(text) for text in found.ids), position=found.position, total=found.total)


def get_call(ids: Iterable[str] | ResultReference, call_id: str = "accounts") -> Call:
    """Read accounts: by ids, at most 500, or by `query.ref("/ids")`; only the properties that `parse` reads."""
    wanted = list(ids) if not hasattr(ids, "result_of") else ids
    return Call(GET, {"ids": wanted, "properties": list(PROPERTIES)}, call_id)


def parse(result: Mapping[str, Any]) -> tuple[Account, ...]:
    """Read the result of `get_call`, in the server's order."""
    return tuple(_account(entry) for entry in convert(result, _Get).entries)


def domains_call(call_id: str = "domains") -> Call:
    """Read which mail domains take their accounts from an outside directory; needs `sysDomainGet`."""
    return Call("x:Domain/get", {"ids": None, "properties": ["directoryId"]}, call_id)


def parse_outside_domains(result: Mapping[str, Any]) -> frozenset[str]:
    """Read the result of `domains_call`: the ids of domains with an outside directory."""
    return frozenset(entry.id for entry in convert(result, _Domains).entries if entry.directory_id)


def reset_two_factor(password: Password) -> dict[str, Any]:
    """Write the patch that removes the second factor; the password and all tokens stay."""
    return {pointer("credentials", password.position, "otpAuth"): None}


def expire_password(password: Password, at: datetime) -> dict[str, Any]:
    """Write the patch that lets the password end; nothing but changing it is possible from then on."""
    return {pointer("credentials", password.position, "expiresAt"): to_date(at)}


def change_permissions(
    before: Permissions,
    *,
    enable: Iterable[str] = (),
    unset: Iterable[str] = (),
    disable: Iterable[str] = (),
    lift: Iterable[str] = (),
) -> dict[str, Any]:
    """Write the patch that changes what the account itself grants and denies.

    By pointers where there are sets to point into; an account that inherits everything gets a whole `Merge`.
    """
    if before.kind == "Inherit":
        merge = {"@type": "Merge", "enabledPermissions": to_set(enable), "disabledPermissions": to_set(disable)}
        return {"permissions": merge}
    return role.change(enable=enable, unset=unset, disable=disable, lift=lift, under="permissions")


def set_call(updates: Mapping[str, Mapping[str, Any]], call_id: str = "set-accounts") -> Call:
    """Change accounts, at most 500; each is answered for itself (`core.response.parse_set`)."""
    return Call(SET, {"update": {account_id: dict(patch) for account_id, patch in updates.items()}}, call_id)


def revoke_call(owner: AccountId, kind: str, ids: Iterable[CredentialId], call_id: str = "revoke") -> Call:
    """Revoke credentials of somebody by id; `kind` is `AppPassword` or `ApiKey`. Needs `impersonate` besides."""
    return Call(f"x:{kind}/set", {"accountId": owner, "destroy": list(ids)}, call_id)


def _account(entry: _Entry) -> Account:
    credentials = {
        place: (str(wire.get("@type", "")), convert(wire, _Credential)) for place, wire in entry.credentials.items()
    }
    return Account(
        id=AccountId(entry.id),
        kind=entry.type,
        name=entry.name,
        address=entry.email_address or entry.name,
        description=entry.description or "",
        created_at=entry.created_at,
        roles=Roles(kind=str(entry.roles.get("@type", "User")), ids=_names(entry.roles, "roleIds")),
        permissions=Permissions(
            kind=str(entry.permissions.get("@type", "Inherit")),
            enabled=_names(entry.permissions, "enabledPermissions"),
            disabled=_names(entry.permissions, "disabledPermissions"),
        ),
        password=next(
            (_password(place, one) for place, (kind, one) in credentials.items() if kind == "Password"), None
        ),
        secondary=tuple(_secondary(kind, one) for kind, one in credentials.values() if kind != "Password"),
        tenant=entry.member_tenant_id,
        domain=entry.domain_id or "",
        locale=entry.locale or "",
        time_zone=entry.time_zone or "",
    )


def _names(variant: Mapping[str, Any], key: str) -> frozenset[str]:
    value = variant.get(key)
    return from_set(value) if isinstance(value, dict) else frozenset()


def _password(place: str, one: _Credential) -> Password:
    return Password(position=place, has_two_factor=one.otp_auth is not None, expires_at=one.expires_at)


def _secondary(kind: str, one: _Credential) -> Secondary:
    return Secondary(
        kind=kind,
        id=CredentialId(one.credential_id),
        description=one.description or "",
        created_at=one.created_at,
        expires_at=one.expires_at,
        scope=scope_from_wire(one.permissions),
        allowed_ips=from_set(one.allowed_ips),
    )
