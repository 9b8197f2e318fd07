"""Several accounts in one browser: added, gone between, signed out of, and never mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET
from password_steps import account_mark, change

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

COOKIE = "__Host-bulwark"
OTHERS = "__Host-bulwark-others"


async def add(browser: Browser, account: MailAccount) -> Page:
    """Sign in to a further account, as somebody does from the account menu."""
    page = await browser.open("/sign-in?add=1")
    page = await browser.fill_in({"username": account.login, "current-password": account.password})
    if account.totp_secret is not None:
        page = await browser.fill_in({"one-time-code": account.code()})
    return page


async def switch(browser: Browser, account: MailAccount) -> Page:
    """Go to another account by the menu."""
    return await browser.press(f"Switch to {account.login}")


def in_use(page: Page) -> str:
    """The address in the account menu."""
    return page.first("p", class_="meta").first("bdi").text


async def two(panel: RunningPanel, mail_server: MailServer) -> tuple[MailAccount, MailAccount, Browser]:
    """Alice and Bob in one browser; Bob is in use."""
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    browser = await panel.sign_in(alice)
    await add(browser, bob)
    return alice, bob, browser


async def test_a_second_account_is_added_and_both_are_good(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(alice)
    page = await browser.click("Add an account")
    assert "Signed in as" in page.text
    assert alice.login in page.text
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    assert (await browser.open("/password")).path == "/password", "alice is still here while bob's code is waited for"
    await browser.open("/sign-in/code")
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert in_use(page) == bob.login
    assert in_use(await switch(browser, alice)) == alice.login
    assert in_use(await switch(browser, bob)) == bob.login
    await panel.count_anew()
    await browser.open("/profile")
    assert len(panel.upstream()) == 1, "the menu costs no request"
