"""Short-lived values between two requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.store.pending import PendingRow, PendingStore

if TYPE_CHECKING:
    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
ROW = PendingRow(
    id_hash=b"h" * 32,
    kind="sign-in",
    sealed=b"sealed",
    tries_left=5,
    ends_at=NOW + timedelta(minutes=5),
)


async def test_a_value_is_read_until_it_ends_and_only_as_its_kind(database: Database) -> None:
    store = PendingStore(database)
    await store.put(ROW)

    assert await store.get(ROW.id_hash, "sign-in", NOW) == ROW
    assert await store.get(ROW.id_hash, "form", NOW) is None
    assert await store.get(ROW.id_hash, "sign-in", ROW.ends_at) is None


async def test_putting_again_replaces(database: Database) -> None:
    store, later = PendingStore(database), replace(ROW, sealed=b"step 2", account_key=b"alice")
    await store.put(ROW)
    await store.put(later)

    assert await store.get(ROW.id_hash, "sign-in", NOW) == later


async def test_tries_run_out_exactly_however_many_ask_at_once(database: Database, second: Database) -> None:
    remaining: list[int | None] = []
    await PendingStore(database).put(ROW)

    async def spend(number: int) -> None:
        store = PendingStore(second if number % 2 else database)
        remaining.append(await store.spend_try(ROW.id_hash, "sign-in", NOW))

    async with anyio.create_task_group() as group:
        for number in range(12):
            group.start_soon(spend, number)

    assert sorted(left for left in remaining if left is not None) == [0, 1, 2, 3, 4]


async def test_a_value_that_has_ended_has_no_tries(database: Database) -> None:
    store = PendingStore(database)
    await store.put(ROW)

    assert await store.spend_try(ROW.id_hash, "sign-in", ROW.ends_at) is None


async def test_a_value_is_taken_once(database: Database) -> None:
    store = PendingStore(database)
    await store.put(ROW)

    assert await store.take(ROW.id_hash, "sign-in", NOW) == ROW
    assert await store.take(ROW.id_hash, "sign-in", NOW) is None


async def test_values_are_removed_singly_by_account_and_in_time(database: Database) -> None:
    store = PendingStore(database)
    for number in range(4):
        await store.put(
            replace(ROW, id_hash=bytes([number]), account_key=b"alice", kind="form" if number else "sign-in")
        )

    assert await store.delete(bytes([1]))
    assert not await store.delete(bytes([1]))
    assert await store.delete_for_account([b"alice"], "form") == 2
    assert await store.purge(NOW) == 0
    assert await store.purge(ROW.ends_at) == 1
