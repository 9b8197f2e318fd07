"""How many credentials of a kind the server allows: users cannot read it, so it is known from a setting or a refusal.

A refusal names the number. It is kept with its date, sealed, for thirty days; an administrator may have changed it
since, so it informs and never forbids. A creation beyond it proves it wrong and forgets it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from bulwark.errors import SealBroken
from bulwark.store.pending import PendingRow

if TYPE_CHECKING:
    from bulwark.account.credentials import Kind
    from bulwark.store.pending import PendingStore
    from bulwark.store.sealed import Sealer

KEPT = timedelta(days=30)
_KIND = "credential-limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The number, and when the server named it; None where a setting gives it."""

    number: int
    named_at: datetime | None


class _Kept(msgspec.Struct, frozen=True):
    number: int
    named_at: datetime


class Limits:
    """What is known of the limits of one account (its database name `account_key`); `settings` come first."""

    def __init__(
        self,
        pending: PendingStore,
        sealer: Sealer,
        account_key: bytes,
        *,
        app_passwords: int | None,
        api_keys: int | None,
    ) -> None:
        self._pending = pending
        self._sealer = sealer
        self._account_key = account_key
        self._settings = {"app-passwords": app_passwords, "api-keys": api_keys}

    async def known(self, kind: Kind, now: datetime) -> Limit | None:
        """The limit of a kind, when it is known."""
        given = self._settings.get(kind.slug)
        if given is not None:
            return Limit(number=given, named_at=None)
        row = await self._pending.get(self._id(kind), _KIND, now)
        if row is None:
            return None
        try:
            kept = msgspec.json.decode(self._sealer.open(row.sealed, purpose=_KIND, binding=row.id_hash), type=_Kept)
        except (SealBroken, msgspec.DecodeError):
            return None
        return Limit(number=kept.number, named_at=kept.named_at)

    async def remember(self, kind: Kind, number: int, now: datetime) -> None:
        """Keep a number that the server has just named."""
        id_hash = self._id(kind)
        value = msgspec.json.encode(_Kept(number=number, named_at=now))
        await self._pending.put(
            PendingRow(
                id_hash=id_hash,
                kind=_KIND,
                sealed=self._sealer.seal(value, purpose=_KIND, binding=id_hash),
                ends_at=now + KEPT,
                account_key=self._account_key,
            )
        )

    async def forget(self, kind: Kind) -> None:
        """The server allowed more than it once named."""
        await self._pending.delete(self._id(kind))

    def _id(self, kind: Kind) -> bytes:
        return hashlib.sha256(b"limit " + kind.slug.encode() + b" " + self._account_key).digest()
