"""What lives between two steps, sealed with an id only this browser holds: five minutes, five tries.

Between password and code the password itself is kept here, so that it is asked only once and never travels in a
hidden field.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from bulwark.errors import SealBroken
from bulwark.store.pending import PendingRow
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel

SIGN_IN_LIFETIME = timedelta(minutes=5)
SIGN_IN_TRIES = 5
KIND = "sign-in"


class PendingSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A password the server has accepted, waiting for its code."""

    login: str
    password: str
    next: str

    def __repr__(self) -> str:
        """Never the password."""
        return "PendingSignIn(****)"


def _hash(pending_id: Secret) -> bytes:
    return hashlib.sha256(pending_id.reveal().encode()).digest()


async def keep(panel: Panel, record: PendingSignIn) -> Secret:
    """Keep a record; returns the id that opens it, for a cookie only."""
    pending_id = Secret(secrets.token_urlsafe(32))
    id_hash = _hash(pending_id)
    await panel.pending.put(
        PendingRow(
            id_hash=id_hash,
            kind=KIND,
            account_key=None,
            sealed=panel.sealer.seal(
                msgspec.json.encode(record), purpose=KIND, binding=id_hash, secret=pending_id.reveal().encode()
            ),
            tries_left=SIGN_IN_TRIES,
            ends_at=panel.clock.now() + SIGN_IN_LIFETIME,
        )
    )
    return pending_id


async def peek(panel: Panel, pending_id: Secret) -> PendingSignIn | None:
    """Open what waits under an id, or None when there is nothing (any more)."""
    if not pending_id.reveal():
        return None
    id_hash = _hash(pending_id)
    row = await panel.pending.get(id_hash, KIND, panel.clock.now())
    if row is None:
        return None
    try:
        opened = panel.sealer.open(row.sealed, purpose=KIND, binding=id_hash, secret=pending_id.reveal().encode())
        return msgspec.json.decode(opened, type=PendingSignIn)
    except (SealBroken, msgspec.DecodeError):
        return None


async def spend_try(panel: Panel, pending_id: Secret) -> bool:
    """Use one of the tries; False when none was left."""
    return await panel.pending.spend_try(_hash(pending_id), KIND, panel.clock.now()) is not None


async def drop(panel: Panel, pending_id: Secret) -> None:
    """Forget what waits."""
    if pending_id.reveal():
        await panel.pending.delete(_hash(pending_id))
