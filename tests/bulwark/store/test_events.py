"""The list of what happened."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bulwark.master_keys import new_master_key
from bulwark.store.events import Event, EventKind, EventStore, events, shortened
from bulwark.store.sealed import Sealer

if TYPE_CHECKING:
    from bulwark.store.engine import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
CHANGED = Event(
    kind=EventKind.PASSWORD_CHANGED,
    at=NOW,
    address="203.0.113.7",
    device="Firefox on Linux",
    params={"app_passwords": "3"},
)


async def test_events_come_back_newest_first_page_by_page(database: Database, sealer: Sealer) -> None:
    store = EventStore(database, sealer)
    for number in range(5):
        await store.add(b"alice", Event(kind=EventKind.SIGNED_IN, at=NOW, params={"number": str(number)}))
    await store.add(b"bob", CHANGED)

    first = await store.list([b"alice"], limit=3)
    rest = await store.list([b"alice"], limit=3, before=first[-1].id)
    assert [event.params["number"] for event in first + rest] == ["4", "3", "2", "1", "0"]


async def test_an_event_keeps_everything_it_was_given(database: Database, sealer: Sealer) -> None:
    store = EventStore(database, sealer)
    number = await store.add(b"alice", CHANGED)
    (found,) = await store.list([b"alice"], limit=10)

    assert found.id == number
    assert (found.kind, found.at, found.address, found.device, found.params) == (
        CHANGED.kind,
        CHANGED.at,
        CHANGED.address,
        CHANGED.device,
        CHANGED.params,
    )


async def test_kinds_can_be_chosen_and_unknown_ones_are_passed_over(database: Database, sealer: Sealer) -> None:
    store = EventStore(database, sealer)
    await store.add(b"alice", CHANGED)
    await store.add(b"alice", Event(kind=EventKind.SIGNED_IN, at=NOW))
    odd = await store.add(b"alice", Event(kind=EventKind.SIGNED_OUT, at=NOW))
    async with database.write() as connection:
        await connection.execute(update(events).where(events.c.id == odd).values(kind="account:moon:landing"))

    assert [event.kind for event in await store.list([b"alice"], limit=9)] == [EventKind.SIGNED_IN, CHANGED.kind]
    assert [event.kind for event in await store.list([b"alice"], limit=9, kinds=[CHANGED.kind])] == [CHANGED.kind]


async def test_addresses_are_shortened_where_the_operator_wants_it(database: Database, sealer: Sealer) -> None:
    store = EventStore(database, sealer, addresses="shortened")
    await store.add(b"alice", CHANGED)

    assert [event.address for event in await store.list([b"alice"], limit=1)] == ["203.0.113.0/24"]
    assert shortened("2001:db8:1:2::1") == "2001:db8:1::/48"
    assert shortened("::ffff:203.0.113.7") == "203.0.113.0/24"
    assert not shortened("nonsense")


async def test_an_entry_moved_to_another_person_is_unreadable_and_the_list_goes_on(
    database: Database, sealer: Sealer
) -> None:
    store = EventStore(database, sealer)
    moved = await store.add(b"alice", CHANGED)
    await store.add(b"bob", CHANGED)
    async with database.write() as connection:
        await connection.execute(update(events).where(events.c.id == moved).values(account_key=b"bob"))

    found = await store.list([b"bob"], limit=9)
    assert [(event.is_readable, event.address) for event in found] == [(True, "203.0.113.7"), (False, None)]


async def test_events_are_readable_after_a_rotation(database: Database) -> None:
    old, new = new_master_key(), new_master_key()
    before, after = Sealer([old]), Sealer([new, old])
    await EventStore(database, before).add(before.account_keys("https://mail.test", "b")[0], CHANGED)
    store, keys = EventStore(database, after), after.account_keys("https://mail.test", "b")
    await store.add(keys[0], CHANGED)

    assert [event.device for event in await store.list(keys, limit=9)] == ["Firefox on Linux"] * 2


async def test_old_events_are_removed(database: Database, sealer: Sealer) -> None:
    store = EventStore(database, sealer)
    await store.add(b"alice", CHANGED)

    assert await store.purge(NOW) == 0
    assert await store.purge(NOW + timedelta(microseconds=1)) == 1


@pytest.mark.parametrize("kind", EventKind)
async def test_every_kind_is_account_subject_action(kind: EventKind) -> None:
    assert re.fullmatch(r"account:[a-z-]+:[a-z-]+", kind.value)
