"""Signing in and out, as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_a_person_signs_in_and_sees_the_overview(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)

    assert browser.page.path == "/"
    assert browser.page.title.startswith("Overview")
    assert alice.login in browser.page.text


async def test_a_person_with_two_factor_signs_in_with_a_code(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await browser.open("/sign-in")
    page = await browser.fill_in({"username": bob.login, "current-password": bob.password})

    assert page.path == "/sign-in/code"
    assert page.forms[0].field("one-time-code").has_focus
    page = await browser.fill_in({"one-time-code": " ".join((bob.code()[:3], bob.code()[3:]))})
    assert page.path == "/"


async def test_wrong_password_and_unknown_account_get_the_same_words(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    await browser.open("/sign-in")
    wrong = await browser.fill_in({"username": alice.login, "current-password": WRONG_PASSWORD})
    unknown = await browser.fill_in({"username": f"nobody@{mail_server.domain}", "current-password": WRONG_PASSWORD})

    assert wrong.status == unknown.status == 422
    assert wrong.alerts == unknown.alerts
    assert "The email address or the password is wrong." in wrong.alerts[0]


async def test_a_wrong_code_is_told_at_its_field_and_the_password_is_not_asked_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await browser.open("/sign-in")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    page = await browser.fill_in({"one-time-code": bob.wrong_code()})

    field = page.forms[0].field("one-time-code")
    assert page.status == 422
    assert field.is_wrong
    assert "This code is not right" in field.described_by
    assert not page.forms[0].find("current-password")
    page = await browser.fill_in({"one-time-code": bob.code()})
    assert page.path == "/"


async def test_signing_out_ends_the_session(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.press("Sign out")

    assert page.path == "/sign-in?ended=signed-out" or page.path == "/sign-in"
    page = await browser.open("/password")
    assert page.path.startswith("/sign-in")
