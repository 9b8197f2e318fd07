"""What app passwords and API keys share: records, scopes, networks, and their four writes (Stalwart's own).

Both are entries of one list, so a plain get of one kind reports the ids of the other as not found: always query, then
get by back-reference. Ids are small and given again after the newest entry is gone, so an id alone proves no identity;
compare description and creation time before a change. The secret is in the answer to the creation and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from stalwart_jmap.core.errors import NotJson, OutcomeUnknown, SetError
from stalwart_jmap.core.ids import CredentialId
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import KEEP, Keep, convert, from_set, to_date, to_set
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.client import StalwartClient
    from stalwart_jmap.core.request import ResultReference

_NEW: Final = "new"
_SHORTEST_PREFIX: Final = 8


@dataclass(frozen=True, slots=True)
class Inherit:
    """Everything the account may do."""


@dataclass(frozen=True, slots=True)
class Except:
    """Everything the account may do, except these; `Disable` on the wire."""

    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Only:
    """Only these, as far as the account may; `Replace` on the wire. Useless without `authenticate`."""

    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class UnknownVariant:
    """A variant this library does not know: its `@type` and the whole object as it came."""

    type: str
    properties: Mapping[str, Any] = field(repr=False)


Scope = Inherit | Except | Only | UnknownVariant


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One credential as listed. `allowed_ips` empty means every network; `expires_at` None means never."""

    id: CredentialId
    description: str
    created_at: datetime | None
    expires_at: datetime | None
    scope: Scope
    allowed_ips: frozenset[str]


C = TypeVar("C", bound=Credential)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCredential:
    """What a new credential shall be; `allowed_ips` holds addresses and networks such as `10.0.0.0/8`."""

    description: str
    expires_at: datetime | None = None
    scope: Scope = Inherit()
    allowed_ips: frozenset[str] = frozenset()

    def to_wire(self) -> dict[str, Any]:
        """Write it. Raises ValueError for an empty description, a naive date, or a network the server refuses."""
        return CredentialChange(
            description=self.description, expires_at=self.expires_at, scope=self.scope, allowed_ips=self.allowed_ips
        ).to_wire()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialChange:
    """What shall be different; every property is written whole or kept."""

    description: str | Keep = KEEP
    expires_at: datetime | Keep | None = KEEP
    scope: Scope | Keep = KEEP
    allowed_ips: frozenset[str] | Keep = KEEP

    def to_wire(self) -> dict[str, Any]:
        """Write it. Raises ValueError for a change of nothing, and as `NewCredential.to_wire` does."""
        patch: dict[str, Any] = {}
        if self.description is not KEEP:
            if not self.description:
                # The server would notice only while writing, and then fail every other change of the call as well.
                message = "a credential needs a description"
                raise ValueError(message)
            patch["description"] = self.description
        if self.expires_at is not KEEP:
            patch["expiresAt"] = None if self.expires_at is None else to_date(self.expires_at)
        if self.scope is not KEEP:
            patch["permissions"] = scope_to_wire(self.scope)
        if self.allowed_ips is not KEEP:
            patch["allowedIps"] = to_set(network(text) for text in self.allowed_ips)
        if not patch:
            message = "nothing to change"
            raise ValueError(message)
        return patch


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedCredential:
    """A new credential's id, and its secret: this once."""

    id: CredentialId
    secret: Secret


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    description: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    permissions: dict[str, Any] = {}
    allowed_ips: dict[str, bool] = {}


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


class _Created(msgspec.Struct):
    id: str
    secret: str


def query_call(kind: str, call_id: str) -> Call:
    """Ask for the ids of one kind (`x:AppPassword`, `x:ApiKey`), newest first."""
    return Call(f"{kind}/query", {}, call_id)


def get_call(kind: str, ids: Iterable[str] | ResultReference, call_id: str) -> Call:
    """Read some of one kind: by ids, or by `query.ref("/ids")`."""
    return Call(f"{kind}/get", {"ids": list(ids) if not hasattr(ids, "result_of") else ids}, call_id)


def parse(result: Mapping[str, Any], record: type[C]) -> tuple[C, ...]:
    """Read the result of a get. Ids reported as not found belong to other credentials and mean nothing."""
    return tuple(
        record(
            id=CredentialId(entry.id),
            description=entry.description,
            created_at=entry.created_at,
            expires_at=entry.expires_at,
            scope=scope_from_wire(entry.permissions),
            allowed_ips=from_set(entry.allowed_ips),
        )
        for entry in convert(result, _Get).entries
    )


async def create(client: StalwartClient, kind: str, new: NewCredential) -> CreatedCredential | SetError:
    """Create one, in a request of its own. Raises `OutcomeUnknown`, `MethodError`; ValueError before sending."""
    result = await client.write(Call(f"{kind}/set", {"create": {_NEW: new.to_wire()}}, "create"))
    created = result.created_as(_NEW)
    if isinstance(created, SetError):
        return created
    try:
        wire = convert(created, _Created)
    except NotJson:
        raise OutcomeUnknown(result.sent_at) from None
    return CreatedCredential(id=CredentialId(wire.id), secret=Secret(wire.secret))


async def update(
    client: StalwartClient, kind: str, credential_id: CredentialId, change: CredentialChange
) -> SetError | None:
    """Change one. None means the server named it as updated. Raises `OutcomeUnknown`, `MethodError`."""
    patch = change.to_wire()
    result = await client.write(Call(f"{kind}/set", {"update": {credential_id: patch}}, "update"))
    return result.update_of(credential_id)


async def destroy(
    client: StalwartClient, kind: str, credential_ids: Iterable[CredentialId]
) -> dict[CredentialId, SetError | None]:
    """Revoke some, effective at once. Per id: None when the server named it as destroyed, else why not.

    Raises `OutcomeUnknown` when one of them is not named, `MethodError`; ValueError, before sending, for none.
    """
    ids = tuple(dict.fromkeys(credential_ids))
    if not ids:
        message = "nothing to revoke"
        raise ValueError(message)
    result = await client.write(Call(f"{kind}/set", {"destroy": list(ids)}, "destroy"))
    return {credential_id: result.destruction_of(credential_id) for credential_id in ids}


def scope_from_wire(variant: Mapping[str, Any]) -> Scope:
    """Read the `permissions` variant; absent means `Inherit`."""
    permissions = variant.get("permissions", {})
    names = from_set(permissions) if isinstance(permissions, dict) else frozenset()
    match variant.get("@type", "Inherit"):
        case "Inherit":
            return Inherit()
        case "Disable":
            return Except(names)
        case "Replace":
            return Only(names)
        case other:
            return UnknownVariant(str(other), dict(variant))


def scope_to_wire(scope: Scope) -> dict[str, Any]:
    """Write a scope; an unknown variant goes back as it came."""
    match scope:
        case Inherit():
            return {"@type": "Inherit"}
        case Except(permissions):
            return {"@type": "Disable", "permissions": to_set(permissions)}
        case Only(permissions):
            return {"@type": "Replace", "permissions": to_set(permissions)}
        case UnknownVariant(_, properties):
            return dict(properties)


def network(text: str) -> str:
    """Check an address or network by the server's rules and give its normal form; host bits are kept.

    Raises ValueError for anything else, for prefixes shorter than /8 and for the unspecified address.
    """
    interface = ip_interface(text.strip())
    if interface.network.prefixlen < _SHORTEST_PREFIX or interface.ip.is_unspecified:
        message = "the server takes prefixes from /8 on, and no unspecified address"
        raise ValueError(message)
    if "/" not in text:
        return str(interface.ip)
    return f"{interface.ip}/{interface.network.prefixlen}"
