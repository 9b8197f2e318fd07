"""Two-factor authentication as people live with it: on, replaced, lost and found, off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

# The pages of a set-up show the new key and the codes: that is what they are for.
pytestmark = pytest.mark.anyio
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def key_on(page: Page) -> str:
    link = next(address for address in page.links.values() if address.startswith("otpauth:"))
    found = re.search(r"secret=([A-Z2-7]+)", link)
    assert found
    return found[1]


def codes_on(page: Page) -> list[str]:
    found: list[str] = CODE.findall(page.root.first(id="codes").text)
    assert len(found) == 10
    return found


def asked_on(page: Page) -> int:
    found = re.search(r"number (\d+)", page.form(having=("proof",)).field("proof").label)
    assert found
    return int(found[1])


async def set_up(browser: Browser, account: MailAccount, *, start: str = "Start set-up") -> list[str]:
    """The three steps, as far as the last form; the account's app then holds the new key; returns the codes."""
    await browser.open("/two-factor")
    page = await browser.press(start)
    assert page.path == "/two-factor/set-up/1", page
    account.totp_secret = key_on(page)
    page = await browser.fill_in({"device": "Pixel 8"})
    assert page.path == "/two-factor/set-up/2", page
    codes = codes_on(page)
    page = await browser.fill_in({"proof": codes[asked_on(page) - 1]}, button="Next: confirm")
    assert page.path == "/two-factor/set-up/3", page
    return codes


async def test_turning_it_on(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    codes = await set_up(browser, alice)
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"
    assert "Two-factor is on" in page.text
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert not await mail_server.accepts(alice, alice.password)
    page = await browser.open("/two-factor")
    assert "10 of 10 left" in page.text
    assert "Pixel 8" in page.text
    assert codes[0] not in page.html
