"""Wrong tries are counted, waiting is told in words, and a stranger cannot lock the owner out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from canaries import TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

LIMIT = 3


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"ATTEMPTS_LIMIT": str(LIMIT)}


async def try_to(browser: Browser, login: str, password: str = WRONG_PASSWORD) -> Page:
    """One try at the sign-in page."""
    if not browser.history or browser.page.path != "/sign-in":
        await browser.open("/sign-in")
    return await browser.fill_in({"username": login, "current-password": password})


async def lock_out(browser: Browser, login: str) -> Page:
    """As many wrong tries as it takes, and one more."""
    for _ in range(LIMIT):
        page = await try_to(browser, login)
        assert page.status == 422
    return await try_to(browser, login)


async def test_after_the_last_try_the_page_says_when_the_next_one_is(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    page = await lock_out(browser, alice.login)

    assert page.status == 429
    assert "Too many attempts. You can try again at 14:12" in page.alerts[0]
    assert "in less than a minute" in page.alerts[0]
    assert "disabled" in page.form("/sign-in").buttons[0]
    panel.clock.advance(minutes=1)
    assert (await try_to(browser, alice.login, alice.password)).path == "/"


async def test_while_waiting_even_the_right_password_is_not_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    await lock_out(browser, alice.login)
    panel.sandbox.forget_requests()
    page = await try_to(browser, alice.login, alice.password)

    assert page.status == 429
    assert panel.upstream() == []


async def test_the_wait_doubles(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    await lock_out(browser, alice.login)
    waits = []
    for minutes in (1, 2, 4, 8, 16, 32):
        panel.clock.advance(minutes=minutes)
        await try_to(browser, alice.login)
        page = await try_to(browser, alice.login)
        assert page.status == 429
        waits.append(page.form("/sign-in").buttons[0].get("data-enable-after"))

    assert waits == ["121", "241", "481", "961", "1921", "3601"]


async def test_another_person_on_the_same_network_is_not_stopped(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob")
    await lock_out(panel.browser(), alice.login)

    assert (await panel.sign_in(bob)).page.path == "/"


async def test_the_owner_elsewhere_is_not_stopped_by_one_stranger(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    assert (await lock_out(panel.browser(address="198.51.100.1"), alice.login)).status == 429

    assert (await panel.sign_in(alice, panel.browser(address="203.0.113.9"))).page.path == "/"


async def test_many_strangers_do_not_stop_a_browser_that_signed_in_before(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    known = await panel.sign_in(alice)
    await known.press("Sign out")
    for number in range(5):
        await lock_out(panel.browser(address=f"198.51.100.{number}"), alice.login)
    unknown = await try_to(panel.browser(address="203.0.113.99"), alice.login, alice.password)

    assert unknown.status == 429
    assert (await panel.sign_in(alice, known)).page.path == "/"


async def test_a_known_browser_has_a_limit_too(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    known = await panel.sign_in(alice)
    await known.press("Sign out")

    assert (await lock_out(known, alice.login)).status == 429


async def test_a_proof_for_one_account_is_none_for_another(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mallory = await mail_server.new_account("mallory")
    known = await panel.sign_in(mallory)
    await known.press("Sign out")
    assert (await lock_out(panel.browser(), alice.login)).status == 429

    assert (await try_to(known, alice.login)).status == 429


@pytest.mark.parametrize("spelling", ["{login}", " {login} ", "{upper}"])
async def test_spellings_of_one_login_share_one_count(
    panel: RunningPanel, mail_server: MailServer, spelling: str
) -> None:
    alice = await mail_server.new_account("alice")
    await lock_out(panel.browser(), alice.login)
    typed = spelling.format(login=alice.login, upper=alice.login.upper())

    assert (await try_to(panel.browser(), typed)).status == 429


async def test_ipv6_addresses_of_one_network_count_together(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await lock_out(panel.browser(address="2001:db8:1:2::1"), alice.login)

    assert (await try_to(panel.browser(address="2001:db8:1:2:ffff::9"), alice.login)).status == 429
    assert (await try_to(panel.browser(address="2001:db8:1:3::1"), alice.login)).status == 422


async def test_wrong_codes_count(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await try_to(browser, bob.login, bob.password)
    for _ in range(LIMIT):
        assert (await browser.fill_in({"one-time-code": bob.wrong_code()})).status == 422
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert page.status == 429
    assert "Too many attempts. You can try again at 14:12" in page.alerts[0]


async def test_a_try_that_the_server_never_judged_does_not_count(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    mail_server.quirk("cut-before", path="/api/auth")
    for _ in range(LIMIT + 2):
        await browser.open("/sign-in")
        page = await browser.fill_in({"username": alice.login, "current-password": alice.password})
        assert page.status == 502
    mail_server.no_quirk()

    assert (await panel.sign_in(alice, browser)).page.path == "/"


async def test_unknown_accounts_are_counted_like_known_ones(panel: RunningPanel, mail_server: MailServer) -> None:
    await mail_server.new_account("alice")
    page = await lock_out(panel.browser(), f"nobody@{mail_server.domain}")

    assert page.status == 429


async def test_many_tries_at_once_get_no_more_than_the_limit(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.forget_requests()
    statuses: list[int] = []

    async def try_once() -> None:
        pairs = [("login", alice.login), ("password", WRONG_PASSWORD)]
        statuses.append((await panel.browser().post("/sign-in", pairs)).status_code)

    async with anyio.create_task_group() as group:
        for _ in range(4 * LIMIT):
            group.start_soon(try_once)

    assert sorted(statuses) == [422] * LIMIT + [429] * 3 * LIMIT
    assert [one.path for one in panel.upstream()].count("/api/auth") == LIMIT


async def test_many_codes_at_once_get_no_more_than_the_limit(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await try_to(browser, bob.login, bob.password)
    panel.sandbox.forget_requests()

    async def try_once() -> None:
        await browser.post("/sign-in/code", [("code", bob.wrong_code())])

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(try_once)

    assert [one.path for one in panel.upstream()].count("/api/auth") == LIMIT
