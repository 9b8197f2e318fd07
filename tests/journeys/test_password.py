"""Changing the password, as a person does, and every way in which it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def change(
    browser: Browser, account: MailAccount, *, new: str = NEW_PASSWORD, again: str | None = None, **other: str
) -> Page:
    """Open the page, fill the form in as it asks for, and send it."""
    page = await browser.open("/password")
    values = {
        "current-password": other.get("current", account.password),
        "new-password": new,
        "new-password[2]": new if again is None else again,
    }
    if page.form("/password").find("one-time-code"):
        values["one-time-code"] = other["code"] if "code" in other else account.code()
    return await browser.fill_in(values, button="Change password")


def accounts_mark(page: Page) -> str:
    """The hidden field by which a form says whose it is."""
    return next(field.value for form in page.forms for field in form.fields if field.name == "account")


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
    page = await browser.fill_in(
        {
            "current-password": alice.password,
            "new-password": NEW_PASSWORD,
            "new-password[2]": NEW_PASSWORD,
            "app_passwords": "revoke",
        }
    )

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
    values = {"current-password": alice.password, "new-password": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD}
    page = await browser.fill_in(values)
    assert page.status == 422
    assert "Two-factor authentication is on." in page.field_errors["code"]
    page = await browser.fill_in({**values, "one-time-code": alice.code()})

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, NEW_PASSWORD, alice.code())


async def test_a_code_typed_in_groups_is_taken(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await change(browser, bob, code=f" {bob.code()[:3]} {bob.code()[3:]} ")

    assert page.path == "/password/changed"


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
    mark = accounts_mark(await browser.open("/password"))
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


async def test_enormous_passwords_are_refused_and_nothing_changes(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    fields = [("account", accounts_mark(page)), ("password", alice.password)]
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
    values = {"current-password": alice.password, "new-password": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD}
    page = await browser.fill_in(values)

    assert page.status == 403
    assert "Your password lives somewhere else" in page.text
    assert panel.sandbox.password_is(alice.login, alice.password)


async def test_a_permission_that_is_given_back_works_at_once(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=["sysAccountPasswordUpdate"])
    browser = await panel.sign_in(alice)
    assert (await browser.open("/password")).status == 403
    await mail_server.change(alice, {"permissions": {"@type": "Inherit"}})
    page = await change(browser, alice)

    assert page.path == "/password/changed"


async def test_a_permission_that_is_taken_meanwhile_is_told_instead_of_the_form(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    taken = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": {"sysAccountPasswordUpdate": True}}
    await mail_server.change(alice, {"permissions": taken})
    values = {"current-password": alice.password, "new-password": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD}
    page = await browser.fill_in(values)

    assert page.status == 403
    assert "sysAccountPasswordUpdate" in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_wrong_tries_are_counted_and_the_form_says_when_to_come_back(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    values = {"current-password": WRONG_PASSWORD, "new-password": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD}
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


async def test_opening_the_page_costs_one_request(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.sandbox.forget_requests()
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
