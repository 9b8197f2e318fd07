"""The mail server slow, down, cut off or answering nonsense under somebody who is signed in.

Every page of every section is opened under every fault: a clear answer, nothing claimed, nobody signed out, no 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bulwark import catalog
from password_steps import account_mark
from stalwart_jmap import Timeouts

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

AWAY = "The mail server does not answer"
NONSENSE = "The mail server’s answer makes no sense"
FAULTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("cut-before", {}, 502, AWAY),
    ("cut-after", {}, 502, AWAY),
    ("500", {}, 502, AWAY),
    ("503", {}, 502, AWAY),
    ("429", {"retry_after": 30}, 429, "Too many requests"),
    ("html", {}, 502, NONSENSE),
    ("html", {"status": 502}, 502, AWAY),
    ("truncated-json", {}, 502, NONSENSE),
    ("empty", {}, 502, NONSENSE),
    ("huge", {}, 502, NONSENSE),
    ("redirect", {}, 502, NONSENSE),
    ("redirect", {"status": 302}, 502, NONSENSE),
    ("ban", {}, 502, "The mail server blocks this panel"),
]
READS_THE_SERVER = ("/", "/password")


def sections() -> list[str]:
    """The page of every section there is."""
    return [feature.path for feature in catalog.FEATURES]


async def leaves_somebody_signed_in(panel: RunningPanel, browser: Browser) -> bool:
    """Whether the overview opens again once the fault is over."""
    panel.mail_server.no_quirk()
    return (await browser.open("/")).h1 == "Overview"


@pytest.mark.parametrize(("fault", "options", "status", "heading"), FAULTS, ids=[f"{r[0]}{r[1]}" for r in FAULTS])
async def test_under_each_fault_every_section_answers_in_words(
    panel: RunningPanel, mail_server: MailServer, fault: str, options: dict[str, Any], status: int, heading: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk(fault, **options)
    for path in sections():
        page = await browser.open(path)

        assert page.status != 500
        assert not page.path.startswith("/sign-in"), f"{path} signed the person out"
        if path in READS_THE_SERVER:
            assert (page.status, page.h1) == (status, heading)
            assert page.link("Try again") == path
    assert await leaves_somebody_signed_in(panel, browser)


async def test_a_server_that_is_too_slow_is_told_as_one_that_does_not_answer(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.app.state.panel.transport._timeouts = Timeouts(connect=0.1, total=0.1)
    mail_server.quirk("slow", seconds=5.0)
    page = await browser.open("/")

    assert (page.status, page.h1) == (502, AWAY)
    assert await leaves_somebody_signed_in(panel, browser)


async def test_a_server_that_is_a_little_slow_is_waited_for(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("slow-answer", seconds=0.2)

    assert (await browser.open("/")).h1 == "Overview"


async def test_a_crowded_server_is_asked_again(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("concurrency", path="/jmap/", times=1)

    assert (await browser.open("/")).h1 == "Overview"


async def test_an_answer_that_takes_the_other_clock_is_no_trouble(panel: RunningPanel, mail_server: MailServer) -> None:
    mail_server.quirk("clock-skew", seconds=3600)
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)

    assert (await browser.open("/")).h1 == "Overview"


@pytest.mark.parametrize("fault", ["cut-before", "500", "429", "html", "ban"])
async def test_a_renewal_of_the_token_that_fails_signs_nobody_out(
    panel: RunningPanel, mail_server: MailServer, fault: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=29)
    await browser.open("/password")
    panel.clock.advance(minutes=29)
    await browser.request("GET", "/password/changed")
    panel.clock.advance(minutes=2)
    mail_server.quirk(fault, path="/auth/token")
    page = await browser.open("/")

    assert page.status in {429, 502}
    assert await leaves_somebody_signed_in(panel, browser)


async def test_a_session_that_changed_on_the_server_is_read_again(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await mail_server.change(alice, {"description": "Alice the Second"})
    await panel.count_anew()
    await browser.open("/")
    first = [one.path for one in panel.upstream()]
    await panel.count_anew()
    await browser.open("/")

    assert first in (["/jmap/"], ["/jmap/", "/jmap/session"])
    assert [one.path for one in panel.upstream()] == ["/jmap/"]


async def test_an_account_that_was_removed_leads_to_sign_in(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await mail_server.administer(("x:Account/set", {"destroy": [alice.account_id]}))
    page = await browser.open("/")

    assert page.path == "/sign-in"


async def test_health_does_not_ask_the_mail_server(panel: RunningPanel, mail_server: MailServer) -> None:
    mail_server.quirk("cut-before")
    browser = panel.browser(checks_pages=False)
    alive = await browser.request("GET", "/healthz", headers={"host": "10.0.0.1:8700"})
    ready = await browser.request("GET", "/readyz", headers={"host": "10.0.0.1:8700"})

    assert (alive.status_code, ready.status_code) == (200, 200)
    assert panel.upstream() == []


async def test_signing_out_works_without_the_mail_server(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before")
    response = await browser.post("/sign-out", [("account", account_mark(browser.page))])

    assert response.headers["location"] == "/sign-in?ended=signed-out"
