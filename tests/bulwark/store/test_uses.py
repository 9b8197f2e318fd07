"""Reports of sign-ins in both databases: once each, whatever their order, also with two processes at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.store.uses import DayRow, UseRow, UseStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulwark.store.engine import Database
    from bulwark.store.uses import Aggregate

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ALICE, BOB = b"a" * 32, b"b" * 32


def one(key: bytes, minutes: int = 0, credential: int = 1) -> UseRow:
    at = NOW + timedelta(minutes=minutes)
    return UseRow(account_key=key, credential=credential, at=at, protocol="imap", address_sealed=b"%d" % minutes)


def adding(rows: Iterable[UseRow]) -> Aggregate:
    """Each row once for its mark: marks are the number of the row."""
    listed = list(rows)

    def aggregate(new: set[bytes]) -> tuple[Iterable[UseRow], Iterable[DayRow]]:
        found = [row for number, row in enumerate(listed) if str(number).encode() in new]
        days: dict[bytes, list[UseRow]] = {}
        for row in found:
            days.setdefault(row.account_key, []).append(row)
        latest = {row.account_key: row for row in sorted(found, key=lambda row: row.at)}
        return latest.values(), [_day(key, rows) for key, rows in days.items()]

    return aggregate


def _day(key: bytes, rows: list[UseRow]) -> DayRow:
    last = max(rows, key=lambda row: row.at)
    return DayRow(
        account_key=key,
        day=20_780,
        outcome="used",
        credential=1,
        protocol="imap",
        count=len(rows),
        first_at=min(row.at for row in rows),
        last_at=last.at,
        address_sealed=last.address_sealed,
    )


def marks(*names: str) -> dict[bytes, datetime]:
    return {name.encode(): NOW + timedelta(hours=48) for name in names}


async def test_a_report_counts_once_and_the_latest_holds(database: Database) -> None:
    store = UseStore(database)
    assert (await store.feed()).first_at is None
    assert await store.write(marks("0", "1"), adding([one(ALICE, 5), one(ALICE, 1)]), NOW) == 2
    assert await store.write(marks("0", "1"), adding([one(ALICE, 5), one(ALICE, 1)]), NOW) == 0
    assert await store.write(marks("2"), adding([one(ALICE), one(ALICE), one(ALICE, 3)]), NOW) == 1

    (use,) = await store.uses_of([ALICE])
    assert use.at == NOW + timedelta(minutes=5)
    (day,) = await store.days_of([ALICE, BOB], since=None, until=None, limit=9)
    assert (day.count, day.first_at, day.last_at) == (3, NOW + timedelta(minutes=1), NOW + timedelta(minutes=5))
    assert day.address_sealed == b"5"
    assert await store.uses_of([BOB]) == ()


async def test_the_feed_knows_its_beginning_and_its_latest(database: Database) -> None:
    store = UseStore(database)
    later = NOW + timedelta(hours=1)
    await store.write(marks("0"), adding([one(ALICE)]), NOW)
    await store.write(marks("1"), adding([one(ALICE), one(ALICE)]), later)
    await store.write(marks("2"), adding([one(ALICE)] * 3), NOW)

    feed = await store.feed()
    assert (feed.first_at, feed.last_at) == (NOW, later)


async def test_days_are_cut_by_their_latest_moment(database: Database) -> None:
    store = UseStore(database)
    await store.write(marks("0"), adding([one(ALICE, 5)]), NOW)
    five = NOW + timedelta(minutes=5)

    assert await store.days_of([ALICE], since=five, until=None, limit=9) == ()
    assert await store.days_of([ALICE], since=None, until=five - timedelta(seconds=1), limit=9) == ()
    assert len(await store.days_of([ALICE], since=NOW, until=five, limit=9)) == 1


async def test_two_processes_at_once_lose_nothing_and_never_wait_in_a_circle(
    database: Database, second: Database
) -> None:
    rows = [one(key, number) for number in range(20) for key in (ALICE, BOB)]

    async def write(store: UseStore, step: int) -> None:
        ordered = list(range(len(rows)))[::step]
        for start in range(0, len(rows), 4):
            names = [str(number) for number in ordered[start : start + 4]]
            await store.write(marks(*names), adding(rows), NOW)

    async with anyio.create_task_group() as group:
        group.start_soon(write, UseStore(database), 1)
        group.start_soon(write, UseStore(second), -1)

    days = await UseStore(database).days_of([ALICE, BOB], since=None, until=None, limit=9)
    assert sorted((day.account_key, day.count) for day in days) == [(ALICE, 20), (BOB, 20)]


async def test_what_is_past_its_keeping_is_removed(database: Database) -> None:
    store = UseStore(database)
    await store.write(marks("0"), adding([one(ALICE)]), NOW)
    later = NOW + timedelta(days=3)
    await store.purge(later, days_before=later, uses_before=NOW)
    assert len(await store.uses_of([ALICE])) == 1
    assert await store.days_of([ALICE], since=None, until=None, limit=9) == ()
    assert await store.write(marks("0"), adding([one(ALICE)]), NOW) == 1
    await store.purge(later, days_before=later, uses_before=later)
    assert await store.uses_of([ALICE]) == ()
