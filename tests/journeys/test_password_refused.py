"""Every way in which a new password is refused, told at its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from password_steps import account_mark, change, typed

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_a_wrong_current_password_is_told_at_its_field(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, current=WRONG_PASSWORD)

    assert page.status == 422
    assert page.title.startswith("Error:")
    assert page.field_errors == {"password": "This is not your current password."}
    assert page.form("/password").field("current-password").has_focus
    assert await mail_server.accepts(alice, alice.password)
    assert (await browser.open("/")).h1 == "Overview"


async def test_with_a_code_the_server_does_not_say_which_one_is_wrong(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    wrong_code = await change(browser, bob, code=bob.wrong_code())
    wrong_password = await change(browser, bob, current=WRONG_PASSWORD)

    for page in (wrong_code, wrong_password):
        assert page.status == 422
        assert "Not saved. The password or the code is wrong." in page.alerts[0]
        assert set(page.field_errors) == {"password", "code"}
    assert await mail_server.accepts(bob, bob.password, bob.code())


async def test_the_code_is_asked_for_when_two_factor_was_turned_on_meanwhile(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    url = f"otpauth://totp/Test:alice?secret={TOTP_SECRET}&issuer=Test"
    await mail_server.change(alice, {"credentials/0/otpAuth": url})
    alice.totp_secret = TOTP_SECRET
    page = await browser.fill_in(typed(alice))
    assert page.status == 422
    assert "Two-factor authentication is on." in page.field_errors["code"]
    page = await browser.fill_in(typed(alice, code=alice.code()))

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, NEW_PASSWORD, alice.code())


async def test_a_code_that_is_none_is_not_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await change(browser, bob, code="12x456")

    assert page.status == 422
    assert "A code has 6 to 8 digits." in page.field_errors["code"]


async def test_a_weak_password_is_refused_in_the_servers_own_words(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    short = await change(browser, alice, new="abc12")
    common = await change(browser, alice, new="password1")

    assert short.status == common.status == 422
    assert "“Password must be at least 8 characters long.”" in short.field_errors["new_password"]
    assert "The server refused it: “Password is too weak." in common.field_errors["new_password"]
    assert "Very easy to guess." in common.text
    assert await mail_server.accepts(alice, alice.password)


async def test_a_repetition_that_differs_is_told_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, again=NEW_PASSWORD + "x")

    assert page.status == 422
    assert "This is not the same as the new password above." in page.field_errors["new_password_again"]
    assert await mail_server.accepts(alice, alice.password)


async def test_the_password_one_has_is_no_new_one(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, new=alice.password)

    assert page.status == 422
    assert "This is the password you have now." in page.field_errors["new_password"]


async def test_a_wrong_current_password_that_equals_the_new_one_is_never_confirmed(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    """The server answers "updated" to a change of nothing without looking at the current password."""
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, current=WRONG_PASSWORD, new=WRONG_PASSWORD)

    assert page.status == 422
    assert "was changed" not in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_the_servers_own_mask_is_no_password(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, new="****")

    assert page.status == 422
    assert "new_password" in page.field_errors
    assert "was changed" not in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_nothing_but_the_account_is_needed_to_be_told_what_is_missing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mark = account_mark(await browser.open("/password"))
    page = browser.read(await browser.post("/password", [("account", mark)]))

    assert page.status == 422
    assert set(page.field_errors) == {"password", "new_password"}
    assert "Not saved. Something is still missing below." in page.alerts[0]


@pytest.mark.parametrize("length", [128, 129])
async def test_length_is_counted_in_bytes_and_judged_by_the_server(
    panel: RunningPanel, mail_server: MailServer, length: int
) -> None:
    words = "orchid velvet tractor ünder cAnArY9 marble lantern spoon "
    new = (words * 4).encode()[:length].decode("utf-8", "ignore")
    new += "x" * (length - len(new.encode()))
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await change(browser, alice, new=new)

    if length > 128:
        assert "“Password must be at most 128 characters long.”" in page.field_errors["new_password"]
        assert await mail_server.accepts(alice, alice.password)
    else:
        assert page.path == "/password/changed"
        assert await mail_server.accepts(alice, new)


async def test_enormous_passwords_are_refused_and_nothing_changes(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    fields = [("account", account_mark(page)), ("password", alice.password)]
    large, huge = "x" * 5000, "x" * 1_000_000
    page = browser.read(await browser.post("/password", [*fields, ("new_password", large)]))
    too_large = browser.read(await browser.post("/password", [*fields, ("new_password", huge)]))

    assert page.status == 422
    assert "Too long." in page.field_errors["new_password"]
    assert too_large.status == 413
    assert await mail_server.accepts(alice, alice.password)


async def test_an_account_without_the_permission_is_told_its_name(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=["sysAccountPasswordUpdate"])
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")

    assert page.status == 403
    assert "You cannot change your password here" in page.text
    assert "sysAccountPasswordUpdate" in page.text
    assert "Manage account passwords" in page.text
    assert not page.main.all("form")


async def test_an_external_directory_is_named_as_the_place(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("directory-sql", account=alice)
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")

    assert page.status == 403
    assert "Your password lives somewhere else" in page.text
    assert not page.main.all("form")


async def test_a_directory_that_appears_between_two_steps_changes_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("directory-sql", account=alice)
    page = await browser.fill_in(typed(alice))

    assert page.status == 403
    assert "Your password lives somewhere else" in page.text
    assert panel.sandbox.password_is(alice.login, alice.password)


async def test_a_permission_that_is_taken_meanwhile_is_told_instead_of_the_form(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    taken = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": {"sysAccountPasswordUpdate": True}}
    await mail_server.change(alice, {"permissions": taken})
    page = await browser.fill_in(typed(alice))

    assert page.status == 403
    assert "sysAccountPasswordUpdate" in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_wrong_tries_are_counted_and_the_form_says_when_to_come_back(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    values = typed(alice, current=WRONG_PASSWORD)
    await browser.open("/password")
    for _ in range(10):
        assert (await browser.fill_in(values)).status == 422
        panel.clock.advance(seconds=1)
    page = await change(browser, alice)

    assert page.status == 429
    assert "Too many attempts: you can try again at 14:12." in page.alerts[0]
    assert await mail_server.accepts(alice, alice.password)
    panel.clock.advance(minutes=1)
    assert (await change(browser, alice)).path == "/password/changed"
