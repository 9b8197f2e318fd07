"""What waits between the steps of a set-up: the new key, its codes, and what a recovery code opened.

Sealed for a quarter of an hour under a random key that only the session knows, which is itself sealed with the
cookie's id. Neither the database nor the master key opens it. Leaving changes nothing on the mail server.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bulwark import errors
from bulwark.store.pending import PendingRow
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.store.pending import PendingStore
    from bulwark.store.sealed import Sealer

LIFETIME = timedelta(minutes=15)


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """A set-up under way. `replaces` names the device in use, None for a first set-up; `picks` is what will stop.

    `set_id` is the recovery set of `codes`, empty before step 2; `asked` the number of the code to type back;
    `proof` whether that was done or skipped.
    """

    url: str
    device: str = ""
    replaces: str | None = None
    picks: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    set_id: bytes = b""
    asked: int = 1
    proof: bool | None = None
    came_with_code: int | None = None  # after signing in with a recovery code: how many were left then

    def __repr__(self) -> str:
        """Never the key or the codes."""
        return "Enrolment(****)"


class NewCodes(msgspec.Struct, frozen=True, kw_only=True):
    """New codes for the authenticator that is on, shown and not yet typed back."""

    codes: tuple[str, ...]
    set_id: bytes
    asked: int

    def __repr__(self) -> str:
        """Never the codes."""
        return "NewCodes(****)"


class OpenedAuthenticator(msgspec.Struct, frozen=True, kw_only=True):
    """The authenticator of somebody who signed in with a recovery code: it answers for the lost one."""

    url: str

    def __repr__(self) -> str:
        """Never the key."""
        return "OpenedAuthenticator(****)"


Kept = TypeVar("Kept", Enrolment, NewCodes, OpenedAuthenticator)
_KINDS = {Enrolment: "enrolment", NewCodes: "new-codes", OpenedAuthenticator: "opened"}


class Waiting:
    """Keeps such records in the panel's database."""

    def __init__(self, store: PendingStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def keep(
        self,
        record: Kept,
        account_key: bytes,
        now: datetime,
        *,
        key: Secret | None = None,
    ) -> Secret:
        """Keep a record for a quarter of an hour; returns the key that opens it. With `key` it replaces the former."""
        key = key or Secret(secrets.token_urlsafe(32))
        kind, id_hash = _KINDS[type(record)], _hash(key)
        sealed = self._sealer.seal(
            msgspec.json.encode(record), purpose=kind, binding=id_hash, secret=key.reveal().encode()
        )
        await self._store.put(
            PendingRow(id_hash=id_hash, kind=kind, account_key=account_key, sealed=sealed, ends_at=now + LIFETIME)
        )
        return key

    async def find(self, kind: type[Kept], key: Secret, account_keys: Sequence[bytes], now: datetime) -> Kept | None:
        """The record under a key; None when the account has none of this kind there (any more)."""
        if not key:
            return None
        name, id_hash = _KINDS[kind], _hash(key)
        row = await self._store.get(id_hash, name, now)
        if row is None or row.account_key not in account_keys:
            return None
        try:
            opened = self._sealer.open(row.sealed, purpose=name, binding=id_hash, secret=key.reveal().encode())
            return msgspec.json.decode(opened, type=kind)
        except (errors.SealBroken, msgspec.DecodeError):
            return None

    async def drop(self, key: Secret) -> None:
        """Forget a record."""
        if key:
            await self._store.delete(_hash(key))


def _hash(key: Secret) -> bytes:
    return hashlib.sha256(key.reveal().encode()).digest()
