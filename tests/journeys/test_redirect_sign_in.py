"""Signing in at the mail server's own page: there and back, unlocking, and every answer that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET
from redirect_steps import asked, at_mail_server, callback, leave, sign_in_at_mail_server

if TYPE_CHECKING:
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"SIGN_IN": "redirect"}


async def test_the_page_asks_for_no_password_and_leads_to_the_mail_server(panel: RunningPanel) -> None:
    browser = panel.browser()

    page = await browser.open("/sign-in?next=/app-passwords")
    url = await leave(browser, page.link(f"Sign in with {panel.settings.server_name}"))

    assert [form for form in page.forms if form.find("current-password")] == []
    assert url.startswith(f"{panel.mail_server.url}/login?")
    fields = asked(url)
    assert fields["redirect_uri"] == "https://panel.test/sign-in/callback"
    assert (fields["response_type"], fields["code_challenge_method"]) == ("code", "S256")


async def test_somebody_signs_in_there_and_comes_back_to_the_page_they_wanted(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account(two_factor=TOTP_SECRET)
    browser = panel.browser()
    url = await leave(browser, "/sign-in/redirect?next=/app-passwords")

    page = await browser.open(await at_mail_server(panel.mail_server, url, account, code=account.code()))

    assert page.path == "/app-passwords"
    assert account.login in page.text
    assert browser.cookies.get("__Host-bulwark-redirect") is None


async def test_an_answer_counts_once(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = panel.browser()
    url = await leave(browser, "/sign-in/redirect")
    answer = await at_mail_server(panel.mail_server, url, account)
    cookie = browser.cookies.get("__Host-bulwark-redirect")
    await browser.open(answer)
    browser.forget()
    browser.cookies.set("__Host-bulwark-redirect", cookie or "", domain="panel.test", path="/")

    page = await browser.open(answer)

    assert page.path == "/sign-in/failed"
    assert "used before" in page.text


async def test_an_answer_in_another_browser_is_none(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    url = await leave(panel.browser(), "/sign-in/redirect")
    answer = await at_mail_server(panel.mail_server, url, account)

    page = await panel.browser().open(answer)

    assert page.path == "/sign-in/failed"
    assert page.link("Try again") == "/sign-in"
