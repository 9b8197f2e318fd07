"""After a lost answer: what was sent, kept until it is settled, and what looking again shows. Nothing is sent twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from bulwark.account.credentials import look, mark_of, state_of

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from bulwark.account.credentials import Kind
    from stalwart_jmap.objects.credential import Credential

_CLOCKS_MAY_DIFFER = timedelta(minutes=2)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A write whose answer was lost: enough to look for its traces. Never a secret; `names` and `marks` go together."""

    act: str  # create, edit or revoke
    names: tuple[str, ...]
    marks: tuple[str, ...] = ()  # as they were before
    state: str = ""  # of an edit: `state_of` what was wanted
    sent_at: datetime


class Trace(StrEnum):
    """What looking again shows after a lost answer."""

    DONE = "done"
    NOT_DONE = "not-done"
    PARTLY = "partly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, and the credentials it is about: those that were made, or those that are still there."""

    trace: Trace
    credentials: tuple[Credential, ...] = ()


async def find_out(account: Account, kind: Kind, attempt: Attempt) -> Found:
    """Look for the traces of a write whose answer was lost; sends nothing but one reading.

    Raises:
        BulwarkError: the list cannot be read now.
    """
    listing = await look(account, kind)
    if listing.unavailable is not None:
        raise listing.unavailable
    by_mark = {mark_of(kind, one): one for one in listing.credentials}
    if attempt.act == "create":
        since = attempt.sent_at - _CLOCKS_MAY_DIFFER + (account.transport.clock_offset or timedelta(0))
        made = tuple(
            one
            for one in listing.credentials
            if one.description in attempt.names and (one.created_at is None or one.created_at >= since)
        )
        return Found(trace=Trace.DONE if made else Trace.NOT_DONE, credentials=made)
    if attempt.act == "edit":
        there = tuple(one for one in listing.credentials if state_of(one) == attempt.state)
        return Found(trace=Trace.DONE if there else Trace.NOT_DONE, credentials=there)
    still = tuple(by_mark[mark] for mark in attempt.marks if mark in by_mark)
    if not still:
        return Found(trace=Trace.DONE)
    return Found(trace=Trace.NOT_DONE if len(still) == len(attempt.marks) else Trace.PARTLY, credentials=still)
