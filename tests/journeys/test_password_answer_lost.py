"""The answer to a password change gets lost: nothing is sent twice, and signing in tells what is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from password_steps import SET, change, typed

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def lose_track(mail_server: MailServer, browser: Browser, account: MailAccount, *, cut: str) -> Page:
    """Let the change (`cut-after`) or the request for it (`cut-before`) get lost, and the server stay away after it."""
    mail_server.quirk(cut, account=account, method=SET)
    mail_server.quirk("cut-before", path="/api/auth")
    page = await change(browser, account)
    mail_server.no_quirk()
    return page


async def settle(browser: Browser, account: MailAccount, new: str, old: str) -> Page:
    """Fill in the form of the check."""
    values = {"new-password": new, "current-password": old}
    if browser.page.form("/password/check").find("one-time-code"):
        values["one-time-code"] = account.code()
    return await browser.fill_in(values, button="Check which one works")


def changes_sent(panel: RunningPanel) -> int:
    """How often the mail server was asked to change a password."""
    return sum(SET in one.methods for one in panel.upstream())


async def test_a_lost_answer_is_settled_by_signing_in_with_the_new_password(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-after", account=alice, method=SET)
    page = await change(browser, alice)

    assert page.path == "/password/changed"
    assert "answer was lost on the way. We tried the new password, and it opens your account." in page.text
    assert changes_sent(panel) == 1
    assert await mail_server.accepts(alice, NEW_PASSWORD)
    assert (await browser.open("/")).h1 == "Overview"


async def test_a_lost_answer_is_settled_with_the_same_code(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    mail_server.quirk("cut-after", account=bob, method=SET)
    page = await change(browser, bob)

    assert page.path == "/password/changed"
    assert await mail_server.accepts(bob, NEW_PASSWORD, bob.code())


@pytest.mark.parametrize("fault", ["truncated-json", "html", "empty", "huge", "500"])
async def test_an_unreadable_answer_is_settled_the_same_way(
    panel: RunningPanel, mail_server: MailServer, fault: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk(fault, account=alice, method=SET)
    page = await change(browser, alice)

    holds_new = await mail_server.accepts(alice, NEW_PASSWORD)
    if holds_new:
        assert page.path == "/password/changed"
        assert "answer was lost" in page.text
    else:
        assert page.status == 422
        assert "Not saved." in page.alerts[0]
    assert changes_sent(panel) == 1


async def test_a_request_that_never_arrived_leaves_the_old_password(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before", account=alice, method=SET)
    page = await change(browser, alice)

    assert page.status == 422
    assert "Not saved. The connection to the mail server broke, and your old password still works." in page.alerts[0]
    assert await mail_server.accepts(alice, alice.password)
    assert changes_sent(panel) == 1
    mail_server.no_quirk()
    assert (await change(browser, alice)).path == "/password/changed"


async def test_what_cannot_be_settled_is_said_and_can_be_settled_later(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.add_app_password(alice.login, "Phone")
    browser = await panel.sign_in(alice)
    page = await lose_track(mail_server, browser, alice, cut="cut-after")

    assert page.path == "/password/check"
    assert "We do not know whether your password was changed" in page.text
    assert "at 14:11:03" in page.text
    assert "It may have been saved or not. We did not send it a second time." in page.text
    assert "Your app password is not affected either way." in page.text
    page = await settle(browser, alice, NEW_PASSWORD, alice.password)
    assert "The new password holds" in page.text
    assert (await browser.click("Back to overview")).h1 == "Overview"
    assert changes_sent(panel) == 1


async def test_the_check_finds_that_the_old_password_holds(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await lose_track(mail_server, browser, alice, cut="cut-before")
    assert page.path == "/password/check"
    page = await settle(browser, alice, NEW_PASSWORD, alice.password)

    assert "The old password still holds" in page.text
    assert (await browser.click("Change the password")).path == "/password"
    assert (await change(browser, alice)).path == "/password/changed"


async def test_the_check_with_mistyped_passwords_says_neither_and_can_be_repeated(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await lose_track(mail_server, browser, alice, cut="cut-after")
    page = await settle(browser, alice, WRONG_PASSWORD, WRONG_PASSWORD + " either")

    assert "Neither password was accepted" in page.text
    await browser.click("Try once more")
    page = await settle(browser, alice, NEW_PASSWORD, alice.password)
    assert "The new password holds" in page.text


async def test_the_check_with_two_factor_asks_for_a_code(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await lose_track(mail_server, browser, bob, cut="cut-after")

    assert page.form("/password/check").find("one-time-code")
    page = await settle(browser, bob, NEW_PASSWORD, bob.password)
    assert "The new password holds" in page.text
    assert (await browser.open("/")).h1 == "Overview"


async def test_the_check_while_the_server_is_still_away_says_so_and_keeps_the_question(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await lose_track(mail_server, browser, alice, cut="cut-after")
    mail_server.quirk("cut-before")
    page = await settle(browser, alice, NEW_PASSWORD, alice.password)

    assert page.status == 502
    assert "The mail server still does not answer, so this is not known yet." in page.text
    mail_server.no_quirk()
    page = await settle(browser, alice, NEW_PASSWORD, alice.password)
    assert "The new password holds" in page.text


async def test_the_check_tells_what_is_missing_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    await lose_track(mail_server, browser, bob, cut="cut-after")
    await panel.count_anew()
    page = await browser.fill_in({"new-password": "", "current-password": "", "one-time-code": "12"})

    assert page.status == 422
    assert set(page.field_errors) == {"new_password", "password", "code"}
    assert panel.upstream() == []


async def test_the_other_sessions_end_when_the_check_finds_the_new_password(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    elsewhere = await panel.sign_in(alice)
    browser = await panel.sign_in(alice)
    await lose_track(mail_server, browser, alice, cut="cut-after")
    await settle(browser, alice, NEW_PASSWORD, alice.password)

    assert (await elsewhere.open("/")).path == "/sign-in"


async def test_an_expired_password_settled_by_the_check_opens_the_rest_of_the_panel(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", expired=True)
    browser = await panel.sign_in(alice)
    await lose_track(mail_server, browser, alice, cut="cut-after")
    await settle(browser, alice, NEW_PASSWORD, alice.password)

    assert (await browser.open("/")).h1 == "Overview"


async def test_a_change_that_cannot_be_followed_by_a_sign_in_asks_for_one(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("500", path="/api/auth")
    page = await change(browser, alice)

    assert page.path == "/sign-in"
    assert "Your password was changed. Please sign in again." in page.alerts[0]
    mail_server.no_quirk()
    assert await mail_server.accepts(alice, NEW_PASSWORD)
    alice.password = NEW_PASSWORD
    assert (await panel.sign_in(alice, browser)).page.h1 == "Overview"


async def test_tokens_that_open_nothing_after_a_change_ask_for_a_sign_in(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("500", path="/api/account")
    page = await change(browser, alice)

    assert page.path == "/sign-in"
    assert "Your password was changed. Please sign in again." in page.alerts[0]


async def test_a_server_that_is_down_changes_nothing_and_the_person_stays_signed_in(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("cut-before")
    page = await browser.fill_in(typed(alice))

    assert page.status == 502
    assert "The mail server does not answer" in page.h1
    assert "Nothing was changed." in page.text
    assert "You are still signed in" in page.text
    mail_server.no_quirk()
    assert (await browser.click("Try again")).h1 == "Overview"


async def test_a_server_that_asks_to_slow_down_is_told_and_nothing_is_counted(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("429", method=SET, retry_after=23)
    page = await browser.fill_in(typed(alice))

    assert page.status == 429
    assert page.headers["retry-after"] == "23"
    assert "Please wait 23 seconds. Nothing was changed." in page.text


async def test_app_passwords_that_could_not_be_revoked_are_not_called_revoked(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    for name in ("Phone", "Laptop"):
        panel.sandbox.add_app_password(alice.login, name)
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("cut-before", method="x:AppPassword/set")
    page = await browser.fill_in({**typed(alice), "app_passwords": "revoke"})

    assert page.path == "/password/changed"
    assert "2 app passwords could not be revoked and may still work." in page.text


@pytest.mark.parametrize("fault", ["500", "503"])
async def test_a_server_in_trouble_is_one_that_does_not_answer(
    panel: RunningPanel, mail_server: MailServer, fault: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk(fault, path="/jmap")
    page = await browser.fill_in(typed(alice))

    assert page.status == 502
    assert page.h1 == "The mail server does not answer"
    assert "Nothing was changed." in page.text
