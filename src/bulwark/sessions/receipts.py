"""What the last write did, for the page after it: kept in the session, told once.

A receipt is a tagged msgspec struct, so that a page never tells the receipt of another one. Never a secret in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from bulwark.sessions.visit import Visit

Receipt = TypeVar("Receipt", bound=msgspec.Struct)


async def keep(visit: Visit, receipt: msgspec.Struct) -> None:
    """Keep a receipt; it replaces the one before."""
    await visit.keep(msgspec.structs.replace(visit.session.state, receipt=msgspec.to_builtins(receipt)))


def peek(visit: Visit, kind: type[Receipt]) -> Receipt | None:
    """The receipt if it is of this kind; it stays."""
    stored = visit.session.state.receipt
    if stored is None:
        return None
    try:
        return msgspec.convert(stored, kind)
    except msgspec.ValidationError:
        return None


async def take(visit: Visit, kind: type[Receipt]) -> Receipt | None:
    """The receipt if it is of this kind; told once, then gone."""
    found = peek(visit, kind)
    if found is not None:
        await drop(visit)
    return found


async def drop(visit: Visit) -> None:
    """Forget the receipt."""
    if visit.session.state.receipt is not None:
        await visit.keep(msgspec.structs.replace(visit.session.state, receipt=None))
