"""What people do with several accounts in one browser, for the journeys about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from password_steps import account_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

COOKIE = "__Host-bulwark"
OTHERS = "__Host-bulwark-others"
SLOW = 0.6  # seconds the mail server takes


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


async def send_and_switch(
    browser: Browser, path: str, pairs: Sequence[tuple[str, str]], *, to: MailAccount, after: float = SLOW / 3
) -> Page:
    """Send a form in one tab, and while the mail server thinks go to another account in a second one."""
    answers: list[httpx2.Response] = []
    shown = browser.page

    async def send() -> None:
        answers.append(await browser.post(path, pairs))

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        await anyio.sleep(after)
        button = next(button for form in shown.forms for button in form.buttons if to.login in button.text)
        response = await browser.post(
            "/switch-account", [("account", account_mark(shown)), ("to", button.get("value"))]
        )
        assert response.status_code == 303
        assert not answers, "the form was still under way"
    return browser.read(answers[0])
