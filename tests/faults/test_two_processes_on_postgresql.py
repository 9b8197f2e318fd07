"""Two processes of the panel on one PostgreSQL, as several machines run them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from bulwark.master_keys import new_master_key
from canaries import NEW_PASSWORD, WRONG_PASSWORD
from password_steps import change
from process_stage import process_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from canaries import Watch
    from panel_browser import Browser
    from postgresql_cluster import Cluster
    from process_stage import ProcessStage

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.postgresql, pytest.mark.timeout(300)]

TAKE_TURN = """
import sys
from datetime import UTC, datetime
import anyio
from bulwark import housekeeping
from bulwark.store.engine import Database
from bulwark.store.turns import take_turn

async def main():
    database = Database.open(sys.argv[1])
    await database.prepare()
    print(await take_turn(database, "housekeeping", datetime.now(UTC), housekeeping.TURN))
    await database.dispose()

anyio.run(main)
"""


@pytest.fixture
def database_url(cluster: Cluster, tmp_path: Path) -> str:
    return cluster.new_database(f"p{abs(hash(tmp_path))}")


@pytest.fixture
async def stage(tmp_path: Path, watch: Watch, database_url: str) -> AsyncIterator[ProcessStage]:
    async with process_stage(tmp_path / "data", watch, {"DATABASE_URL": database_url}) as running:
        yield running


async def test_signed_in_on_one_acting_on_the_other_signed_out_on_both(stage: ProcessStage) -> None:
    alice = await stage.mail_server.new_account("alice")
    phone = await stage.sign_in(alice, 0)
    browser = stage.moved(await stage.sign_in(alice, 0), 1)
    await change(browser, alice)
    alice.password = NEW_PASSWORD
    assert browser.page.path == "/password/changed"
    assert (await phone.open("/")).path.startswith("/sign-in")
    assert "Password changed" in (await stage.moved(browser, 0).open("/activity")).text

    phone = await stage.sign_in(alice, 0)
    await browser.open("/activity/sign-out-everywhere")
    await browser.fill_in({"current-password": alice.password})
    assert browser.page.path == "/activity/signed-out"
    assert (await phone.open("/")).path.startswith("/sign-in")
    assert (await stage.moved(browser, 0).open("/password")).path == "/password"


async def test_tries_at_both_are_counted_together(stage: ProcessStage) -> None:
    alice = await stage.mail_server.new_account("alice")
    statuses: list[int] = []

    async def wrong(at: int) -> None:
        pairs = [("login", alice.login), ("password", WRONG_PASSWORD)]
        statuses.append((await stage.browser(at).post("/sign-in", pairs)).status_code)

    async with anyio.create_task_group() as group:
        for number in range(16):
            group.start_soon(wrong, number % 2)

    assert (statuses.count(422), statuses.count(429)) == (10, 6)


async def test_the_master_key_is_rotated_while_people_are_signed_in(stage: ProcessStage) -> None:
    alice = await stage.mail_server.new_account("alice")
    browser = await stage.sign_in(alice, 0)
    file = stage.panels[0].data_dir / "master.key"
    old, new = file.read_text(encoding="ascii").strip(), new_master_key().reveal()
    for lines in ((old, new), (new, old)):
        file.write_text("\n".join(lines) + "\n", encoding="ascii")
        for at, panel in enumerate(stage.panels):
            await anyio.to_thread.run_sync(panel.stop)
            assert (await stage.moved(browser, 1 - at).open("/activity")).path == "/activity"
            await anyio.to_thread.run_sync(panel.start)
            page = await stage.moved(browser, at).open("/activity")
            assert (page.path, page.status) == ("/activity", 200)
            assert "Signed in to this panel" in page.text
    late = await stage.sign_in(alice, 0)
    assert (await stage.moved(late, 1).open("/password")).path == "/password"


async def test_a_rolling_restart_loses_no_session_and_no_request_of_the_other_process(stage: ProcessStage) -> None:
    alice = await stage.mail_server.new_account("alice")
    browser = await stage.sign_in(alice, 0)
    for stopped, panel in enumerate(stage.panels):
        answers: list[tuple[int, str]] = []
        over = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(_keep_asking, stage.moved(browser, 1 - stopped), answers, over)
            await anyio.to_thread.run_sync(panel.stop)
            await anyio.to_thread.run_sync(panel.start)
            over.set()
        assert len(answers) > 3
        assert set(answers) == {(200, "/activity")}
        assert (await stage.moved(browser, stopped).open("/password")).path == "/password"


async def _keep_asking(browser: Browser, answers: list[tuple[int, str]], over: anyio.Event) -> None:
    while not over.is_set():
        page = await browser.open("/activity")
        answers.append((page.status, page.path))


async def test_a_database_that_became_read_only_is_told_and_over_when_it_is_writable(
    stage: ProcessStage, cluster: Cluster, database_url: str
) -> None:
    name = database_url.partition("@/")[2].partition("?")[0]
    alice = await stage.mail_server.new_account("alice")
    browser = await stage.sign_in(alice, 0)
    stranger = stage.browser(1)
    await stranger.open("/sign-in")
    become(cluster, name, read_only=True)
    page = await stranger.fill_in({"username": alice.login, "current-password": alice.password})
    assert (page.status, page.h1) == (503, "This panel cannot reach its own records")
    assert (await browser.open("/activity")).status == 200  # looking writes nothing

    become(cluster, name, read_only=False)
    await stage.sign_in(alice, 1)


def become(cluster: Cluster, name: str, *, read_only: bool) -> None:
    """As after a failover to a replica and back."""
    cluster.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if read_only else 'off'}")
    cluster.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - a name of our own


def test_of_four_processes_one_keeps_house(database_url: str) -> None:
    command = [sys.executable, "-c", TAKE_TURN, database_url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    said = sorted(process.communicate(timeout=60)[0].split()[-1] for process in processes)

    assert said == [b"False", b"False", b"False", b"True"]
