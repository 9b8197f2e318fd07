"""Taking reports in: a queue with back-pressure in front of the database, and one writer behind it.

A delivery is answered when its reports are stored, not before, so that nothing which was taken is lost; the server
sends again what was not. Many deliveries are written together, in batches small enough that a page hardly waits.
"""

from __future__ import annotations

from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import anyio

from bulwark.account.webhook import REMEMBERED, Outcome
from bulwark.errors import StoreUnavailable
from bulwark.store.events import shortened
from bulwark.store.uses import DayRow, UseRow, UseStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime
    from typing import Literal

    from bulwark.account.webhook import Report
    from bulwark.clock import Clock
    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer

MOST_WAITING = 50_000  # reports; a server that sends faster than they are stored is told to come back
ACCOUNTS_IN_MIND = 20_000  # whose keys need no second hashing
BATCH = 1000  # reports in one transaction: some milliseconds
USES_KEPT = timedelta(days=730)
_EPOCH_DAY = 719_163  # 1970-01-01 as a proleptic ordinal


@dataclass(slots=True)
class _Delivery:
    reports: list[Report]
    settled: anyio.Event = field(default_factory=anyio.Event)
    failed: StoreUnavailable | None = None


class Overloaded(Exception):
    """More waits than is taken; nothing of this delivery was kept."""


class Intake:
    """The way in for reports; `running` starts the writer."""

    def __init__(
        self,
        *,
        database: Database,
        sealer: Sealer,
        server_url: str,
        clock: Clock,
        addresses: Literal["full", "shortened"] = "full",
    ) -> None:
        self._store = UseStore(database)
        self._sealer = sealer
        self._key_of = lru_cache(maxsize=ACCOUNTS_IN_MIND)(lambda one: sealer.account_keys(server_url, one)[0])
        self._clock = clock
        self._shortened = addresses == "shortened"
        self._deliveries: deque[_Delivery] = deque()
        self._waiting = 0
        self._wake = anyio.Event()

    @property
    def waiting(self) -> int:
        """How many reports wait to be stored."""
        return self._waiting

    async def take(self, reports: list[Report]) -> None:
        """Give a delivery in, and wait until it is stored.

        Raises:
            Overloaded: too much waits. StoreUnavailable: the database did not take it.
        """
        if self._waiting + len(reports) > MOST_WAITING:
            raise Overloaded
        delivery = _Delivery(reports)
        self._deliveries.append(delivery)
        self._waiting += len(reports)
        self._wake.set()
        await delivery.settled.wait()
        if delivery.failed is not None:
            raise delivery.failed

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Store what comes in while the panel serves."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._write_all)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    async def _write_all(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._deliveries:
                await self._write_some()

    async def _write_some(self) -> None:
        """Several small deliveries together, or one large one in pieces."""
        taken = [self._deliveries.popleft()]
        size = len(taken[0].reports)
        while self._deliveries and size + len(self._deliveries[0].reports) <= BATCH:
            taken.append(self._deliveries.popleft())
            size += len(taken[-1].reports)
        reports = [report for delivery in taken for report in delivery.reports]
        failed: StoreUnavailable | None = None
        try:
            for start in range(0, len(reports), BATCH):
                await self._store_batch(reports[start : start + BATCH])
        except StoreUnavailable as error:
            failed = error
        finally:
            self._waiting -= size
            for delivery in taken:
                delivery.failed = failed
                delivery.settled.set()

    async def _store_batch(self, reports: list[Report]) -> None:
        now = self._clock.now()
        by_mark = {report.mark: report for report in reports}

        def aggregate(new: set[bytes]) -> tuple[Iterable[UseRow], Iterable[DayRow]]:
            return self._added_up([by_mark[mark] for mark in new])

        await self._store.write(dict.fromkeys(by_mark, now + REMEMBERED), aggregate, now)

    def _added_up(self, reports: list[Report]) -> tuple[Iterable[UseRow], Iterable[DayRow]]:
        groups: dict[tuple[str, int, Outcome, int, str], list[Report]] = {}
        for report in reports:
            day = report.at.toordinal() - _EPOCH_DAY
            group = (report.account_id, day, report.outcome, report.credential, report.protocol)
            groups.setdefault(group, []).append(report)
        used: dict[tuple[bytes, int], UseRow] = {}
        days: list[DayRow] = []
        for (account_id, day, outcome, credential, protocol), found in groups.items():
            key = self._key_of(account_id)
            latest = max(found, key=lambda report: report.at)
            sealed = self._seal(latest.address, key)
            days.append(
                DayRow(
                    account_key=key,
                    day=day,
                    outcome=outcome.value,
                    credential=credential,
                    protocol=protocol,
                    count=len(found),
                    first_at=min(report.at for report in found),
                    last_at=latest.at,
                    address_sealed=sealed,
                )
            )
            earlier = used.get((key, credential))
            if outcome is Outcome.USED and (earlier is None or earlier.at < latest.at):
                used[key, credential] = UseRow(
                    account_key=key, credential=credential, at=latest.at, protocol=protocol, address_sealed=sealed
                )
        return used.values(), days

    def _seal(self, address: str, account_key: bytes) -> bytes:
        kept = shortened(address) if self._shortened and address else address
        return self._sealer.seal(kept.encode(), purpose="use", binding=account_key)

    async def purge(self, now: datetime, *, kept: timedelta) -> int:
        """Remove what is past its keeping; last uses stay for two years, because "unused for long" needs them."""
        return await self._store.purge(now, days_before=now - kept, uses_before=now - USES_KEPT)
