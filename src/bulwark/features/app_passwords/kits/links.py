"""The link to a profile: works once, for fifteen minutes, without a sign-in, because it is opened on another device.

What it leads to lies sealed with the master key and the link's own 256 bits: a stolen database opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from bulwark.errors import SealBroken
from bulwark.store.pending import PendingRow

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.store.pending import PendingStore
    from bulwark.store.sealed import Sealer
    from stalwart_jmap import Secret

WORKS_FOR = timedelta(minutes=15)
_KIND = "apple-profile"
_BYTES = 32


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile is made of; the profile itself is made when it is fetched."""

    address: str
    device: str
    protocols: tuple[str, ...]
    secret: str

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Waiting({self.address})"


class Links:
    """Makes links, and gives what lies behind one to the first who comes."""

    def __init__(self, pending: PendingStore, sealer: Sealer) -> None:
        self._pending = pending
        self._sealer = sealer

    async def make(
        self,
        account_key: bytes,
        *,
        address: str,
        device: str,
        protocols: tuple[str, ...],
        secret: Secret,
        now: datetime,
    ) -> str:
        """A new link's token."""
        token = secrets.token_urlsafe(_BYTES)
        waiting = Waiting(address=address, device=device, protocols=protocols, secret=secret.reveal())
        id_hash = _hash(token)
        sealed = self._sealer.seal(msgspec.json.encode(waiting), purpose=_KIND, binding=id_hash, secret=token.encode())
        await self._pending.put(
            PendingRow(id_hash=id_hash, kind=_KIND, sealed=sealed, ends_at=now + WORKS_FOR, account_key=account_key)
        )
        return token

    async def look(self, token: str, now: datetime) -> Waiting | None:
        """What the link leads to, left there; None when it was used, is over, or never was."""
        return self._opened(token, await self._pending.get(_hash(token), _KIND, now))

    async def take(self, token: str, now: datetime) -> Waiting | None:
        """The same, taken away: of two who come at once, one gets it."""
        return self._opened(token, await self._pending.take(_hash(token), _KIND, now))

    def _opened(self, token: str, row: PendingRow | None) -> Waiting | None:
        if row is None:
            return None
        try:
            raw = self._sealer.open(row.sealed, purpose=_KIND, binding=row.id_hash, secret=token.encode())
        except SealBroken:
            return None
        return msgspec.json.decode(raw, type=Waiting)


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"profile " + token.encode("utf-8", "surrogatepass")).digest()
