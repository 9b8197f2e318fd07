"""What people do about two-factor authentication, step by step, for every test that needs it.

The new key and the codes are given to the watch: they may be on the pages that show them, and nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount
    from panel_browser import Browser
    from panel_kit import RunningPanel

SET = "x:AccountPassword/set"
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def key_on(page: Page) -> str:
    """The new key, out of the link for authenticator apps."""
    link = next(address for address in page.links.values() if address.startswith("otpauth:"))
    found = re.search(r"secret=([A-Z2-7]+)", link)
    assert found
    return found[1]


def codes_on(page: Page) -> list[str]:
    """The ten codes a page shows."""
    found: list[str] = _CODE.findall(page.root.first(id="codes").text)
    assert len(found) == 10
    return found


def asked_on(page: Page) -> int:
    """Which code is to be typed back."""
    found = re.search(r"number (\d+)", page.form(having=("proof",)).field("proof").label)
    assert found
    return int(found[1])


async def begin(browser: Browser, *, start: str = "Start set-up", device: str = "Pixel 8") -> str:
    """As far as the codes; returns the new key, which the account's app does not use yet."""
    if not browser.page.path.startswith("/two-factor/set-up/1"):
        await browser.open("/two-factor")
        page = await browser.press(start)
    else:
        page = browser.page
    assert page.path == "/two-factor/set-up/1", (page, page.text)
    key = key_on(page)
    page = await browser.fill_in({"device": device}, button="Next: recovery codes")
    assert page.path == "/two-factor/set-up/2", (page, page.text)
    browser.watch.add(key)
    return key


async def prove(browser: Browser) -> list[str]:
    """Type the asked code back; returns all codes."""
    page = browser.page
    codes = codes_on(page)
    page = await browser.fill_in({"proof": codes[asked_on(page) - 1].lower()}, button="Next: confirm")
    assert page.path == "/two-factor/set-up/3", (page, page.text)
    for code in codes:
        browser.watch.add(code)
        browser.watch.add(code.replace("-", ""))
    return codes


async def enrol(browser: Browser, account: MailAccount, *, device: str = "Pixel 8") -> list[str]:
    """All three steps of a first set-up; the account's app holds the new key; returns the codes."""
    key = await begin(browser, device=device)
    codes = await prove(browser)
    account.totp_secret = key
    page = await browser.fill_in({"code": account.code(), "password": account.password})
    assert page.path == "/two-factor/done", (page, page.text)
    return codes


async def enrolled(panel: RunningPanel, account: MailAccount) -> tuple[Browser, list[str]]:
    """Somebody signed in who has two-factor on, set up here; and the codes."""
    browser = await panel.sign_in(account)
    return browser, await enrol(browser, account)


async def to_recovery(browser: Browser, account: MailAccount, login: str | None = None) -> Page:
    """With the password as far as the field for a recovery code."""
    await browser.open("/sign-in")
    await browser.fill_in({"username": login or account.login, "current-password": account.password})
    return await browser.click("Use a recovery code")


async def sign_in_with(browser: Browser, account: MailAccount, code: str, login: str | None = None) -> Page:
    """Sign in with the password and a recovery code."""
    await to_recovery(browser, account, login)
    return await browser.fill_in({"recovery_code": code})
