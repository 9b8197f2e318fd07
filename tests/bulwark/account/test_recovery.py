"""Recovery sets on a real database: what opens them, what does not, and what becomes of them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import pytest
from sqlalchemy import select

from bulwark import errors
from bulwark.account import recovery_codes, recovery_crypto
from bulwark.account.recovery import IN_FLIGHT, Label, Recovery
from bulwark.master_keys import new_master_key
from bulwark.store.engine import Database
from bulwark.store.recovery import CODE_LEASE
from bulwark.store.recovery import recovery_codes as table
from bulwark.store.sealed import Sealer
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bulwark.account.recovery import NewSet
    from canaries import Watch
    from hand_clock import HandClock

pytestmark = pytest.mark.anyio
ALICE = "c"
LOGIN = "alice@example.org"
URL = Secret("otpauth://totp/Mail:alice%40example.org?secret=CANARYCANARYCANARYCANARYCANARY24&issuer=Mail")
OTHER = Secret("otpauth://totp/Mail:alice%40example.org?secret=CANARYCANARYCANARYCANARYCANARY35&issuer=Mail")
PHONE = Label(device="Pixel 8")
REPLACES = Label(device="Pixel 10", replaces=True)


@pytest.fixture
async def database(data_dir: Path) -> AsyncIterator[Database]:
    opened = Database.open(f"sqlite+aiosqlite:///{data_dir / 'bulwark.sqlite3'}")
    yield opened
    await opened.dispose()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_master_key()])


@pytest.fixture
def recovery(database: Database, sealer: Sealer, clock: HandClock) -> Recovery:
    return Recovery(database=database, sealer=sealer, server_url="https://mail.test", clock=clock)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def current(recovery: Recovery, url: Secret = URL, label: Label = PHONE) -> NewSet:
    """A set whose authenticator the server has."""
    new = await recovery.make(ALICE, (LOGIN,), url)
    await recovery.sending(new.set_id, label)
    await recovery.took(ALICE, new.set_id)
    return new


async def test_each_code_opens_the_authenticator(recovery: Recovery) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of_login(LOGIN.upper() + " ")

    for number, code in enumerate(new.codes, start=1):
        opened = await recovery.open(sets, code)
        assert opened is not None
        assert (opened.url, opened.number) == (URL, number)
    assert await recovery.open(sets, recovery_codes.new_code()) is None
    state = await recovery.state(ALICE)
    assert state.current is not None
    assert (state.current.left, state.current.label, state.current.saved) == (10, PHONE, False)


async def test_a_code_is_used_only_when_it_is_spent(recovery: Recovery, clock: HandClock) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of(ALICE)
    with pytest.raises(errors.WrongPassword):
        async with recovery.use(sets, new.codes[0]):
            raise errors.WrongPassword
    async with recovery.use(sets, new.codes[0]) as use:
        with pytest.raises(errors.RecoveryCodeBusy):
            async with recovery.use(sets, new.codes[0]):
                pass
        await use.spend()

    with pytest.raises(errors.WrongRecoveryCode):
        async with recovery.use(sets, new.codes[0]):
            pass
    clock.advance(seconds=CODE_LEASE.total_seconds())
    state = await recovery.state(ALICE)
    assert state.current is not None
    assert state.current.left == 9


async def test_whoever_spends_second_must_not_go_on(recovery: Recovery, clock: HandClock) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of(ALICE)
    async with recovery.use(sets, new.codes[0]) as slow:
        clock.advance(seconds=CODE_LEASE.total_seconds())
        async with recovery.use(sets, new.codes[0]) as quick:
            await quick.spend()
        with pytest.raises(errors.WrongRecoveryCode):
            await slow.spend()


async def test_many_at_once_and_one_wins(recovery: Recovery) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of(ALICE)
    outcomes: list[str] = []

    async def attempt() -> None:
        try:
            async with recovery.use(sets, new.codes[0]) as use:
                await anyio.sleep(0.01)
                await use.spend()
            outcomes.append("in")
        except errors.SignInProblem as error:
            outcomes.append(type(error).__name__)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(attempt)

    assert outcomes.count("in") == 1


async def test_a_code_that_a_cancelled_request_had_claimed_is_good_at_once(recovery: Recovery) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of(ALICE)
    with anyio.move_on_after(0.5) as scope:
        async with recovery.use(sets, new.codes[0]):
            scope.cancel()
            await anyio.sleep(10)

    async with recovery.use(sets, new.codes[0]) as use:
        await use.spend()


async def test_shown_but_never_sent_codes_open_nothing_for_anybody(recovery: Recovery, clock: HandClock) -> None:
    await recovery.make(ALICE, (LOGIN,), URL)
    assert await recovery.sets_of(ALICE) == ()
    assert await recovery.sets_of_login(LOGIN) == ()
    clock.advance(hours=2)

    assert await recovery.purge() == 1


async def test_a_first_set_up_whose_answer_is_late_is_the_one_to_show(recovery: Recovery, clock: HandClock) -> None:
    new = await recovery.make(ALICE, (LOGIN,), URL)
    await recovery.sending(new.set_id, PHONE)
    state, _ = await recovery.after_reading(ALICE, is_on=True, read_at=clock.now())
    assert state.current is None
    assert state.shown is not None
    clock.advance(minutes=1)
    state, _ = await recovery.after_reading(ALICE, is_on=True, read_at=clock.now())

    assert state.current is not None
    assert state.current.set_id == new.set_id


async def test_a_replacement_whose_answer_is_late_stays_open_whatever_is_read(
    recovery: Recovery, clock: HandClock
) -> None:
    await current(recovery)
    new = await recovery.make(ALICE, (LOGIN,), OTHER)
    await recovery.sending(new.set_id, REPLACES)
    clock.advance(hours=1)
    state, voided = await recovery.after_reading(ALICE, is_on=True, read_at=clock.now())

    assert voided == 0
    assert state.replacement is not None
    assert state.shown is not None
    assert state.shown.label == PHONE
    assert len(await recovery.sets_of(ALICE)) == 2


async def test_off_voids_what_is_old_and_spares_what_is_on_its_way(recovery: Recovery, clock: HandClock) -> None:
    await current(recovery)
    clock.advance(minutes=10)
    new = await recovery.make(ALICE, (LOGIN,), OTHER)
    await recovery.sending(new.set_id, PHONE)
    state, voided = await recovery.after_reading(ALICE, is_on=False, read_at=clock.now())
    assert (state.shown, voided) == (None, 1)
    assert [one.id for one in await recovery.sets_of(ALICE)] == [new.set_id]
    clock.advance(seconds=IN_FLIGHT.total_seconds() + 1)
    _, voided = await recovery.after_reading(ALICE, is_on=False, read_at=clock.now())

    assert voided == 1


async def test_a_refuted_replacement_is_told_to_nobody_and_ends_later(recovery: Recovery, clock: HandClock) -> None:
    await current(recovery)
    new = await recovery.make(ALICE, (LOGIN,), OTHER)
    await recovery.sending(new.set_id, REPLACES)
    await recovery.refuted(ALICE)
    assert (await recovery.state(ALICE)).replacement is None
    assert len(await recovery.sets_of(ALICE)) == 2  # a slow server might still carry it out
    clock.advance(seconds=IN_FLIGHT.total_seconds() + 1)
    await recovery.refuted(ALICE)

    assert len(await recovery.sets_of(ALICE)) == 1


async def test_new_codes_for_the_same_authenticator_keep_its_name_and_day(recovery: Recovery, clock: HandClock) -> None:
    old = await current(recovery)
    before = (await recovery.state(ALICE)).current
    assert before is not None
    clock.advance(days=9)
    opened = await recovery.open(await recovery.sets_of(ALICE), old.codes[0])
    assert opened is not None
    new = await recovery.make(ALICE, (), opened.url, like=opened.facts)
    await recovery.took(ALICE, new.set_id)
    after = (await recovery.state(ALICE)).current

    assert after is not None
    assert (after.label, after.enrolled_at) == (before.label, before.enrolled_at)
    assert after.made_at == clock.now()
    assert await recovery.open(await recovery.sets_of_login(LOGIN), old.codes[0]) is None
    assert await recovery.open(await recovery.sets_of_login(LOGIN), new.codes[0]) is not None


async def test_codes_outlive_a_rotation_of_the_master_key(
    database: Database, recovery: Recovery, clock: HandClock
) -> None:
    first = new_master_key()
    before = Recovery(database=database, sealer=Sealer([first]), server_url="https://mail.test", clock=clock)
    new = await current(before)
    rotated = Sealer([new_master_key(), first])
    after = Recovery(database=database, sealer=rotated, server_url="https://mail.test", clock=clock)

    assert await after.open(await after.sets_of_login(LOGIN), new.codes[0]) is not None
    assert await recovery.sets_of_login(LOGIN) == ()  # another master key: nobody known, nothing opened


async def test_a_stolen_database_with_the_master_key_opens_nothing_without_a_code(
    database: Database, sealer: Sealer, recovery: Recovery, watch: Watch, data_dir: Path
) -> None:
    new = await current(recovery)
    sets = await recovery.sets_of(ALICE)
    opened_with_master_key = [
        sealer.open(sets[0].sealed_secret, purpose="recovery-url", binding=sets[0].id),
        sealer.open(sets[0].device_name_sealed or b"", purpose="recovery-label", binding=sets[0].id),
    ]
    async with database.read() as connection:
        rows = (await connection.execute(select(table.c.lookup_id, table.c.wrapped_key))).all()
    opened_with_master_key += [
        sealer.open(row.wrapped_key, purpose="recovery-wrap", binding=sets[0].id + row.lookup_id) for row in rows
    ]

    known = b"".join(opened_with_master_key) + everything_in(data_dir)
    assert len(rows) == 10
    assert b"Pixel 8" in known  # the name of the device is what the master key opens
    assert b"otpauth" not in known
    assert b"CANARYCANARY" not in known
    assert not any(code.reveal().encode() in known for code in new.codes)
    watch.add(new.codes[0].reveal())
    for guess in (os.urandom(32), b"\0" * 32, sets[0].salt.ljust(32, b"\0"), rows[0].lookup_id):
        for wrap in opened_with_master_key[2:4]:
            with pytest.raises(errors.SealBroken):
                recovery_crypto.unlock(
                    recovery_crypto.CodeKeys(lookup_id=b"", wrapping_key=guess),
                    wrap,
                    opened_with_master_key[0],
                    sets[0].id,
                )


async def test_what_belongs_to_one_set_opens_nothing_of_another(recovery: Recovery) -> None:
    stretcher = recovery_crypto.Stretcher()
    code = recovery_codes.new_code()
    one = await stretcher.lock(URL, [code], b"1" * 16)
    other = await stretcher.lock(OTHER, [code], b"2" * 16)
    keys = await stretcher.keys(code, one.salt)
    assert recovery_crypto.unlock(keys, one.wraps[0][1], one.encrypted, b"1" * 16) == URL

    with pytest.raises(errors.SealBroken):
        recovery_crypto.unlock(keys, one.wraps[0][1], one.encrypted, b"2" * 16)
    with pytest.raises(errors.SealBroken):
        recovery_crypto.unlock(keys, other.wraps[0][1], one.encrypted, b"1" * 16)
    assert one.wraps[0][0] != other.wraps[0][0]
    assert await recovery.sets_of(ALICE) == ()


async def test_a_salt_of_a_later_release_is_refused(recovery: Recovery) -> None:
    stretcher = recovery_crypto.Stretcher()
    for salt in (b"", b"\xff" + b"s" * 16):
        with pytest.raises(errors.SealBroken):
            await stretcher.keys(recovery_codes.new_code(), salt)
    assert await recovery.state(ALICE) is not None


async def test_the_authenticator_may_not_be_sent_for_a_set_that_is_gone(recovery: Recovery, clock: HandClock) -> None:
    new = await recovery.make(ALICE, (LOGIN,), URL)
    clock.advance(hours=2)
    await recovery.purge()

    with pytest.raises(errors.Gone):
        await recovery.sending(new.set_id, PHONE)


def test_the_cost_is_what_was_measured_and_above_the_least_advised(
    shipped_costs: dict[int, recovery_crypto.Cost],
) -> None:
    cost = shipped_costs[recovery_crypto.NEWEST]

    assert cost == recovery_crypto.Cost(passes=2, memory=32 * 1024, lanes=1)
    assert cost.memory * cost.passes >= 19 * 1024 * 2  # OWASP's least: 19 MiB, two passes


async def test_time_and_label_survive(recovery: Recovery, clock: HandClock) -> None:
    await current(recovery, label=Label(device="שלום 📱", replaces=True))
    clock.advance(days=1)
    state = await recovery.state(ALICE)

    assert state.current is not None
    assert state.current.label.device == "שלום 📱"
    assert state.current.enrolled_at == clock.now() - timedelta(days=1)
