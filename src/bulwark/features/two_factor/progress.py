"""What a session remembers between two-factor pages: the set-up under way, the last receipt, an open question."""

from __future__ import annotations

import secrets
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from bulwark.account import recovery_codes
from bulwark.account.enrolment import Enrolment, NewCodes
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.sessions.visit import Visit


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="two-factor-done"):
    """What the last write did, for the page after it."""

    what: Literal["on", "replaced", "off", "codes"]
    at: datetime
    answer_was_lost: bool = False


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="two-factor-unknown"):
    """A write whose answer was lost, until it is settled; `set_id` is the recovery set that went with it, in hex."""

    what: Literal["on", "off", "replaced"]
    sent_at: datetime
    reference: str
    set_id: str = ""


K = TypeVar("K", Enrolment, NewCodes)


async def waiting(visit: Visit, kind: type[K]) -> K | None:
    """The set-up, or the new codes, under way in this session; None when there are none (any more)."""
    return await visit.panel.waiting.find(kind, Secret(visit.session.state.enrolment), visit.account_keys, visit.now)


async def begin(visit: Visit, record: K) -> None:
    """Begin a set-up, or show new codes, in place of whatever was under way here."""
    await abandon(visit)
    key = await visit.panel.waiting.keep(record, visit.account_keys[0], visit.now)
    await visit.keep(msgspec.structs.replace(visit.session.state, enrolment=key.reveal()))


async def go_on(visit: Visit, record: Enrolment) -> None:
    """Keep a set-up's next state; its quarter of an hour begins anew."""
    key = Secret(visit.session.state.enrolment)
    await visit.panel.waiting.keep(record, visit.account_keys[0], visit.now, key=key)


async def abandon(visit: Visit) -> None:
    """Forget what was under way, with the codes that were only shown."""
    found = await waiting(visit, Enrolment) or await waiting(visit, NewCodes)
    if found is not None and found.set_id:
        await visit.panel.recovery.abandon(found.set_id)
    await visit.panel.waiting.drop(Secret(visit.session.state.enrolment))


async def finish(visit: Visit, receipt: Receipt | Unknown, *, keep_enrolment: bool = False) -> None:
    """Keep the receipt for the next page; what was under way is over."""
    state = visit.session.state
    if not keep_enrolment:
        await visit.panel.waiting.drop(Secret(state.enrolment))
        state = msgspec.structs.replace(state, enrolment="")
        if isinstance(receipt, Receipt) and receipt.what != "codes":
            await visit.panel.waiting.drop(Secret(state.opened))
            state = msgspec.structs.replace(state, opened="")
    await visit.keep(msgspec.structs.replace(state, receipt=msgspec.to_builtins(receipt)))


def written(codes: Sequence[str]) -> tuple[str, ...]:
    """Kept codes as people read them."""
    return tuple(recovery_codes.written(Secret(code)) for code in codes)


def any_number(codes: Sequence[object]) -> int:
    """Which code to ask back: a number from 1."""
    return secrets.randbelow(len(codes)) + 1
