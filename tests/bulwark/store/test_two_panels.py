"""Two panels on one database: each has connections, a writer and a sealer of its own, as two processes have."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import anyio
import pytest

from bulwark.master_keys import new_master_key
from canaries import NEW_PASSWORD, WRONG_PASSWORD
from panel_kit import RunningPanel
from password_steps import change
from report_maker import SECRET, deliver, event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from canaries import Watch
    from hand_clock import HandClock
    from mail_server import MailServer
    from panel_browser import Browser

pytestmark = pytest.mark.anyio


class Panels:
    """Starts panels on one database; `keys` is the master key file they share."""

    def __init__(
        self, stack: AsyncExitStack, mail_server: MailServer, clock: HandClock, watch: Watch, url: str, folder: Path
    ) -> None:
        self._stack = stack
        self._parts = (mail_server, clock, watch)
        self._url = url
        self._folder = folder
        self.keys = folder / "master.key"

    def write_keys(self, *lines: str) -> None:
        self.keys.write_text("\n".join(lines) + "\n", encoding="ascii")
        self.keys.chmod(0o600)

    async def start(self) -> RunningPanel:
        mail_server, clock, watch = self._parts
        given = {"DATABASE_URL": self._url, "MASTER_KEY_FILE": str(self.keys), "WEBHOOK_SECRET": SECRET}
        panel = RunningPanel(
            mail_server=mail_server, clock=clock, watch=watch, data_dir=self._folder / "panel", overrides=given
        )
        return await self._stack.enter_async_context(panel)


@pytest.fixture
async def panels(
    mail_server: MailServer, clock: HandClock, watch: Watch, database_url: str, tmp_path: Path
) -> AsyncIterator[Panels]:
    async with AsyncExitStack() as stack:
        yield Panels(stack, mail_server, clock, watch, database_url, tmp_path)


def same_person_at(other: RunningPanel, browser: Browser) -> Browser:
    """The same browser, served by another panel."""
    moved = other.browser()
    for cookie in browser.cookies.jar:
        moved.cookies.set(cookie.name, cookie.value or "", domain=cookie.domain, path=cookie.path)
    return moved


async def test_signed_in_on_one_and_served_by_the_other(panels: Panels, mail_server: MailServer) -> None:
    one, two = await panels.start(), await panels.start()
    alice = await mail_server.new_account("alice")
    browser = await one.sign_in(alice)
    elsewhere = same_person_at(two, browser)

    assert (await elsewhere.open("/activity")).path == "/activity"
    assert (await change(elsewhere, alice)).path == "/password/changed"


async def test_signing_out_on_one_holds_at_once_on_the_other(panels: Panels, mail_server: MailServer) -> None:
    one, two = await panels.start(), await panels.start()
    alice = await mail_server.new_account("alice")
    phone = await one.sign_in(alice)
    browser = await two.sign_in(alice)
    await browser.open("/activity/sign-out-everywhere")
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == "/activity/signed-out"
    assert (await phone.open("/")).path.startswith("/sign-in")
    assert (await same_person_at(one, browser).open("/password")).path == "/password"


async def test_the_limit_on_tries_is_shared(panels: Panels, mail_server: MailServer) -> None:
    running = [await panels.start(), await panels.start()]
    alice = await mail_server.new_account("alice")
    statuses: list[int] = []

    async def wrong(panel: RunningPanel) -> None:
        browser = panel.browser()
        pairs = [("login", alice.login), ("password", WRONG_PASSWORD)]
        statuses.append((await browser.post("/sign-in", pairs)).status_code)

    async with anyio.create_task_group() as group:
        for number in range(16):
            group.start_soon(wrong, running[number % 2])

    assert statuses.count(422) == 10
    assert statuses.count(429) == 6


async def test_the_master_key_is_rotated_while_both_run(panels: Panels, mail_server: MailServer) -> None:
    old, new = new_master_key().reveal(), new_master_key().reveal()
    panels.write_keys(old)
    first = await panels.start()
    alice = await mail_server.new_account("alice")
    browser = await first.sign_in(alice)
    await deliver(first.browser(), event(first.clock.now(), alice.account_id))

    panels.write_keys(old, new)  # every panel learns to open the new one
    opens_both = await panels.start()
    panels.write_keys(new, old)  # then one begins to seal with it
    seals_new = await panels.start()
    moved = same_person_at(seals_new, browser)
    page = await moved.open("/activity")
    assert "Signed in with the main password" in page.text
    await change(moved, alice)
    alice.password = NEW_PASSWORD

    back = same_person_at(opens_both, moved)
    page = await back.open("/activity")
    assert page.path == "/activity"
    assert "Password changed" in page.text
    signed_in_there = await seals_new.sign_in(alice)
    assert "Firefox on Linux" in (await same_person_at(opens_both, signed_in_there).open("/activity")).text


async def test_reports_that_reach_both_count_once(panels: Panels, mail_server: MailServer) -> None:
    running = [await panels.start(), await panels.start()]
    alice = await mail_server.new_account("alice")
    reports = [event(running[0].clock.now(), alice.account_id, "auth.failed") for _ in range(50)]
    async with anyio.create_task_group() as group:
        for panel in running * 3:
            group.start_soon(deliver, panel.browser(), *reports)

    state = running[0].app.state.panel
    (day,) = await state.last_uses.sign_ins(state.sessions.account_keys(alice.account_id))
    assert day.count == 50
