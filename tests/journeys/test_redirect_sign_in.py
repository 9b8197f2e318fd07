"""Signing in at the mail server's own page: there and back, unlocking, and every answer that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from bulwark.errors import ProviderWhy
from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET
from redirect_steps import asked, at_mail_server, callback, leave, sign_in_at_mail_server

if TYPE_CHECKING:
    from mail_server import MailAccount
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.fixture
def changes() -> dict[str, str]:
    """Settings that a test has otherwise."""
    return {}


@pytest.fixture
def panel_settings(changes: dict[str, str]) -> dict[str, str]:
    return {"SIGN_IN": "redirect", **changes}


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


async def test_a_password_that_is_sent_all_the_same_goes_nowhere(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    before = len(panel.upstream())

    response = await panel.browser().post("/sign-in", [("login", account.login), ("password", account.password)])

    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert panel.upstream()[before:] == []


@pytest.mark.parametrize("changes", [{"LOGIN_URL": "https://login.example.org"}])
async def test_browsers_may_find_the_page_under_another_address(panel: RunningPanel) -> None:
    assert (await leave(panel.browser(), "/sign-in/redirect")).startswith("https://login.example.org/login?")


async def test_of_the_servers_document_only_the_path_counts(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    panel.sandbox.state.base_url = "https://mail.internal.example"
    browser = panel.browser()

    url = await leave(browser, "/sign-in/redirect")
    page = await browser.open(await at_mail_server(panel.mail_server, url, account))

    assert url.startswith(f"{panel.mail_server.url}/login?")
    assert page.path == "/"


@pytest.mark.parametrize("issuer", [None, "https://evil.test", "https://mail.test/"])
async def test_the_server_must_name_itself(panel: RunningPanel, issuer: str | None) -> None:
    browser = panel.browser()
    fields = {"code": "x" * 40, "state": asked(await leave(browser, "/sign-in/redirect"))["state"]}

    page = await browser.open(callback(**fields | ({"iss": issuer} if issuer else {})))

    assert "Another provider answered" in page.text


async def test_a_code_that_was_used_elsewhere_opens_nothing(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = panel.browser()
    url = await leave(browser, "/sign-in/redirect")
    answer = await at_mail_server(panel.mail_server, url, account)
    panel.sandbox.state.grants.codes.clear()

    page = await browser.open(answer)

    assert "did not take the code" in page.text


async def test_a_server_that_does_not_answer_is_told_and_the_address_left(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = panel.browser()
    answer = await at_mail_server(panel.mail_server, await leave(browser, "/sign-in/redirect"), account)
    panel.mail_server.quirk("503", path="/auth/token")

    page = await browser.open(answer)

    assert page.path == "/sign-in/failed"
    assert "The mail server does not answer." in page.text


async def test_a_form_that_needs_proof_goes_on_after_one_more_trip(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account(two_factor=TOTP_SECRET)
    browser = await with_form_waiting(panel, account)

    url = await leave(browser, "/step-up/redirect")
    page = await browser.open(await at_mail_server(panel.mail_server, url, account, code=account.code()))
    assert page.path == "/step-up/go-on"
    page = await browser.press("Continue")

    assert "Office printer" in page.text


async def test_a_page_that_needs_proof_opens_right_after_the_trip(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = panel.browser()
    await sign_in_at_mail_server(panel.mail_server, browser, account)
    panel.clock.advance(minutes=11)
    assert (await browser.open("/step-up")).path == "/step-up"

    url = await leave(browser, "/step-up/redirect")
    page = await browser.open(await at_mail_server(panel.mail_server, url, account))

    assert page.path == "/"
    assert "Lock now" in page.text


async def test_another_account_there_unlocks_nothing(panel: RunningPanel) -> None:
    alice, mallory = [await panel.mail_server.new_account() for _ in range(2)]
    browser = await with_form_waiting(panel, alice)
    url = await leave(browser, "/step-up/redirect")

    page = await browser.open(await at_mail_server(panel.mail_server, url, mallory))

    assert "as somebody else" in page.text
    assert page.link("Try again") == "/step-up"
    page = await browser.open("/profile")
    assert alice.login in page.text
    assert "Lock now" not in page.text


async def test_a_session_that_ended_meanwhile_is_not_unlocked(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = await with_form_waiting(panel, account)
    url = await leave(browser, "/step-up/redirect")
    answer = await at_mail_server(panel.mail_server, url, account)
    await browser.open("/profile")
    await browser.press("Sign out")

    page = await browser.open(answer)

    assert page.path == "/sign-in/failed"
    assert (await browser.open("/profile")).path == "/sign-in"


async def test_the_password_is_changed_as_after_any_sign_in(panel: RunningPanel) -> None:
    account = await panel.mail_server.new_account()
    browser = panel.browser()
    await sign_in_at_mail_server(panel.mail_server, browser, account)
    await browser.open("/password")

    page = await browser.fill_in(
        {"current-password": PASSWORD, "new-password": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD}
    )

    assert page.path == "/password/changed"
    panel.clock.advance(minutes=11)
    assert await leave(browser, "/step-up/redirect")


async def test_signing_out_leaves_nothing_at_the_server(panel: RunningPanel) -> None:
    browser = panel.browser()
    await sign_in_at_mail_server(panel.mail_server, browser, await panel.mail_server.new_account())
    await browser.open("/profile")

    page = await browser.press("Sign out")

    assert page.path == "/sign-in"
    assert "You are signed out." in page.text


async def test_rights_that_leave_nothing_are_told_as_the_sign_ins(panel: RunningPanel) -> None:
    only = {"@type": "Replace", "enabledPermissions": {"authenticate": True, "emailReceive": True}}
    account = await panel.mail_server.new_account(permissions=only)
    browser = panel.browser()
    await sign_in_at_mail_server(panel.mail_server, browser, account)

    page = await browser.open("/app-passwords")

    assert "This sign-in may not manage security" in page.text
    assert "sysAppPasswordQuery" in page.text


@pytest.mark.parametrize("why", get_args(ProviderWhy))
async def test_every_reason_has_a_page_with_a_way_out(panel: RunningPanel, why: str) -> None:
    page = await panel.browser().open(f"/sign-in/failed?why={why}")

    assert page.status == 403
    assert page.h1 == "Signing in elsewhere did not work"
    assert "Nothing was changed." in page.text
    assert page.link("Try again") == "/sign-in"


async def with_form_waiting(panel: RunningPanel, account: MailAccount) -> Browser:
    """Signed in eleven minutes ago, with a form sent that needs a proof of presence."""
    browser = panel.browser()
    code = account.code() if account.totp_secret else None
    await sign_in_at_mail_server(panel.mail_server, browser, account, code=code)
    panel.clock.advance(minutes=11)
    await browser.open("/app-passwords/new")
    page = await browser.fill_in({"name": "Office printer"}, button="Create app password")
    assert page.path == "/step-up"
    assert [form for form in page.forms if form.find("current-password")] == []
    return browser
