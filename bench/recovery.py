"""What recovery codes cost: one attempt, a set of ten, and the two requests of a person who waits for them.

Prints one table. `make bench` measures everything else; this runs by itself: python bench/recovery.py
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from bulwark.account import authenticator, recovery_codes, recovery_crypto
from bulwark.account.recovery import Label, Recovery
from bulwark.clock import SystemClock
from bulwark.master_keys import new_master_key
from bulwark.store.engine import Database
from bulwark.store.sealed import Sealer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PROMISED = (50.0, 150.0)  # milliseconds of processor time for one attempt
ACCOUNT, LOGIN = "c", "alice@example.org"


async def measured(act: Callable[[], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds each of several runs took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        await act()
        found.append((time.perf_counter() - began) * 1000)
    return found


def argon2_alone(times: int) -> list[float]:
    """Processor time of one Argon2 run, in milliseconds: what a busy machine does not change."""
    code, salt = recovery_codes.new_code(), recovery_crypto.new_salt()
    found = []
    for _ in range(times):
        began = time.thread_time()
        recovery_crypto._keys(code, salt)  # noqa: SLF001 - measured without the thread around it
        found.append((time.thread_time() - began) * 1000)
    return found


async def main(rounds: int) -> None:
    """Measure on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite+aiosqlite:///{Path(folder) / 'bulwark.sqlite3'}")
        await database.prepare()
        recovery = Recovery(
            database=database, sealer=Sealer([new_master_key()]), server_url="https://mail.test", clock=SystemClock()
        )
        url = authenticator.new_url("Example", LOGIN)
        new = await recovery.make(ACCOUNT, (LOGIN,), url)
        await recovery.sending(new.set_id, Label())
        await recovery.took(ACCOUNT, new.set_id)
        sets = await recovery.sets_of_login(LOGIN)

        async def use() -> None:
            async with recovery.use(sets, new.codes[0]):
                pass

        alone = argon2_alone(rounds)
        wrong = await measured(lambda: recovery.open(sets, recovery_codes.new_code()), rounds)
        right = await measured(use, rounds)
        ten = await measured(lambda: recovery.make(ACCOUNT, (LOGIN,), url), max(3, rounds // 4))
        await database.dispose()
    cost = recovery_crypto.COSTS[recovery_crypto.NEWEST]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Argon2id: {cost.passes} passes, {cost.memory // 1024} MiB, {cost.lanes} lane; {rounds} rounds\n")
    show("Argon2 alone, processor time", alone, f"{PROMISED[0]:.0f} to {PROMISED[1]:.0f} ms")
    show("an attempt with a wrong code", wrong)
    show("an attempt with a right one: claim, open, release", right)
    show("ten codes for a set-up", ten)
    print(f"{'peak memory of this process':52} {peak:8.0f} MiB")
    if not PROMISED[0] <= statistics.median(alone) <= PROMISED[1]:
        raise SystemExit("one attempt does not cost what is promised on this machine: see the decision record")


def show(what: str, found: list[float], promised: str = "") -> None:
    """One line of the table."""
    print(f"{what:52} {statistics.median(found):8.0f} ms  (from {min(found):.0f} to {max(found):.0f})  {promised}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    anyio.run(main, parser.parse_args().rounds)
