"""Two forms of one browser at the same instant: whichever answer comes last, nothing is lost and nothing is told wrong.

On both databases: what decides between two requests is a conditional write.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import anyio
import pytest

from accounts_steps import SLOW, add, in_use, send_and_switch, switch
from canaries import NEW_PASSWORD
from password_steps import SET, typed
from two_factor_steps import enrolled

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from html_page import Value
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel
    from postgresql_cluster import Cluster

pytestmark = pytest.mark.anyio
_NUMBERS = count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def panel_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the panel is told."""
    if request.param == "sqlite":
        return {}
    cluster: Cluster = request.getfixturevalue("cluster")
    return {"DATABASE_URL": cluster.new_database(f"instant_{next(_NUMBERS)}")}


async def test_a_recovery_code_is_not_used_up_by_a_proof_that_a_switch_made_void(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    browser, codes = await enrolled(panel, bob)
    await add(browser, alice)
    await switch(browser, bob)
    panel.clock.advance(minutes=11)
    page = await browser.open("/step-up?with=recovery-code")
    proof: dict[str, Value] = {"current-password": bob.password, "recovery_code": codes[0]}
    fields = page.form("/step-up").filled(proof)
    mail_server.quirk("slow", path="/api/auth", seconds=SLOW)
    page = await send_and_switch(browser, "/step-up", fields, to=alice)
    mail_server.no_quirk()
    assert (page.status, page.h1) == (409, "You switched accounts")
    browser._page = page
    await switch(browser, bob)
    assert "10 of 10 left" in (await browser.open("/two-factor")).text
    await browser.open("/step-up?with=recovery-code")
    page = await browser.fill_in(proof)

    assert "Lock now" in page.text
    assert "9 of 10 left" in (await browser.open("/two-factor")).text


async def click_twice(
    browser: Browser, ghost: Browser, values: dict[str, Value], *, until: Callable[[], bool]
) -> tuple[httpx2.Response, httpx2.Response]:
    """Send the form of the page, and once the condition holds a second time; both answers, the browser has neither.

    `ghost` is the first click, whose answer a browser without scripts throws away.
    """
    form = browser.page.form(having=tuple(values))
    fields = form.filled(values)
    ghost.cookies.update(browser.cookies)
    answers: list[httpx2.Response] = []

    async def click_once() -> None:
        answers.append(await ghost.post(form.action, fields))

    async with anyio.create_task_group() as group:
        group.start_soon(click_once)
        with anyio.fail_after(30):
            while not until():  # noqa: ASYNC110 - what is waited for happens at the mail server
                await anyio.sleep(0.005)
        assert not answers, "the first click is still under way"
        second = await browser.post(form.action, fields)
    return answers[0], second


@pytest.mark.parametrize("quirk", ["slow", "slow-answer"])
async def test_a_second_click_on_a_new_password_finds_the_answer_of_the_first(
    panel: RunningPanel, mail_server: MailServer, quirk: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    sandbox = panel.sandbox
    sandbox.forget_requests()
    mail_server.quirk(quirk, method=SET, seconds=SLOW)

    def has_begun() -> bool:
        if quirk == "slow-answer":
            return sandbox.password_is(alice.login, NEW_PASSWORD)
        return any(SET in one.methods for one in sandbox.requests)

    _first, second = await click_twice(browser, panel.browser(), typed(alice), until=has_begun)
    assert second.headers["location"] == "/password/changed"
    page = await browser.open("/password/changed")

    assert page.url == "/sign-in?ended=password-changed"
    assert "Your password was changed" in page.text
    assert sum(SET in one.methods for one in sandbox.requests) == 1, "it was sent once"
    assert await panel.app.state.panel.sessions.listed_of(alice.account_id) == (), "no session is left unreached"


async def test_a_second_click_leads_to_the_receipt_where_the_first_answer_came_as_well(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("slow-answer", method=SET, seconds=SLOW)
    changed = partial(panel.sandbox.password_is, alice.login, NEW_PASSWORD)
    first, second = await click_twice(browser, panel.browser(), typed(alice), until=changed)
    browser.cookies.extract_cookies(first)
    page = await browser.open(second.headers["location"])

    assert page.path == "/password/changed"
    assert "Your password was changed" in page.text
    assert in_use(await browser.open("/profile")) == alice.login


async def test_a_second_click_on_signing_out_everywhere_finds_the_answer_of_the_first(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/activity/sign-out-everywhere")
    mine = panel.sandbox.account(alice.login)
    before = mine.credentials[0].secret
    mail_server.quirk("slow-answer", method=SET, seconds=SLOW)
    _first, second = await click_twice(
        browser,
        panel.browser(),
        {"current-password": alice.password},
        until=lambda: mine.credentials[0].secret != before,
    )
    page = await browser.open(second.headers["location"])

    assert page.url == "/sign-in?ended=signed-out"
    assert await panel.app.state.panel.sessions.listed_of(alice.account_id) == ()


async def test_a_form_that_was_overtaken_by_another_one_claims_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/step-up")
    late = panel.browser()
    late.cookies.update(browser.cookies)
    await late.open("/password")
    await browser.fill_in({"current-password": alice.password})
    fields = late.page.form(having=("new-password",)).filled(typed(alice))

    assert (await late.post("/password", fields)).headers["location"] == "/", "another form gave the new id"
    assert await mail_server.accepts(alice, alice.password)
