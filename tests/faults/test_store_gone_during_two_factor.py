"""The panel's database stops taking anything just after the mail server has turned two-factor on."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from panel_process import wait_until
from two_factor_steps import SET, begin, prove, sign_in_with

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
SENT = "SELECT 1 FROM recovery_sets WHERE sent_at IS NOT NULL"


async def test_what_the_mail_server_confirmed_is_told_and_the_codes_work(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    alice.totp_secret = await begin(browser)
    codes = await prove(browser)
    mail_server.quirk("slow", method=SET, seconds=1.0)
    outside = sqlite3.connect(panel.data_dir / "bulwark.sqlite3", isolation_level=None, check_same_thread=False)
    pages: list[Page] = []

    async def confirm() -> None:
        pages.append(await browser.fill_in({"code": alice.code(), "password": alice.password}))

    async with anyio.create_task_group() as group:
        group.start_soon(confirm)
        await anyio.to_thread.run_sync(wait_until, lambda: bool(outside.execute(SENT).fetchall()), SENT)
        outside.execute("BEGIN IMMEDIATE")  # from now on nobody else writes
    outside.execute("ROLLBACK")
    outside.close()
    mail_server.no_quirk()

    assert "Two-factor is on" in pages[0].text
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"
