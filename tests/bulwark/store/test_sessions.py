"""Rows of signed-in browsers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.errors import WrongRecoveryCode
from bulwark.store.sessions import REFRESH_LEASE, REPLACED_READABLE, SessionRow, SessionStore

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 14, 11, 3, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_session(name: str = "one", *, account: bytes = b"alice", last_used_at: datetime = NOW) -> SessionRow:
    return SessionRow(
        id_hash=hashlib.sha256(name.encode()).digest(),
        account_key=account,
        state_sealed=b"tokens of " + name.encode(),
        shown_sealed=b"device of " + name.encode(),
        created_at=NOW,
        last_used_at=last_used_at,
        ends_at=NOW + timedelta(hours=12),
        recent_auth_at=NOW,
    )


async def test_a_session_is_read_as_it_was_written(database: Database, second: Database) -> None:
    await SessionStore(database).insert(a_session())

    assert await SessionStore(second).get(a_session().id_hash) == a_session()
    assert await SessionStore(second).get(b"unknown") is None


async def test_a_use_is_written_at_most_once_a_minute(database: Database) -> None:
    store, row = SessionStore(database), a_session()
    await store.insert(row)

    assert not await store.touch(row.id_hash, NOW + 59 * SECOND)
    assert await store.touch(row.id_hash, NOW + 60 * SECOND)
    assert not await store.touch(row.id_hash, NOW + 61 * SECOND)
    assert (await store.get(row.id_hash)) == replace(row, last_used_at=NOW + 60 * SECOND)


async def test_of_two_writers_of_the_state_the_first_wins(database: Database, second: Database) -> None:
    row = a_session()
    await SessionStore(database).insert(row)

    assert await SessionStore(database).save_state(row.id_hash, b"new", 1)
    assert not await SessionStore(second).save_state(row.id_hash, b"other", 1)
    assert await SessionStore(second).get(row.id_hash) == replace(row, state_sealed=b"new", version=2)


async def test_recent_authentication_is_set_and_taken_back(database: Database) -> None:
    store, row = SessionStore(database), a_session()
    await store.insert(row)

    assert await store.set_recent_auth(row.id_hash, None)
    assert await store.get(row.id_hash) == replace(row, recent_auth_at=None)
    assert not await store.set_recent_auth(b"unknown", NOW)


async def test_a_new_id_leaves_the_old_one_readable_without_recent_authentication(database: Database) -> None:
    store, old, new = SessionStore(database), a_session("old"), a_session("new")
    await store.insert(old)

    assert await store.rotate(old.id_hash, new, NOW, expected_version=1)
    assert await store.get(new.id_hash) == new
    left = await store.get(old.id_hash)
    assert left is not None
    assert (left.replaced_at, left.replaced_by, left.recent_auth_at) == (NOW, new.id_hash, None)


async def test_an_old_id_is_replaced_once_only(database: Database) -> None:
    store, old = SessionStore(database), a_session("old")
    await store.insert(old)

    assert await store.rotate(old.id_hash, a_session("new"), NOW, expected_version=1)
    assert not await store.rotate(old.id_hash, a_session("newer"), NOW, expected_version=1)
    assert await store.get(a_session("newer").id_hash) is None


async def test_a_state_that_changed_meanwhile_is_not_carried_over(database: Database) -> None:
    store, old = SessionStore(database), a_session("old")
    await store.insert(old)
    await store.save_state(old.id_hash, b"refreshed", 1)

    assert not await store.rotate(old.id_hash, a_session("new"), NOW, expected_version=1)
    assert await store.get(old.id_hash) == replace(old, state_sealed=b"refreshed", version=2)


async def test_what_is_written_alongside_a_new_id_undoes_it_when_it_fails(database: Database) -> None:
    store, old, new = SessionStore(database), a_session("old"), a_session("new")
    await store.insert(old)

    async def fails(_connection: AsyncConnection) -> None:
        raise WrongRecoveryCode

    with pytest.raises(WrongRecoveryCode):
        await store.rotate(old.id_hash, new, NOW, expected_version=1, alongside=fails)
    assert await store.get(old.id_hash) == old
    assert await store.get(new.id_hash) is None


async def test_signing_out_ends_every_id_the_session_had(database: Database, second: Database) -> None:
    store = SessionStore(database)
    first, middle, last = a_session("first"), a_session("middle"), a_session("last")
    await store.insert(first)
    await store.rotate(first.id_hash, middle, NOW, expected_version=1)
    await store.rotate(middle.id_hash, last, NOW, expected_version=1)

    assert await store.delete(last.id_hash)
    assert not await store.delete(last.id_hash)
    assert [await SessionStore(second).get(row.id_hash) for row in (first, middle, last)] == [None, None, None]


async def test_all_other_sessions_of_an_account_end_and_no_others(database: Database) -> None:
    store = SessionStore(database)
    for name in ("this", "laptop", "phone"):
        await store.insert(a_session(name))
    await store.insert(a_session("before the rotation", account=b"alice, old key"))
    await store.insert(a_session("bob", account=b"bob"))
    this = a_session("this").id_hash

    assert await store.delete_for_account([b"alice", b"alice, old key"], except_hash=this) == 3
    assert await store.count() == 2
    assert await store.delete_for_account([b"alice"]) == 1


async def test_the_list_shows_the_latest_use_first_and_no_replaced_ids(database: Database) -> None:
    store = SessionStore(database)
    early, late = a_session("early"), a_session("late", last_used_at=NOW + SECOND)
    await store.insert(early)
    await store.insert(late)
    await store.insert(a_session("bob", account=b"bob"))
    newest = a_session("newest", last_used_at=NOW + 2 * SECOND)
    await store.rotate(early.id_hash, newest, NOW, expected_version=1)

    assert await store.list_for_account([b"alice"]) == (newest, late)


async def test_one_of_many_refreshes_wins_and_a_lapsed_lease_is_free_again(
    database: Database, second: Database
) -> None:
    row, won = a_session(), []
    await SessionStore(database).insert(row)

    async def claim(number: int) -> None:
        until = await SessionStore(second if number % 2 else database).claim_refresh(row.id_hash, NOW)
        won.append(until is not None)

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(claim, number)

    assert sum(won) == 1
    assert await SessionStore(database).claim_refresh(row.id_hash, NOW + REFRESH_LEASE) is not None


async def test_only_the_holder_gives_a_lease_back(database: Database) -> None:
    store, row = SessionStore(database), a_session()
    await store.insert(row)
    mine = await store.claim_refresh(row.id_hash, NOW)
    theirs = await store.claim_refresh(row.id_hash, NOW + REFRESH_LEASE)
    assert mine is not None
    assert theirs is not None

    assert not await store.release_refresh(row.id_hash, mine)
    assert await store.release_refresh(row.id_hash, theirs)
    assert await store.claim_refresh(row.id_hash, NOW) is not None


async def test_ended_idle_and_replaced_sessions_are_removed(database: Database) -> None:
    store, idle = SessionStore(database), timedelta(minutes=30)
    await store.insert(a_session("old"))
    await store.rotate(a_session("old").id_hash, a_session("new"), NOW, expected_version=1)
    await store.insert(replace(a_session("ended"), ends_at=NOW))
    await store.insert(a_session("idle", last_used_at=NOW - idle))

    assert await store.purge(NOW, idle) == 2
    assert await store.purge(NOW + REPLACED_READABLE, idle) == 1
    assert await store.list_for_account([b"alice"]) == (a_session("new"),)


async def test_a_switch_leaves_one_session_for_another(database: Database, second: Database) -> None:
    store, one, other = SessionStore(database), a_session("one"), a_session("other", account=b"bob")
    await store.insert(one)
    await store.insert(other)
    later = NOW + 5 * SECOND

    assert await store.switch(one.id_hash, other.id_hash, later)
    assert await SessionStore(second).get_several([one.id_hash, other.id_hash, b"unknown"]) == {
        one.id_hash: replace(one, left_at=later),
        other.id_hash: replace(other, last_used_at=later),
    }
    assert await store.switch(other.id_hash, one.id_hash, later)
    assert await store.get(one.id_hash) == replace(one, last_used_at=later)


async def test_a_switch_from_or_to_an_id_that_was_replaced_changes_neither(database: Database) -> None:
    store, one, other = SessionStore(database), a_session("one"), a_session("other", account=b"bob")
    await store.insert(one)
    await store.insert(other)
    await store.rotate(one.id_hash, a_session("new"), NOW, expected_version=1)
    before = await store.get_several([one.id_hash, other.id_hash])

    assert not await store.switch(one.id_hash, other.id_hash, NOW + SECOND)
    assert not await store.switch(other.id_hash, one.id_hash, NOW + SECOND)
    assert not await store.switch(other.id_hash, b"gone", NOW + SECOND)
    assert await store.get_several([one.id_hash, other.id_hash]) == before


async def test_a_session_that_was_left_gets_no_new_id(database: Database, second: Database) -> None:
    row = a_session()
    await SessionStore(database).insert(row)
    await SessionStore(second).switch(row.id_hash, None, NOW)

    assert not await SessionStore(database).rotate(row.id_hash, a_session("new"), NOW, expected_version=1)
    await SessionStore(second).switch(None, row.id_hash, NOW)
    assert await SessionStore(database).rotate(row.id_hash, a_session("new"), NOW, expected_version=1)


async def test_a_session_that_was_left_is_kept_until_its_end_to_tell_that_it_idled_out(database: Database) -> None:
    store, left, idle = SessionStore(database), a_session("left"), a_session("idle")
    await store.insert(left)
    await store.insert(idle)
    await store.switch(left.id_hash, None, NOW)
    half_an_hour = timedelta(minutes=30)

    assert await store.purge(NOW + 2 * half_an_hour, half_an_hour) == 1
    assert await store.get(left.id_hash) is not None
    assert await store.purge(left.ends_at, half_an_hour) == 1
