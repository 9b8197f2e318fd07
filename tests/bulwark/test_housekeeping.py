"""What has ended is removed, what has not stays, and a database in trouble is asked again later."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from bulwark import housekeeping
from canaries import TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

TABLES = ("sessions", "pending", "attempts", "events", "rates")


def rows(panel: RunningPanel) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3")) as database:
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}  # noqa: S608 - names of our own


def rename(panel: RunningPanel, old: str, new: str) -> None:
    """Take a table away, or give it back."""
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3")) as database:
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")


async def fill(panel: RunningPanel, mail_server: MailServer) -> None:
    """Somebody signed in, somebody half signed in, somebody with a wrong password, an estimate."""
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    mark = next(one.value for form in page.forms for one in form.fields if one.name == "account")
    await browser.post("/password/strength", [("account", mark), ("new_password", "password1")])
    for account, password in ((bob, bob.password), (bob, WRONG_PASSWORD)):
        stranger = panel.browser()
        await stranger.open("/sign-in")
        await stranger.fill_in({"username": account.login, "current-password": password})


async def test_what_is_good_stays(panel: RunningPanel, mail_server: MailServer) -> None:
    await fill(panel, mail_server)
    before = rows(panel)
    await housekeeping.once(panel.app.state.panel)

    assert rows(panel) == before
    assert all(before.values())


async def test_what_has_ended_goes_in_its_own_time(panel: RunningPanel, mail_server: MailServer) -> None:
    await fill(panel, mail_server)
    inside: Panel = panel.app.state.panel
    left = []
    for days in (0.01, 0.03, 2, 181):
        panel.clock.advance(days=days)
        await housekeeping.once(inside)
        left.append({name for name, number in rows(panel).items() if number})

    assert left == [{"sessions", "attempts", "events"}, {"attempts", "events"}, {"events"}, set()]


async def test_a_database_in_trouble_does_not_end_the_housekeeping(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(panel, mail_server)
    monkeypatch.setattr(housekeeping, "EVERY", 0.01)
    panel.clock.advance(days=400)
    rename(panel, "rates", "gone")
    async with housekeeping.running(panel.app.state.panel):
        await anyio.sleep(0.1)
        await anyio.to_thread.run_sync(rename, panel, "gone", "rates")
        with anyio.fail_after(5):
            while any((await anyio.to_thread.run_sync(rows, panel)).values()):
                panel.clock.advance(minutes=5)  # whoever failed had the turn
                await anyio.sleep(0.02)
