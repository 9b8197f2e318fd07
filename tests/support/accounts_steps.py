"""What people do with several accounts in one browser, for the journeys about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

COOKIE = "__Host-bulwark"
OTHERS = "__Host-bulwark-others"


async def add(browser: Browser, account: MailAccount) -> Page:
    """Sign in to a further account, as somebody does from the account menu."""
    await browser.open("/sign-in?add=1")
    return await browser.fill_in({"username": account.login, "current-password": account.password})


async def switch(browser: Browser, account: MailAccount) -> Page:
    """Go to another account by the menu."""
    return await browser.press(f"Switch to {account.login}")


def in_use(page: Page) -> str:
    """The address in the account menu."""
    return page.root.first(id="me").first("bdi").text


async def two(panel: RunningPanel, mail_server: MailServer) -> tuple[MailAccount, MailAccount, Browser]:
    """Alice and Bob in one browser; Bob is in use."""
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    browser = await panel.sign_in(alice)
    await add(browser, bob)
    return alice, bob, browser
