"""Work that one process does for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.store.turns import claim, prolong, release, take_turn

if TYPE_CHECKING:
    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TURN = timedelta(minutes=5)


async def test_of_many_processes_at_once_one_has_the_turn(database: Database, second: Database) -> None:
    won: list[bool] = []

    async def come(to: Database) -> None:
        won.append(await take_turn(to, "work", NOW, TURN))

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(come, second if number % 2 else database)

    assert won.count(True) == 1


async def test_the_turn_ends_by_itself_and_each_work_has_its_own(database: Database, second: Database) -> None:
    assert await take_turn(database, "work", NOW, TURN)
    assert not await take_turn(second, "work", NOW + TURN - timedelta(seconds=1), TURN)
    assert await take_turn(second, "other work", NOW, TURN)
    assert await take_turn(second, "work", NOW + TURN, TURN)


async def test_what_is_claimed_is_free_when_it_is_released_or_was_not_prolonged(
    database: Database, second: Database
) -> None:
    mark, other = b"m" * 16, b"o" * 16
    assert await claim(database, mark, NOW, TURN)
    assert not await claim(second, mark, NOW + TURN - timedelta(seconds=1), TURN)
    assert await claim(second, other, NOW, TURN)
    await prolong(database, mark, NOW + 2 * TURN)
    assert not await claim(second, mark, NOW + TURN, TURN)
    assert await claim(second, mark, NOW + 2 * TURN, TURN)
    await release(second, mark)

    assert await claim(database, mark, NOW, TURN)
