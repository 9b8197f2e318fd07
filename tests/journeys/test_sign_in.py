"""Signing in and out, as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailServer
    from panel_browser import Browser
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

    assert page.path == "/sign-in"
    assert "You are signed out." in page.alerts[0]
    page = await browser.open("/password")
    assert page.path.startswith("/sign-in")


async def type_in(browser: Browser, login: str, password: str) -> Page:
    """Open the sign-in page and send it."""
    await browser.open("/sign-in")
    return await browser.fill_in({"username": login, "current-password": password})


# What is typed as the login


@pytest.mark.parametrize("spelling", ["  {login}\t", "{upper}", "{name}"])
async def test_a_login_is_trimmed_case_does_not_count_and_the_domain_is_completed(
    panel: RunningPanel, mail_server: MailServer, spelling: str
) -> None:
    alice = await mail_server.new_account("alice")
    if "{name}" in spelling:
        mail_server.needs_sandbox("the server's default domain is not this test's own")
    typed = spelling.format(login=alice.login, upper=alice.login.upper(), name=alice.name)
    page = await type_in(panel.browser(), typed, alice.password)

    assert page.path == "/"
    assert alice.login in page.text


async def test_a_login_is_composed_before_it_is_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("its account names are plain ASCII where the server's rules say so")
    login = f"ren\u00e9e@{mail_server.domain}"
    sandbox.add_account(login, PASSWORD)
    page = await type_in(panel.browser(), f"rene\u0301e@{mail_server.domain}", PASSWORD)

    assert page.path == "/"


@pytest.mark.parametrize("login", ["alice@example.org%admin", "%", "100%@example.org"])
async def test_a_login_with_a_percent_sign_is_refused_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer, login: str
) -> None:
    del mail_server
    page = await type_in(panel.browser(), login, PASSWORD)

    assert page.status == 422
    assert page.field_errors == {"login": "An email address here must not contain a percent sign."}
    assert panel.upstream() == []


@pytest.mark.parametrize("login", ["", "   ", "a" * 321, "ü" * 161])
async def test_a_login_that_is_none_is_told_at_its_field(panel: RunningPanel, login: str) -> None:
    page = await type_in(panel.browser(), login, PASSWORD)

    assert page.status == 422
    assert page.field_errors == {"login": "Type your email address."}
    assert panel.upstream() == []


@pytest.mark.parametrize("login", ["alice\x00@example.org", "al\nice@example.org", "\x7f"])
async def test_control_characters_are_refused_before_anything_is_sent(panel: RunningPanel, login: str) -> None:
    page = await type_in(panel.browser(), login, PASSWORD)

    assert page.status == 422
    assert "login" in page.field_errors
    assert "percent sign" not in page.field_errors["login"]
    assert panel.upstream() == []


# What is typed as the password


async def test_an_app_password_is_recognised_and_never_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    secret = panel.sandbox.add_app_password(alice.login, "Phone")
    panel.sandbox.forget_requests()
    for typed in (secret, f" {secret}\n", secret.replace("_", " ")):
        page = await type_in(panel.browser(), alice.login, typed)

        assert page.status == 422
        assert page.field_errors["password"] == "This is an app password. Sign in with your account password."
    assert panel.upstream() == []


async def test_an_api_key_is_recognised_and_never_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    secret = panel.sandbox.add_api_key(alice.login, "Script")
    panel.sandbox.forget_requests()
    page = await type_in(panel.browser(), alice.login, secret)

    assert page.status == 422
    assert page.field_errors["password"] == "This is an API key. Sign in with your account password."
    assert panel.upstream() == []


async def test_a_password_longer_than_any_is_refused_before_anything_is_sent(panel: RunningPanel) -> None:
    page = await type_in(panel.browser(), "alice@example.org", "x" * 4097)

    assert page.status == 422
    assert "longer than any password" in page.field_errors["password"]
    assert panel.upstream() == []


async def test_a_password_of_a_megabyte_is_too_much_to_send(panel: RunningPanel) -> None:
    browser = panel.browser()
    response = await browser.post("/sign-in", [("login", "alice@example.org"), ("password", "x" * 1_000_000)])

    assert response.status_code == 413
    assert browser.read(response).h1 == "That was too much to send"


async def test_what_was_typed_as_the_login_comes_back_and_the_password_never_does(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    page = await type_in(panel.browser(), alice.login, WRONG_PASSWORD)

    assert page.form("/sign-in").field("username").value == alice.login
    assert page.form("/sign-in").field("current-password").value == ""
    assert WRONG_PASSWORD not in page.html


# Between password and code


async def test_a_half_sign_in_ends_after_five_minutes(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await type_in(browser, bob.login, bob.password)
    panel.clock.advance(minutes=5, seconds=1)
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert page.path == "/sign-in"
    assert "That took too long, so we start again." in page.text


async def test_a_half_sign_in_allows_five_codes(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await type_in(browser, bob.login, bob.password)
    for _ in range(5):
        assert (await browser.fill_in({"one-time-code": bob.wrong_code()})).status == 422
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert page.path == "/sign-in"
    assert (await browser.open("/sign-in/code")).path == "/sign-in"


async def test_a_code_that_is_none_costs_no_try(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await type_in(browser, bob.login, bob.password)
    for typed in ("", "12345", "123456789", "abcdef", "١٢٣٤٥٦"):
        page = await browser.fill_in({"one-time-code": typed})
        assert page.field_errors == {"code": "A code has 6 to 8 digits."}

    assert (await browser.fill_in({"one-time-code": bob.code()})).path == "/"


async def test_the_code_page_without_a_password_before_it_leads_back(panel: RunningPanel) -> None:
    browser = panel.browser()
    response = await browser.post("/sign-in/code", [("code", "123456")])

    assert (await browser.open("/sign-in/code")).path == "/sign-in"
    assert response.headers["location"] == "/sign-in?add=1&ended=pending"


async def test_a_password_changed_between_the_two_steps_is_told_as_a_wrong_code(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    """The server says "failure" to both; nobody can tell which, and nobody gets in."""
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await type_in(browser, bob.login, bob.password)
    await mail_server.change(bob, {"credentials/0/secret": NEW_PASSWORD})
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert page.status == 422
    assert "code" in page.field_errors


async def test_the_pending_cookie_is_gone_after_signing_in(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)

    assert "__Host-bulwark-pending" not in browser.cookies


# Where it leads


async def test_a_page_that_was_wanted_comes_after_signing_in(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    page = await browser.open("/password")
    assert page.url == "/sign-in?next=/password"
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert page.path == "/password"


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.test/", "//evil.test/", "///evil.test", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)"),
        *("/a\nb", "/%0d%0aset-cookie:a=b", "evil.test", "/?next=//evil.test", "/\t/evil.test", "/..//evil.test"),
    ],
)
async def test_nobody_is_led_away_after_signing_in(panel: RunningPanel, mail_server: MailServer, target: str) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    pairs = [("login", alice.login), ("password", alice.password), ("next", target)]
    response = await browser.post("/sign-in", pairs)

    assert response.status_code == 303
    assert response.headers["location"] == "/"
    assert "evil" not in (await panel.browser().open(f"/sign-in?next={quote(target)}")).html
