"""Signing in while the mail server is away, too old, blocking, or answering nonsense: each told, nothing claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canaries import TOTP_SECRET
from panel_kit import HOME_ADDRESS

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

AWAY = "The mail server does not answer"
NONSENSE = "The mail server’s answer makes no sense"
TOO_OLD = "Account security management is not available for this mail server"
SLOW_DOWN = "Too many requests"

FAULTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("cut-before", {}, 502, AWAY),
    ("cut-after", {}, 502, AWAY),
    ("500", {}, 502, AWAY),
    ("503", {}, 502, AWAY),
    ("429", {"retry_after": 30}, 429, SLOW_DOWN),
    ("html", {}, 502, NONSENSE),
    ("truncated-json", {}, 502, NONSENSE),
    ("empty", {}, 502, NONSENSE),
    ("huge", {}, 502, NONSENSE),
    ("redirect", {}, 502, NONSENSE),
]
STEPS = ("/api/auth", "/auth/token", "/jmap/session", "/api/account")


async def sign_in(panel: RunningPanel, account: MailAccount) -> Page:
    """Type address and password (and code), whatever comes of it."""
    browser = panel.browser()
    await browser.open("/sign-in")
    page = await browser.fill_in({"username": account.login, "current-password": account.password})
    if page.path == "/sign-in/code" and page.status == 200:
        page = await browser.fill_in({"one-time-code": account.code()})
    return page


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("fault", "options", "status", "heading"), FAULTS, ids=[row[0] for row in FAULTS])
async def test_each_fault_at_each_step_has_its_page_and_passes(
    panel: RunningPanel,
    mail_server: MailServer,
    step: str,
    fault: str,
    options: dict[str, Any],
    status: int,
    heading: str,
) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk(fault, path=step, **options)
    page = await sign_in(panel, alice)

    assert (page.status, page.h1) == (status, heading)
    assert "wrong" not in page.text
    mail_server.no_quirk()
    assert (await sign_in(panel, alice)).path == "/"


@pytest.mark.parametrize(("fault", "options", "status", "heading"), FAULTS[:5], ids=[row[0] for row in FAULTS[:5]])
async def test_a_fault_at_the_code_step_keeps_the_half_sign_in(
    panel: RunningPanel,
    mail_server: MailServer,
    fault: str,
    options: dict[str, Any],
    status: int,
    heading: str,
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = panel.browser()
    await browser.open("/sign-in")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    mail_server.quirk(fault, path="/api/auth", **options)
    page = await browser.fill_in({"one-time-code": bob.code()})
    mail_server.no_quirk()

    assert (page.status, page.h1) == (status, heading)
    await browser.open("/sign-in/code")
    assert (await browser.fill_in({"one-time-code": bob.code()})).path == "/"


async def test_the_time_zone_that_cannot_be_read_is_no_reason_to_keep_anybody_out(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("html", method="x:AccountSettings/get", times=1)

    assert (await sign_in(panel, alice)).path == "/"


async def test_a_server_before_0_16_is_named_as_the_reason(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("before-0.16")
    page = await sign_in(panel, alice)

    assert (page.status, page.h1) == (501, TOO_OLD)
    assert "This panel needs Stalwart 0.16 or newer." in page.text
    assert "Nothing is wrong with your account." in page.text


async def test_a_blocked_network_of_the_person_is_told_as_theirs(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.settings.change("Http", useXForwarded=True)
    mail_server.quirk("ban", address=HOME_ADDRESS)
    page = await sign_in(panel, alice)

    assert page.status == 502
    assert page.h1 == "The mail server blocks your address"


async def test_a_blocked_panel_is_told_as_not_about_the_person(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("ban")
    page = await sign_in(panel, alice)

    assert page.status == 502
    assert page.h1 == "The mail server blocks this panel"


@pytest.mark.parametrize("step", ["/auth/token", "/jmap/session", "/api/account"])
async def test_a_block_that_falls_in_the_middle_is_told_as_one(
    panel: RunningPanel, mail_server: MailServer, step: str
) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.settings.change("Http", useXForwarded=True)
    mail_server.quirk("ban", address=HOME_ADDRESS, path=step)
    page = await sign_in(panel, alice)

    assert page.h1 == "The mail server blocks your address"


async def test_a_block_while_signed_in_is_told_as_one_and_ends_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.settings.change("Http", useXForwarded=True)
    browser = await panel.sign_in(alice)
    mail_server.quirk("ban", address=HOME_ADDRESS)
    for path in ("/", "/password"):
        page = await browser.open(path)
        assert page.h1 == "The mail server blocks your address"
    mail_server.no_quirk()

    assert (await browser.open("/")).h1 == "Overview"


async def test_a_ban_for_wrong_passwords_is_told_as_a_block(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.settings.change("Http", useXForwarded=True)
    panel.sandbox.state.bans.limit = 2
    browser = panel.browser()
    seen = []
    for _ in range(4):
        await browser.open("/sign-in")
        page = await browser.fill_in({"username": alice.login, "current-password": "wrong cAnArY9 one"})
        seen.append((page.status, page.h1))

    assert seen[:2] == [(422, "Account security")] * 2
    assert seen[-1] == (502, "The mail server blocks your address")


async def test_addresses_that_lead_elsewhere_are_not_followed(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("misleading-urls", origin="https://evil.test")

    assert (await sign_in(panel, alice)).h1 == "Overview"


async def test_relative_addresses_are_understood(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    mail_server.quirk("relative-urls")

    assert (await sign_in(panel, alice)).h1 == "Overview"


async def test_an_account_that_may_not_sign_in_is_refused_in_the_same_words(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    """The server answers "failure" to it, as to a wrong password."""
    alice = await mail_server.new_account("alice", without=["authenticate"])
    page = await sign_in(panel, alice)

    assert page.status in {403, 422}
    assert page.alerts


async def test_exactly_one_forwarded_address_reaches_the_mail_server(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    panel.sandbox.forget_requests()
    browser = panel.browser(address="203.0.113.50")
    await browser.request("GET", "/sign-in", headers={"x-forwarded-for": "10.9.8.7, 1.1.1.1"})
    pairs = [("login", alice.login), ("password", alice.password)]
    headers = {"x-forwarded-for": "10.9.8.7", "forwarded": "for=10.9.8.7", "origin": "https://panel.test"}
    await browser.request("POST", "/sign-in", pairs=pairs, headers=headers)
    await browser.open("/")

    assert {one.forwarded_for for one in panel.upstream()} == {"203.0.113.50"}
