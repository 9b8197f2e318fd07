"""App passwords, as a person meets them: make, use, change, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_a_person_makes_an_app_password(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/app-passwords")
    assert "No app passwords yet" in browser.page.text
    await browser.click("New app password")
    page = await browser.fill_in({"name": "Phone"}, button="Create app password")

    assert page.status == 200
    assert page.h1 == "Phone"
    assert "app_" in page.text
