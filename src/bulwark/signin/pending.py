"""What lives between two steps, sealed with an id that only this browser's cookie holds.

Between password and code the password itself is kept here (five minutes, five tries), so that it is asked only once and
never travels in a hidden field. While a person is at the provider, what their answer must fit is kept (ten minutes, one
answer).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from bulwark.errors import SealBroken
from bulwark.store.pending import PendingRow
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel


class PendingSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A password the server has accepted, waiting for its code."""

    login: str
    password: str
    next: str

    def __repr__(self) -> str:
        """Never the password."""
        return "PendingSignIn(****)"


class PendingRedirect(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is at the provider: what their answer must fit, and what is done with it.

    `issuer` must be repeated by the answer where `repeats_issuer` promises it; `is_external` tells a provider from the
    mail server's own page. With an `account_id` it is step-up of that account. `asked_at` is in seconds since 1970.
    """

    issuer: str
    repeats_issuer: bool
    is_external: bool
    state: str
    nonce: str
    verifier: str
    asked_at: float
    next: str = ""
    account_id: str = ""

    def __repr__(self) -> str:
        """Never the verifier."""
        return f"PendingRedirect({self.issuer})"


class PendingSignOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signed out here, perhaps not at the provider; `url` is empty where it offers no way to."""

    provider: str
    url: str

    def __repr__(self) -> str:
        """Never the address, which carries the ID token."""
        return f"PendingSignOut({self.provider})"


class _Kind(NamedTuple):
    name: str
    lifetime: timedelta
    tries: int


Record = TypeVar("Record", PendingSignIn, PendingRedirect, PendingSignOut)
_KINDS: dict[type, _Kind] = {
    PendingSignIn: _Kind("sign-in", timedelta(minutes=5), 5),
    PendingRedirect: _Kind("redirect", timedelta(minutes=10), 1),
    PendingSignOut: _Kind("sign-out", timedelta(minutes=10), 1),
}


def lifetime_of(shape: type) -> int:
    """How long a record of this kind is kept, in seconds; its cookie lasts as long."""
    return int(_KINDS[shape].lifetime.total_seconds())


def _hash(pending_id: Secret) -> bytes:
    return hashlib.sha256(pending_id.reveal().encode()).digest()


async def keep(panel: Panel, record: PendingSignIn | PendingRedirect | PendingSignOut) -> Secret:
    """Keep a record; returns the id that opens it, for a cookie only."""
    kind = _KINDS[type(record)]
    pending_id = Secret(secrets.token_urlsafe(32))
    id_hash = _hash(pending_id)
    await panel.pending.put(
        PendingRow(
            id_hash=id_hash,
            kind=kind.name,
            account_key=None,
            sealed=panel.sealer.seal(
                msgspec.json.encode(record), purpose=kind.name, binding=id_hash, secret=pending_id.reveal().encode()
            ),
            tries_left=kind.tries,
            ends_at=panel.clock.now() + kind.lifetime,
        )
    )
    return pending_id


async def peek(panel: Panel, pending_id: Secret, shape: type[Record]) -> Record | None:
    """Open what waits under an id, or None when there is nothing of this kind (any more)."""
    if not pending_id:
        return None
    row = await panel.pending.get(_hash(pending_id), _KINDS[shape].name, panel.clock.now())
    return None if row is None else _opened(panel, row, pending_id, shape)


async def take(panel: Panel, pending_id: Secret, shape: type[Record]) -> Record | None:
    """The same, and it is gone: of many who ask at once, one gets it."""
    if not pending_id:
        return None
    row = await panel.pending.take(_hash(pending_id), _KINDS[shape].name, panel.clock.now())
    return None if row is None else _opened(panel, row, pending_id, shape)


def _opened(panel: Panel, row: PendingRow, pending_id: Secret, shape: type[Record]) -> Record | None:
    try:
        opened = panel.sealer.open(
            row.sealed, purpose=row.kind, binding=row.id_hash, secret=pending_id.reveal().encode()
        )
        return msgspec.json.decode(opened, type=shape)
    except (SealBroken, msgspec.DecodeError):
        return None


async def spend_try(panel: Panel, pending_id: Secret) -> bool:
    """Use one of the tries at the code; False when none was left."""
    kind = _KINDS[PendingSignIn].name
    return await panel.pending.spend_try(_hash(pending_id), kind, panel.clock.now()) is not None


async def drop(panel: Panel, pending_id: Secret) -> None:
    """Forget what waits."""
    if pending_id:
        await panel.pending.delete(_hash(pending_id))
