"""How long a signed-in browser stays signed in, and what a cookie is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET
from password_steps import account_mark, change

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

COOKIE = "__Host-bulwark"


def with_cookie(panel: RunningPanel, value: str, name: str = COOKIE) -> Browser:
    """A browser of somebody else that has this cookie."""
    browser = panel.browser(address="198.51.100.66")
    browser.cookies.set(name, value, domain="panel.test", path="/")
    return browser


async def test_half_an_hour_without_use_ends_the_session_and_is_said(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=30)
    assert (await browser.open("/password")).path == "/password"
    panel.clock.advance(minutes=31)
    page = await browser.open("/password")

    assert page.url == "/sign-in?ended=idle&next=/password"
    assert "You were signed out after 30 minutes without activity." in page.text
    assert COOKIE not in browser.cookies
    await browser.fill_in({"username": alice.login, "current-password": alice.password})
    assert browser.page.path == "/password"


async def test_a_session_that_is_used_ends_after_twelve_hours_all_the_same(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for _ in range(35):
        panel.clock.advance(minutes=20)
        assert (await browser.request("GET", "/healthz")).status_code == 200
        assert (await browser.request("GET", "/password/changed")).headers["location"] == "/password"
    panel.clock.advance(minutes=20)
    page = await browser.open("/")

    assert page.url == "/sign-in?ended=lifetime"
    assert "This session has ended. Please sign in again." in page.text


async def test_step_up_and_a_new_password_do_not_prolong_a_session(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for _ in range(25):
        panel.clock.advance(minutes=28)
        await browser.request("GET", "/password/changed")
    assert (await change(browser, alice)).path == "/password/changed"
    panel.clock.advance(minutes=21)

    assert (await browser.open("/")).url == "/sign-in?ended=lifetime"


async def test_a_form_sent_after_the_session_ended_is_not_done_and_leads_to_sign_in(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    panel.clock.advance(minutes=31)
    page = await browser.fill_in(
        {"current-password": alice.password, "new-password": "x cAnArY9 y", "new-password[2]": "x cAnArY9 y"}
    )

    assert page.url == "/sign-in?ended=idle"
    assert await mail_server.accepts(alice, alice.password)


@pytest.mark.parametrize(
    "value", ["garbage", "A" * 43, "A" * 512, "A" * 4000, "....", "%00", "a b", '"quoted"', "ü".encode().hex()]
)
async def test_a_made_up_cookie_opens_nothing_and_is_taken_away(
    panel: RunningPanel, mail_server: MailServer, value: str
) -> None:
    del mail_server
    browser = with_cookie(panel, value)
    page = await browser.open("/")

    assert page.path == "/sign-in"


async def test_a_cookie_of_a_signed_out_session_opens_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    stolen = browser.cookies[COOKIE]
    await browser.press("Sign out")

    assert (await with_cookie(panel, stolen).open("/")).path == "/sign-in"


async def test_a_cookie_without_its_prefix_or_of_another_kind_opens_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await browser.open("/sign-in")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    pending = browser.cookies["__Host-bulwark-pending"]
    signed_in = (await panel.sign_in(bob)).cookies[COOKIE]

    assert (await with_cookie(panel, pending).open("/")).path == "/sign-in"
    assert (await with_cookie(panel, signed_in, "bulwark").open("/")).path == "/sign-in"
    assert (await with_cookie(panel, signed_in, "__Host-bulwark-pending").open("/sign-in/code")).path == "/sign-in"


async def test_the_id_is_new_at_every_sign_in_whatever_the_browser_brings(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    planted = "P" * 43
    browser = await panel.sign_in(alice, with_cookie(panel, planted))
    first = browser.cookies[COOKIE]
    await browser.press("Sign out")
    await panel.sign_in(alice, browser)

    assert len({planted, first, browser.cookies[COOKIE]}) == 3


async def test_cookies_are_for_this_host_only_and_out_of_reach_of_scripts(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    set_cookies = [one for exchange in browser.history for one in exchange.set_cookie]

    assert {one.partition("=")[0] for one in set_cookies} >= {COOKIE, f"{COOKIE}-pending", f"{COOKIE}-browser"}
    for one in set_cookies:
        attributes = {part.strip().lower() for part in one.split(";")[1:]}
        assert one.startswith("__Host-")
        assert {"httponly", "path=/", "samesite=lax", "secure"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_signing_in_again_as_the_same_person_ends_the_first_session(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    first = browser.cookies[COOKIE]
    assert (await browser.open("/sign-in")).path == "/"
    response = await browser.post("/sign-in", [("login", alice.login), ("password", alice.password)])

    assert response.headers["location"] == "/"
    assert alice.login in (await browser.open("/")).text
    assert (await with_cookie(panel, first).open("/")).path == "/sign-in"


async def test_a_form_of_the_other_account_is_not_done(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob")
    browser = await panel.sign_in(alice)
    stale = await browser.open("/password")
    await browser.post("/sign-in", [("login", bob.login), ("password", bob.password)])
    page = browser.read(await browser.post("/password", [("account", account_mark(stale)), ("password", bob.password)]))

    assert page.status == 409
    assert page.h1 == "You switched accounts"
    assert bob.login in page.text


async def test_a_form_without_its_account_is_not_done(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    response = await browser.post("/sign-out", [])

    assert response.status_code == 409
    assert (await browser.open("/")).path == "/"


async def test_the_old_id_reads_for_half_a_minute_and_never_writes(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    old = browser.cookies[COOKIE]
    await change(browser, alice)
    slow_tab = with_cookie(panel, old)
    panel.clock.advance(seconds=29)
    page = await slow_tab.open("/password")
    assert page.path == "/password"
    response = await slow_tab.post("/sign-out", [("account", account_mark(page))])
    assert response.headers["location"] == "/"
    panel.clock.advance(seconds=2)

    assert (await slow_tab.open("/")).path == "/sign-in"
    assert (await browser.open("/")).h1 == "Overview"


async def test_a_dead_refresh_token_leads_to_sign_in(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await mail_server.change(alice, {"credentials/0/secret": "another cAnArY9 one entirely"})
    page = await browser.open("/password")

    assert page.url == "/sign-in?ended=unknown&next=/password"
    assert "This session has ended. Please sign in again." in page.text


async def test_an_access_token_is_renewed_before_it_ends(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for _ in range(4):
        panel.clock.advance(minutes=29)
        assert (await browser.open("/password")).path == "/password"

    assert [one.path for one in panel.upstream()].count("/auth/token") >= 2


async def test_a_server_that_is_away_while_the_token_ends_does_not_sign_anybody_out(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    for _ in range(2):
        panel.clock.advance(minutes=29)
        await browser.request("GET", "/static/nothing")
        await browser.request("POST", "/appearance")
    mail_server.quirk("cut-before")
    panel.clock.advance(minutes=1)
    page = await browser.open("/")
    mail_server.no_quirk()

    assert page.status == 502
    assert (await browser.open("/")).h1 == "Overview"


async def test_somebody_signed_in_can_sign_out_from_a_page_about_trouble(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before")
    page = await browser.open("/")
    assert page.h1 == "The mail server does not answer"
    page = await browser.press("Sign out")

    assert page.path == "/sign-in"
    assert "You are signed out." in page.alerts[0]
