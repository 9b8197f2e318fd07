"""Two hundred people at once on the panel's own tables: tries, sessions, events. No lost update, no deadlock.

    python bench/concurrency.py [DATABASE_URL]

Without an address it takes a fresh SQLite file. Run it once for each database and quote the ratio.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

import anyio

from bulwark.clock import SystemClock
from bulwark.errors import TooManyAttempts
from bulwark.master_keys import new_master_key
from bulwark.store.attempts import Attempts
from bulwark.store.engine import Database
from bulwark.store.events import Event, EventKind, EventStore
from bulwark.store.sealed import Sealer
from bulwark.store.sessions import SessionRow, SessionStore

PEOPLE, ROUNDS, TRIES = 200, 5, 10


async def main(url: str) -> None:
    """Measure, check and print."""
    database, sealer = Database.open(url), Sealer([new_master_key()])
    await database.prepare()
    sessions, events = SessionStore(database), EventStore(database, sealer)
    attempts = Attempts(
        database,
        sealer,
        limit=TRIES,
        window=timedelta(minutes=15),
        longest_wait=timedelta(hours=1),
        clock=SystemClock(),
    )
    allowed: list[int] = []
    shared = secrets.token_hex(8)
    keys = [secrets.token_bytes(32) for _ in range(PEOPLE)]

    async def person(number: int) -> None:
        now = datetime.now(UTC)
        row = SessionRow(
            id_hash=secrets.token_bytes(32),
            account_key=keys[number],
            state_sealed=b"0",
            shown_sealed=b"0",
            created_at=now,
            last_used_at=now,
            ends_at=now + timedelta(hours=1),
        )
        await sessions.insert(row)
        for version in range(1, ROUNDS + 1):
            assert await sessions.save_state(row.id_hash, str(version).encode(), version)
            await events.add(keys[number], Event(kind=EventKind.SIGNED_IN, at=now))
            assert await sessions.get(row.id_hash) is not None
        try:
            await attempts.claim(shared, "198.51.100.7")
            allowed.append(number)
        except TooManyAttempts:
            return

    started = time.perf_counter()
    async with anyio.create_task_group() as group:
        for number in range(PEOPLE):
            group.start_soon(person, number)
    took = time.perf_counter() - started
    for key in keys:
        assert await events.count([key]) == ROUNDS, "an event was lost"
        (row,) = await sessions.list_for_account([key])
        assert (row.state_sealed, row.version) == (str(ROUNDS).encode(), ROUNDS + 1), "an update was lost"
    assert len(allowed) == TRIES, f"{len(allowed)} tries were allowed"
    await database.dispose()
    steps = PEOPLE * (2 + 3 * ROUNDS)
    print(f"{url.partition(':')[0]}: {steps} steps of {PEOPLE} people in {took:.2f} s, {steps / took:,.0f} a second")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(main, sys.argv[1] if len(sys.argv) > 1 else f"sqlite+aiosqlite:///{folder}/bench.sqlite3")
