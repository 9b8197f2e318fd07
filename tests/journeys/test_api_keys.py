"""API keys, as a person meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_an_administrator_makes_a_key(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await mail_server.new_account("grace", roles={"@type": "Admin"})
    browser = await panel.sign_in(grace)
    await browser.open("/api-keys")
    assert "No API keys yet" in browser.page.text
    await browser.click("New API key")
    page = await browser.fill_in(
        {"name": "Monitoring", "pick": ["sysAccountGet", "sysAccountQuery"]}, button="Create API key"
    )

    assert page.status == 200
    assert page.h1 == "Monitoring"
    assert "API_" in page.text
