"""The queue of notices in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.store.notices import LEASE, NoticeRow, NoticeStore

if TYPE_CHECKING:
    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ALICE = b"a" * 32


def row(mark: bytes = b"m" * 16) -> NoticeRow:
    return NoticeRow(mark=mark, account_key=ALICE, at=NOW, details_sealed=b"sealed")


async def test_of_two_processes_one_sends(database: Database, second: Database) -> None:
    await NoticeStore(database).add(row())
    won: list[bool] = []

    async def claim(to: Database) -> None:
        won.append(await NoticeStore(to).claim(b"m" * 16, NOW))

    async with anyio.create_task_group() as group:
        for one in (database, second, database, second):
            group.start_soon(claim, one)

    assert won.count(True) == 1
    assert await NoticeStore(database).waiting([ALICE], NOW) == ()


async def test_what_a_killed_process_had_claimed_waits_again_and_says_that_it_was_tried(database: Database) -> None:
    store = NoticeStore(database)
    await store.add(row())
    await store.claim(b"m" * 16, NOW)
    (found,) = await store.waiting([b"older key", ALICE], NOW + LEASE)

    assert found.tried_at == NOW
    assert await store.claim(found.mark, NOW + LEASE)
    await store.give_back(found.mark, None)
    (found,) = await store.waiting([ALICE], NOW + LEASE)
    assert found.tried_at is None
    await store.remove(found.mark)
    assert await store.waiting([ALICE], NOW + LEASE) == ()


async def test_a_subject_is_met_for_the_first_time_once(database: Database, second: Database) -> None:
    assert await NoticeStore(database).is_first(b"s" * 16, NOW)
    assert not await NoticeStore(second).is_first(b"s" * 16, NOW)


async def test_choices_follow_the_newest_name_of_the_account(database: Database) -> None:
    store = NoticeStore(database)
    assert await store.turned_off([ALICE]) == frozenset()
    await store.choose([ALICE], frozenset({"address", "ending"}))
    assert await store.turned_off([b"newer", ALICE]) == {"address", "ending"}
    await store.choose([b"newer", ALICE], frozenset())
    assert await store.turned_off([b"newer", ALICE]) == frozenset()


async def test_what_could_not_be_placed_for_long_is_removed(database: Database) -> None:
    store = NoticeStore(database)
    await store.add(row())
    assert await store.purge(NOW) == 0
    assert await store.purge(NOW + timedelta(seconds=1)) == 1
