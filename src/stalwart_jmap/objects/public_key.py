"""`x:PublicKey`: OpenPGP keys and S/MIME certificates that mail can be encrypted to (Stalwart's own).

The server takes a PGP *private* key for a public one and stores it; this module refuses to send it. Addresses and dates
are only what the client said, they are never derived from the key. An administrator's list holds everybody's keys:
filter by `account_id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.errors import SetError
from stalwart_jmap.core.ids import AccountId, PublicKeyId
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.core.wire import convert, from_set, to_date, to_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.client import StalwartClient

GET: Final = "x:PublicKey/get"
SET: Final = "x:PublicKey/set"
_NEW: Final = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One stored key, armour or PEM in full. `account_id` is told to administrators only."""

    id: PublicKeyId
    description: str
    key: str
    email_addresses: frozenset[str]
    created_at: datetime | None
    expires_at: datetime | None
    account_id: AccountId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPublicKey:
    """A key to store."""

    description: str
    key: str
    email_addresses: frozenset[str] = frozenset()
    expires_at: datetime | None = None

    def to_wire(self) -> dict[str, Any]:
        """Write it. Raises ValueError for a private key, and without description or key."""
        if "PRIVATE" in self.key.upper():
            message = "this is a private key: it must not leave its owner"
            raise ValueError(message)
        if not self.description or not self.key.strip():
            message = "a public key needs a description and the key itself"
            raise ValueError(message)
        wire: dict[str, Any] = {"description": self.description, "key": self.key}
        if self.email_addresses:
            wire["emailAddresses"] = to_set(self.email_addresses)
        if self.expires_at is not None:
            wire["expiresAt"] = to_date(self.expires_at)
        return wire


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    key: str
    description: str = ""
    email_addresses: dict[str, bool] = {}
    created_at: datetime | None = None
    expires_at: datetime | None = None
    account_id: str | None = None


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


def get_call(call_id: str = "public-keys", *, ids: Iterable[PublicKeyId] | None = None) -> Call:
    """Read some keys, or all."""
    return Call(GET, {} if ids is None else {"ids": list(ids)}, call_id)


def parse(result: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Read the result of `get_call`."""
    return tuple(
        PublicKey(
            id=PublicKeyId(entry.id),
            description=entry.description,
            key=entry.key,
            email_addresses=from_set(entry.email_addresses),
            created_at=entry.created_at,
            expires_at=entry.expires_at,
            account_id=None if entry.account_id is None else AccountId(entry.account_id),
        )
        for entry in convert(result, _Get).entries
    )


def create_call(new: NewPublicKey, call_id: str = "set") -> Call:
    """Store a key; `created_in` reads the answer. Raises ValueError as `NewPublicKey.to_wire`."""
    return Call(SET, {"create": {_NEW: new.to_wire()}}, call_id)


def destroy_call(key_id: PublicKeyId, call_id: str = "set") -> Call:
    """Remove a key; `destroyed_in` reads the answer."""
    return Call(SET, {"destroy": [key_id]}, call_id)


def created_in(result: Mapping[str, Any], *, sent_at: datetime) -> PublicKeyId | SetError:
    """Read the answer to `create_call`. Raises `OutcomeUnknown` when it names nothing, as the one below does."""
    created = parse_set(dict(result), sent_at=sent_at).created_as(_NEW)
    return created if isinstance(created, SetError) else PublicKeyId(str(created["id"]))


def destroyed_in(result: Mapping[str, Any], key_id: PublicKeyId, *, sent_at: datetime) -> SetError | None:
    """Read the answer to `destroy_call`: None means that the server named the key as destroyed."""
    return parse_set(dict(result), sent_at=sent_at).destruction_of(key_id)


async def create(client: StalwartClient, new: NewPublicKey) -> PublicKeyId | SetError:
    """Store a key and give its id. Raises `OutcomeUnknown`, `MethodError`; ValueError before sending."""
    result = await client.write(Call(SET, {"create": {_NEW: new.to_wire()}}, "create"))
    created = result.created_as(_NEW)
    return created if isinstance(created, SetError) else PublicKeyId(str(created["id"]))


async def destroy(client: StalwartClient, key_id: PublicKeyId) -> SetError | None:
    """Remove a key; one in use is refused with `objectIsLinked`. None when the server named it as destroyed.

    Raises `OutcomeUnknown`, `MethodError`.
    """
    result = await client.write(Call(SET, {"destroy": [key_id]}, "destroy"))
    return result.destruction_of(key_id)
