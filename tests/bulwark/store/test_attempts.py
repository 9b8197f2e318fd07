"""The panel's own limit on wrong tries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.errors import TooManyAttempts
from bulwark.store.attempts import Attempts, Claim, network

if TYPE_CHECKING:
    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer
    from hand_clock import HandClock

pytestmark = pytest.mark.anyio
ALICE = "alice@example.org"
HOME = "203.0.113.7"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def attempts(database: Database, sealer: Sealer, clock: HandClock) -> Attempts:
    return limited(database, sealer, clock)


def limited(database: Database, sealer: Sealer, clock: HandClock) -> Attempts:
    return Attempts(database, sealer, limit=10, window=15 * MINUTE, longest_wait=timedelta(hours=1), clock=clock)


async def wrong(attempts: Attempts, times: int, address: str = HOME, browser: str | None = None) -> None:
    for _ in range(times):
        await attempts.claim(ALICE, address, browser)


async def refused_for(attempts: Attempts, clock: HandClock, address: str = HOME) -> timedelta:
    with pytest.raises(TooManyAttempts) as caught:
        await attempts.claim(ALICE, address)
    assert caught.value.until == await attempts.wait_until(ALICE, address)
    return caught.value.until - clock.now()


async def test_the_eleventh_wrong_try_waits_a_minute(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 9)
    assert await attempts.wait_until(ALICE, HOME) is None
    await wrong(attempts, 1)

    assert await refused_for(attempts, clock) == MINUTE


async def test_the_wait_doubles_up_to_an_hour(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 10)
    waits = []
    for _ in range(9):
        wait = await refused_for(attempts, clock)
        waits.append(wait // MINUTE)
        clock.advance(seconds=wait.total_seconds())
        await wrong(attempts, 1)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_wrong_tries_count_within_the_window_wherever_it_begins(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 1)
    clock.advance(minutes=14)
    await wrong(attempts, 8)
    clock.advance(minutes=2)
    await wrong(attempts, 1)
    assert await attempts.wait_until(ALICE, HOME) is None
    await wrong(attempts, 1)

    assert await refused_for(attempts, clock) == MINUTE


async def test_whoever_stays_below_the_limit_is_stopped_by_the_day(attempts: Attempts, clock: HandClock) -> None:
    made = 0
    for _ in range(24 * 60):
        try:
            await wrong(attempts, 1)
        except TooManyAttempts:
            continue
        else:
            made += 1
        finally:
            clock.advance(minutes=2)
        if made == 80:
            break

    assert made == 80
    assert await refused_for(attempts, clock) == 58 * MINUTE


async def test_a_day_of_peace_forgets_the_waits(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 10)
    clock.advance(minutes=1)
    await wrong(attempts, 1)
    clock.advance(days=1)
    await wrong(attempts, 9)

    assert await attempts.wait_until(ALICE, HOME) is None


async def test_fifty_at_once_get_exactly_the_limit(
    database: Database, second: Database, sealer: Sealer, clock: HandClock
) -> None:
    admitted: list[Claim] = []

    async def claim(number: int) -> None:
        try:
            admitted.append(await limited(second if number % 2 else database, sealer, clock).claim(ALICE, HOME))
        except TooManyAttempts:
            return

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(claim, number)

    assert len(admitted) == 10


async def test_many_networks_are_stopped_by_the_account(attempts: Attempts, clock: HandClock) -> None:
    for number in range(50):
        await attempts.claim(ALICE, f"198.51.100.{number}")

    assert await refused_for(attempts, clock, "192.0.2.1") == MINUTE
    assert await attempts.wait_until("bob@example.org", "192.0.2.1") is None


async def test_a_known_browser_is_not_locked_out_by_a_stranger(attempts: Attempts) -> None:
    for number in range(50):
        await attempts.claim(ALICE, f"198.51.100.{number}")

    assert await attempts.wait_until(ALICE, HOME) is not None
    assert await attempts.wait_until(ALICE, HOME, "the browser at home") is None
    await attempts.claim(ALICE, HOME, "the browser at home")


async def test_a_known_browser_has_the_limit_too(attempts: Attempts) -> None:
    await wrong(attempts, 10, browser="stolen")

    assert await attempts.wait_until(ALICE, "192.0.2.1", "stolen") is not None
    assert await attempts.wait_until(ALICE, HOME) is None


async def test_success_forgets_the_wrong_tries_made_from_here(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 9)
    await attempts.succeeded(await attempts.claim(ALICE, HOME))
    await wrong(attempts, 9)
    assert await attempts.wait_until(ALICE, HOME) is None
    await wrong(attempts, 1)

    assert await refused_for(attempts, clock) == MINUTE


async def test_success_does_not_forget_a_strangers_tries_at_the_account(attempts: Attempts) -> None:
    for number in range(49):
        await attempts.claim(ALICE, f"198.51.100.{number}")
    await attempts.succeeded(await attempts.claim(ALICE, HOME))
    assert await attempts.wait_until(ALICE, HOME) is None
    await attempts.claim(ALICE, "198.51.100.99")

    assert await attempts.wait_until(ALICE, "192.0.2.1") is not None


async def test_a_try_that_proved_nothing_is_given_back(attempts: Attempts) -> None:
    await wrong(attempts, 9)
    for _ in range(5):
        await attempts.give_back(await attempts.claim(ALICE, HOME))

    assert await attempts.wait_until(ALICE, HOME) is None


async def test_giving_back_the_try_after_a_wait_keeps_the_place_in_the_row(
    attempts: Attempts, clock: HandClock
) -> None:
    await wrong(attempts, 10)
    clock.advance(minutes=1)
    await attempts.give_back(await attempts.claim(ALICE, HOME))
    await wrong(attempts, 1)

    assert await refused_for(attempts, clock) == 2 * MINUTE


async def test_purposes_are_counted_apart(attempts: Attempts) -> None:
    await wrong(attempts, 10)

    assert await attempts.wait_until(ALICE, HOME, purpose="recovery") is None


async def test_spellings_of_one_login_are_one_account(attempts: Attempts) -> None:
    await wrong(attempts, 10)

    assert await attempts.wait_until(" Alice@Example.ORG", HOME) is not None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("not an address", "not an address", True),
    ],
)
async def test_a_network_is_an_ipv4_address_or_an_ipv6_64(one: str, other: str, *, same: bool) -> None:
    assert (network(one) == network(other)) is same


async def test_counters_are_removed_a_day_after_they_matter(attempts: Attempts, clock: HandClock) -> None:
    await wrong(attempts, 10)
    clock.advance(days=1)

    assert await attempts.purge(clock.now()) == 1
    clock.advance(minutes=1)
    assert await attempts.purge(clock.now()) == 1
