"""Two processes of the panel on one database: any of them serves any request, and they agree at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from canaries import TOTP_SECRET, WRONG_PASSWORD
from panel_kit import RunningPanel
from password_steps import change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mail_server import MailServer
    from panel_browser import Browser

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other(panel: RunningPanel) -> AsyncIterator[RunningPanel]:
    """The second process, as far as it can be one in here: nothing is shared but the data folder."""
    second = RunningPanel(mail_server=panel.mail_server, clock=panel.clock, watch=panel.watch, data_dir=panel.data_dir)
    async with second:
        yield second


def same_person(browser: Browser, other: RunningPanel) -> Browser:
    """The same browser, sent to the other process by the balancer."""
    moved = other.browser()
    moved.cookies.update(browser.cookies)
    return moved


async def test_a_session_of_one_is_a_session_of_the_other(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))

    assert (await same_person(browser, other).open("/password")).path == "/password"


async def test_a_sign_out_on_one_is_at_once_true_on_the_other(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    moved = same_person(browser, other)
    await moved.open("/")
    await browser.press("Sign out")

    assert (await moved.open("/")).path == "/sign-in"


async def test_password_on_one_and_code_on_the_other(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await browser.open("/sign-in")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    moved = same_person(browser, other)
    await moved.open("/sign-in/code")

    assert (await moved.fill_in({"one-time-code": bob.code()})).path == "/"


async def test_a_change_on_one_ends_sessions_of_the_other(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    elsewhere = await other.sign_in(alice)
    browser = await panel.sign_in(alice)
    page = await change(browser, alice)

    assert "1 other session in this panel was signed out." in page.text
    assert (await elsewhere.open("/")).path == "/sign-in"
    assert (await same_person(browser, other).open("/password/changed")).path == "/password/changed"


async def test_wrong_tries_are_counted_together(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    statuses = []
    for number in range(11):
        pairs = [("login", alice.login), ("password", WRONG_PASSWORD)]
        browser = (panel if number % 2 else other).browser()
        statuses.append((await browser.post("/sign-in", pairs)).status_code)

    assert statuses == [422] * 10 + [429]


async def test_a_token_is_renewed_once_for_both(
    panel: RunningPanel, other: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    panel.clock.advance(minutes=29.6)
    await browser.open("/password")
    panel.clock.advance(minutes=29.6)
    moved = same_person(browser, other)
    await panel.count_anew()
    mail_server.quirk("slow", path="/auth/token", seconds=0.05)
    statuses: list[int] = []

    async def look(one: Browser) -> None:
        statuses.append((await one.request("GET", "/password")).status_code)

    async with anyio.create_task_group() as group:
        for one in (browser, moved, browser, moved):
            group.start_soon(look, one)

    assert statuses == [200] * 4
    assert [one.path for one in panel.upstream()].count("/auth/token") == 1
