"""How far somebody is with taking the account back: kept sealed for a week, for every browser of the account.

A step that is done elsewhere in the panel (a new password, two-factor) shows by its event; the others are ticked off.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from bulwark.errors import SealBroken
from bulwark.store.events import EventKind
from bulwark.store.pending import PendingRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bulwark.store.events import Event
    from bulwark.store.pending import PendingStore
    from bulwark.store.sealed import Sealer

KEPT = timedelta(days=7)
_KIND = "take-back"


class Step(StrEnum):
    """The steps, in their order."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    TWO_FACTOR = "two-factor"
    CREDENTIALS = "credentials"
    TRACES = "traces"
    EVENTS = "events"
    REPORT = "report"


_SHOWN_BY = {
    Step.PASSWORD: frozenset({EventKind.PASSWORD_CHANGED}),
    Step.TWO_FACTOR: frozenset({EventKind.TWO_FACTOR_ENROLLED, EventKind.TWO_FACTOR_REPLACED}),
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One credential that was to be revoked, and what became of it: `revoked`, `refused` or `unknown`."""

    name: str
    fate: str
    why: str = ""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """When it was begun, which steps were ticked off and when, and what was revoked."""

    started_at: datetime
    ticked: dict[str, datetime] = {}  # msgspec copies it
    revoked: tuple[Item, ...] = ()

    def with_tick(self, step: Step, at: datetime) -> Progress:
        """With a step ticked off."""
        return msgspec.structs.replace(self, ticked={**self.ticked, step.value: at})

    def done(self, events: Iterable[Event]) -> dict[Step, datetime]:
        """The steps that are done: ticked off, or shown by an event since the beginning."""
        found = {Step(name): at for name, at in self.ticked.items() if name in set(Step)}
        for event in events:
            for step, kinds in _SHOWN_BY.items():
                if event.kind in kinds and event.at >= self.started_at:
                    found.setdefault(step, event.at)
        return found


class ProgressStore:
    """Keeps the progress of one account, told by its keyed hashes, the newest first."""

    def __init__(self, pending: PendingStore, sealer: Sealer, account_keys: Sequence[bytes]) -> None:
        self._pending = pending
        self._sealer = sealer
        self._keys = account_keys

    async def get(self, now: datetime) -> Progress | None:
        """How far it is; None when nothing was begun within a week."""
        for key in self._keys:
            row = await self._pending.get(_id(key), _KIND, now)
            if row is not None:
                try:
                    plain = self._sealer.open(row.sealed, purpose=_KIND, binding=row.id_hash)
                    return msgspec.json.decode(plain, type=Progress)
                except (SealBroken, msgspec.DecodeError):
                    return None
        return None

    async def put(self, progress: Progress, now: datetime) -> None:
        """Keep it for another week."""
        id_hash = _id(self._keys[0])
        sealed = self._sealer.seal(msgspec.json.encode(progress), purpose=_KIND, binding=id_hash)
        row = PendingRow(id_hash=id_hash, kind=_KIND, sealed=sealed, ends_at=now + KEPT, account_key=self._keys[0])
        await self._pending.put(row)
        for older in self._keys[1:]:
            await self._pending.delete(_id(older))

    async def forget(self) -> None:
        """It is finished, or given up."""
        for key in self._keys:
            await self._pending.delete(_id(key))


def _id(account_key: bytes) -> bytes:
    return hashlib.sha256(b"take-back " + account_key).digest()
