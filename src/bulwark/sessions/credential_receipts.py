"""What the last write to a credential did, kept in the session for the page after it; never a secret."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import TYPE_CHECKING

import msgspec

from bulwark.account import credentials as service
from bulwark.account.credential_traces import Attempt  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from bulwark.account.credentials import Kind
    from bulwark.sessions.visit import Visit


class Edited(msgspec.Struct, frozen=True, kw_only=True, tag="credential-edited"):
    """What the last change did; `sentences` tell the differences, so that the receipt needs no further reading."""

    slug: str
    at: datetime
    name: str
    changed: bool
    sentences: tuple[str, ...]


class Revoked(msgspec.Struct, frozen=True, kw_only=True, tag="credential-revoked"):
    """What the last revocation did."""

    slug: str
    at: datetime
    items: list[tuple[str, str, str]]  # name, fate, why
    left: int | None

    @property
    def revocation(self) -> service.Revocation:
        """The same as the service told it."""
        items = tuple(service.Revoked(name=name, fate=service.Fate(fate), why=why) for name, fate, why in self.items)
        return service.Revocation(at=self.at, items=items, left=self.left)


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="credential-unknown"):
    """A write whose answer was lost, until it is settled."""

    slug: str
    attempt: Attempt
    reference: str


Receipt = Edited | Revoked | Unknown


async def keep(visit: Visit, receipt: Receipt) -> None:
    """Keep it until the next one."""
    await visit.keep(msgspec.structs.replace(visit.session.state, receipt=msgspec.to_builtins(receipt)))


def kept(visit: Visit, kind: Kind) -> Receipt | None:
    """The last one, if it is about this kind."""
    stored = visit.session.state.receipt
    if stored is None:
        return None
    try:
        found: Receipt = msgspec.convert(stored, Receipt)
    except msgspec.ValidationError:
        return None
    return found if found.slug == kind.slug else None
