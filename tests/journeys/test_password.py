"""Changing the password, as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET
from password_steps import change, typed

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_the_password_is_changed_and_the_session_goes_on(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    before = browser.cookies["__Host-bulwark"]
    page = await change(browser, alice)

    assert page.path == "/password/changed"
    assert "Your password was changed" in page.text
    assert "Confirmed by" in page.text
    assert "we signed you in with it just now" in page.text
    assert await mail_server.accepts(alice, NEW_PASSWORD)
    assert not await mail_server.accepts(alice, alice.password)
    assert browser.cookies["__Host-bulwark"] != before
    assert (await browser.open("/")).h1 == "Overview"


async def test_the_code_is_asked_for_when_two_factor_is_on(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await change(browser, bob)

    assert page.path == "/password/changed"
    assert await mail_server.accepts(bob, NEW_PASSWORD, bob.code())
    assert not await mail_server.accepts(bob, NEW_PASSWORD)
    assert (await browser.open("/")).h1 == "Overview"


async def test_other_sessions_of_the_panel_end_and_are_named_before(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    elsewhere = await panel.sign_in(
        alice, panel.browser(address="198.51.100.4", user_agent="Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1")
    )
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    assert "Your other session in this panel ends with the change" in page.text
    assert "Safari on iPhone, 198.51.100.4" in page.text
    page = await change(browser, alice)

    assert "1 other session in this panel was signed out." in page.text
    assert (await elsewhere.open("/")).path == "/sign-in"
    assert "This session has ended" in elsewhere.page.text


async def test_app_passwords_are_kept_and_counted(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("it gives the account app passwords behind the panel's back")
    alice = await mail_server.new_account("alice")
    for name in ("Phone", "Laptop"):
        panel.watch.add(sandbox.add_app_password(alice.login, name))
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    assert "Your 2 app passwords" in page.text
    page = await change(browser, alice)

    assert "2 app passwords keep working, as you chose." in page.text
    assert len(sandbox.account(alice.login).credentials) == 3


async def test_app_passwords_are_revoked_when_that_is_chosen(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("it gives the account app passwords behind the panel's back")
    alice = await mail_server.new_account("alice")
    for name in ("Phone", "Laptop", "Printer"):
        sandbox.add_app_password(alice.login, name)
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    page = await browser.fill_in({**typed(alice), "app_passwords": "revoke"})

    assert "3 app passwords were revoked." in page.text
    assert [one.kind for one in sandbox.account(alice.login).credentials] == ["Password"]


async def test_revoking_is_not_offered_without_the_permission(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("it gives the account app passwords behind the panel's back")
    alice = await mail_server.new_account("alice", without=["sysAppPasswordDestroy"])
    sandbox.add_app_password(alice.login, "Phone")
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")

    assert "Your app password" in page.text
    assert not page.form("/password").find("app_passwords")


async def test_unread_app_passwords_are_not_called_none(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=["sysAppPasswordQuery", "sysAppPasswordGet"])
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    assert "App passwords could not be read." in page.text
    page = await change(browser, alice)

    assert "App passwords could not be read. If you have any, they keep working." in page.text


async def test_a_code_typed_in_groups_is_taken(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await change(browser, bob, code=f" {bob.code()[:3]} {bob.code()[3:]} ")

    assert page.path == "/password/changed"


async def test_a_password_of_other_letters_works(panel: RunningPanel, mail_server: MailServer) -> None:
    new = "пароль cAnArY9 密码 und \U0001f511 dazu"
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, new=new)

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, new)


async def test_passwords_are_neither_trimmed_nor_composed(panel: RunningPanel, mail_server: MailServer) -> None:
    new = "  cAnArY9 e\u0301tage lantern \u212b spoon  "
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, new=new)

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, new)
    assert not await mail_server.accepts(alice, new.strip())


async def test_a_permission_that_is_given_back_works_at_once(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=["sysAccountPasswordUpdate"])
    browser = await panel.sign_in(alice)
    assert (await browser.open("/password")).status == 403
    await mail_server.change(alice, {"permissions": {"@type": "Inherit"}})
    page = await change(browser, alice)

    assert page.path == "/password/changed"


async def test_opening_the_page_costs_one_request(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await panel.count_anew()
    await browser.open("/password")

    assert [one.path for one in panel.upstream()] == ["/jmap/"]


async def test_the_receipt_is_there_after_a_reload_and_only_after_a_change(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    assert (await browser.open("/password/changed")).path == "/password"
    assert (await browser.open("/password/check")).path == "/password"
    await change(browser, alice)
    page = await browser.reload()

    assert page.path == "/password/changed"
    assert "Your password was changed" in page.text
