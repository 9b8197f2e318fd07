"""Recovery sets, and codes that are used once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.store.recovery import CODE_LEASE, RecoveryCode, RecoverySet, RecoveryStore, SetKind

if TYPE_CHECKING:
    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
FIRST = RecoverySet(id=b"1" * 16, account_key=b"alice", created_at=NOW, salt=b"salt", sealed_secret=b"sealed")
SECOND = replace(FIRST, id=b"2" * 16, created_at=NOW + timedelta(minutes=1))


def codes_of(one: RecoverySet) -> list[RecoveryCode]:
    return [
        RecoveryCode(set_id=one.id, lookup_id=f"lookup {n}".encode(), number=n, wrapped_key=f"wrap {n}".encode())
        for n in range(1, 11)
    ]


async def test_a_pending_set_becomes_the_only_one(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.promote(FIRST.id, [b"alice"], NOW)
    await store.put_set(SECOND, codes_of(SECOND))
    before = await store.sets_for([b"alice"])
    promoted = await store.promote(SECOND.id, [b"alice"], NOW + timedelta(minutes=2))

    assert before == (replace(FIRST, kind=SetKind.CURRENT, enrolled_at=NOW), SECOND)
    assert promoted
    assert await store.sets_for([b"alice"]) == (
        replace(SECOND, kind=SetKind.CURRENT, enrolled_at=NOW + timedelta(minutes=2)),
    )
    assert (await store.left(FIRST.id), await store.left(SECOND.id)) == (0, 10)


async def test_new_codes_for_the_same_authenticator_keep_the_day_it_was_set_up(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(replace(SECOND, enrolled_at=NOW), codes_of(SECOND))
    await store.promote(SECOND.id, [b"alice"], NOW + timedelta(days=9))

    assert [found.enrolled_at for found in await store.sets_for([b"alice"])] == [NOW]


async def test_a_set_of_another_account_is_not_promoted_and_drops_nothing(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.put_set(replace(SECOND, account_key=b"bob"), codes_of(SECOND))

    assert not await store.promote(SECOND.id, [b"alice"], NOW)
    assert await store.sets_for([b"alice"]) == (FIRST,)


async def test_a_new_set_takes_the_place_of_named_ones_only(database: Database) -> None:
    store, third = RecoveryStore(database), replace(FIRST, id=b"3" * 16)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.put_set(SECOND, codes_of(SECOND))
    await store.put_set(third, codes_of(third), dropping=[SECOND.id])

    assert {found.id for found in await store.sets_for([b"alice"])} == {FIRST.id, third.id}


async def test_saving_and_sending_are_noted(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST))

    assert await store.mark_saved(FIRST.id, NOW)
    assert await store.mark_sent(FIRST.id, NOW)
    assert await store.sets_for([b"alice"]) == (replace(FIRST, saved_confirmed_at=NOW, sent_at=NOW),)


async def test_a_code_is_looked_at_without_being_taken(database: Database) -> None:
    store, code = RecoveryStore(database), codes_of(FIRST)[3]
    await store.put_set(FIRST, codes_of(FIRST))

    assert await store.find(FIRST.id, code.lookup_id) == code
    assert await store.find(FIRST.id, b"unknown") is None
    assert await store.find(SECOND.id, code.lookup_id) is None


async def test_a_taken_code_is_nobody_elses_until_it_is_given_back(database: Database) -> None:
    store, lookup = RecoveryStore(database), codes_of(FIRST)[0].lookup_id
    await store.put_set(FIRST, codes_of(FIRST))
    taken = await store.claim(FIRST.id, lookup, NOW)

    assert taken == replace(codes_of(FIRST)[0], lease_until=NOW + CODE_LEASE)
    assert await store.claim(FIRST.id, lookup, NOW) is None
    assert await store.release(taken)
    assert await store.claim(FIRST.id, lookup, NOW) is not None


async def test_a_used_code_is_gone(database: Database) -> None:
    store, lookup = RecoveryStore(database), codes_of(FIRST)[0].lookup_id
    await store.put_set(FIRST, codes_of(FIRST))
    taken = await store.claim(FIRST.id, lookup, NOW)
    assert taken is not None

    assert await store.spend(taken)
    assert await store.claim(FIRST.id, lookup, NOW + CODE_LEASE) is None
    assert await store.left(FIRST.id) == 9


async def test_a_lease_lapses_and_then_only_one_of_two_holders_uses_the_code(database: Database) -> None:
    store, lookup = RecoveryStore(database), codes_of(FIRST)[0].lookup_id
    await store.put_set(FIRST, codes_of(FIRST))
    slow = await store.claim(FIRST.id, lookup, NOW)
    quick = await store.claim(FIRST.id, lookup, NOW + CODE_LEASE)
    assert slow is not None
    assert quick is not None

    assert not await store.release(slow)
    assert await store.spend(slow)
    assert not await store.spend(quick)


async def test_many_at_once_take_each_code_once(database: Database, second: Database) -> None:
    taken: list[int] = []
    await RecoveryStore(database).put_set(FIRST, codes_of(FIRST))

    async def take(store: RecoveryStore, code: RecoveryCode) -> None:
        if await store.claim(FIRST.id, code.lookup_id, NOW) is not None:
            taken.append(code.number)

    async with anyio.create_task_group() as group:
        for code in codes_of(FIRST):
            for opened in (database, second, database, second):
                group.start_soon(take, RecoveryStore(opened), code)

    assert sorted(taken) == list(range(1, 11))


RACER = """
import sys
from datetime import datetime
import anyio
from bulwark.store.engine import Database
from bulwark.store.recovery import RecoveryStore

async def race(url, set_id, now):
    database = Database.open(url)
    store = RecoveryStore(database)
    await database.ping()
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(1, 11):
        code = await store.claim(set_id, f"lookup {number}".encode(), now)
        if code is not None and await store.spend(code):
            print(number)
    await database.dispose()

anyio.run(race, sys.argv[1], bytes.fromhex(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
"""


async def test_of_two_processes_exactly_one_uses_each_code(database: Database, database_url: str) -> None:
    await RecoveryStore(database).put_set(FIRST, codes_of(FIRST))

    def race() -> list[int]:
        command = [sys.executable, "-c", RACER, database_url, FIRST.id.hex(), NOW.isoformat()]
        racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        outputs = [racer.communicate(timeout=60)[0] for racer in racers]
        assert [racer.returncode for racer in racers] == [0, 0]
        return [int(line) for output in outputs for line in output.split()]

    used = await anyio.to_thread.run_sync(race)

    assert sorted(used) == list(range(1, 11))
    assert await RecoveryStore(database).left(FIRST.id) == 0


async def test_sets_are_dropped_singly_and_for_an_account_with_their_codes(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.put_set(SECOND, codes_of(SECOND))

    assert await store.drop(FIRST.id)
    assert not await store.drop(FIRST.id)
    assert await store.drop_for_account([b"alice"]) == 1
    assert await store.left(SECOND.id) == 0


async def test_only_abandoned_sets_that_were_never_sent_are_removed_in_time(database: Database) -> None:
    store = RecoveryStore(database)
    kept = replace(SECOND, id=b"3" * 16)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.put_set(SECOND, codes_of(SECOND))
    await store.put_set(kept, codes_of(kept))
    await store.mark_sent(SECOND.id, NOW)
    await store.promote(kept.id, [b"nobody"], NOW)

    assert await store.purge(NOW + timedelta(seconds=1)) == 1
    assert {found.id for found in await store.sets_for([b"alice"])} == {SECOND.id, kept.id}


async def test_a_login_leads_to_every_set_of_its_account(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST), logins=[b"alice@example.org"])
    await store.put_set(SECOND, codes_of(SECOND))
    await store.add_login([b"alice"], b"al@example.org")
    await store.add_login([b"alice"], b"al@example.org")

    assert {found.id for found in await store.sets_of_login([b"al@example.org"])} == {FIRST.id, SECOND.id}
    assert [found.id for found in await store.sets_of_login([b"old name", b"alice@example.org"])] == [FIRST.id]
    assert await store.sets_of_login([b"bob@example.org"]) == ()
    assert await store.logins_of([b"alice"]) == {b"alice@example.org", b"al@example.org"}
    await store.drop_for_account([b"alice"])
    assert await store.sets_of_login([b"alice@example.org"]) == ()


async def test_a_login_of_an_account_without_sets_is_not_kept(database: Database) -> None:
    store = RecoveryStore(database)
    await store.add_login([b"alice"], b"alice@example.org")

    assert await store.logins_of([b"alice"]) == frozenset()


async def test_sets_the_server_may_just_have_got_and_those_it_never_got_outlive_a_reading_of_off(
    database: Database,
) -> None:
    store, third = RecoveryStore(database), replace(FIRST, id=b"3" * 16)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.promote(FIRST.id, [b"alice"], NOW)
    await store.put_set(SECOND, codes_of(SECOND))
    await store.mark_sent(SECOND.id, NOW + timedelta(minutes=9), b"phone")
    await store.put_set(third, codes_of(third))

    assert await store.void([b"alice"], NOW + timedelta(minutes=5)) == 1
    left = await store.sets_for([b"alice"])
    assert {found.id: found.device_name_sealed for found in left} == {SECOND.id: b"phone", third.id: None}
    assert await store.mark_not_sent(SECOND.id)
    assert await store.void([b"alice"], NOW + timedelta(days=5)) == 0


async def test_only_what_was_never_sent_is_abandoned(database: Database) -> None:
    store = RecoveryStore(database)
    await store.put_set(FIRST, codes_of(FIRST))
    await store.put_set(SECOND, codes_of(SECOND))
    await store.mark_sent(SECOND.id, NOW)

    assert await store.drop_unsent(FIRST.id)
    assert not await store.drop_unsent(SECOND.id)
    await store.promote(SECOND.id, [b"alice"], NOW)
    assert not await store.drop_unsent(SECOND.id)
    assert [found.id for found in await store.sets_for([b"alice"])] == [SECOND.id]
