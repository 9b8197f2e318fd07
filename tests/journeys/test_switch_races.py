"""A switch to another account while something of the first is under way: neither is touched for the other or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from accounts_steps import COOKIE, OTHERS, SLOW, in_use, send_and_switch, switch, two
from canaries import NEW_PASSWORD
from credential_steps import names
from password_steps import account_mark, typed

if TYPE_CHECKING:
    import httpx2

    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def both_are_good(browser: Browser, *, now: MailAccount, before: MailAccount) -> None:
    """One account is in use, the other can be gone back to."""
    assert in_use(await browser.open("/")) == now.login
    assert in_use(await switch(browser, before)) == before.login
    assert in_use(await switch(browser, now)) == now.login


async def test_what_is_made_meanwhile_is_made_for_the_account_that_sent_it(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    page = await browser.open("/app-passwords/new")
    form = page.form("/app-passwords/new")
    mail_server.quirk("slow", method="x:AppPassword/set", seconds=SLOW)
    page = await send_and_switch(browser, form.action, form.filled({"name": "Phone"}, "Create app password"), to=alice)

    assert page.status == 200
    assert in_use(page) == bob.login, "the page with the secret names the account it is of"
    assert names(await browser.open("/app-passwords")) == []
    await both_are_good(browser, now=alice, before=bob)
    await switch(browser, bob)
    assert names(await browser.open("/app-passwords")) == ["Phone"]


async def test_an_answer_that_leads_on_is_shown_where_it_belongs(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob, browser = await two(panel, mail_server)
    page = await browser.open("/profile")
    form = page.form(having=("name",)) if page.main.all("input", name="name") else page.form("/profile")
    field = next(field for field in form.fields if not field.is_hidden and field.kind == "text")
    mail_server.quirk("slow", method="x:AccountSettings/set", seconds=SLOW)
    page = await send_and_switch(browser, form.action, form.filled({field.name: "Robert"}), to=alice)

    assert (page.status, page.h1) == (409, "You switched accounts")
    assert f"The page you sent belonged to {bob.login}." in page.text
    assert "Robert" not in (await browser.open("/profile")).html
    browser._page = page
    page = await switch(browser, bob)
    assert page.path == "/profile"
    assert "Robert" in page.html
    await both_are_good(browser, now=bob, before=alice)


async def test_a_proof_of_presence_meanwhile_unlocks_nothing_and_does_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    panel.clock.advance(minutes=11)
    await browser.open("/app-passwords/new")
    page = await browser.fill_in({"name": "Phone"}, button="Create app password")
    assert page.path == "/step-up"
    form = page.form("/step-up")
    mail_server.quirk("slow", path="/api/auth", seconds=SLOW)
    page = await send_and_switch(browser, "/step-up", form.filled({"current-password": bob.password}), to=alice)

    assert (page.status, page.h1) == (409, "You switched accounts")
    await both_are_good(browser, now=alice, before=bob)
    page = await switch(browser, bob)
    assert "Lock now" not in page.text
    assert names(await browser.open("/app-passwords")) == []


async def test_a_new_id_on_its_way_is_not_lost_to_a_switch_in_another_tab(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    panel.clock.advance(minutes=11)
    page = await browser.open("/step-up")
    late_tab = panel.browser()
    late_tab.cookies.update(browser.cookies)
    await late_tab.open("/")
    await browser.submit(page.form("/step-up"), {"current-password": bob.password})
    new_id = browser.cookies[COOKIE]
    button = next(button for form in late_tab.page.forms for button in form.buttons if alice.login in button.text)
    response = await late_tab.post("/switch-account", [("to", button.get("value"))])

    assert response.headers.get_list("set-cookie") == []
    assert browser.cookies[COOKIE] == new_id
    await both_are_good(browser, now=bob, before=alice)


async def test_a_password_changed_meanwhile_ends_that_session_alone(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    page = await browser.open("/password")
    fields = page.form("/password").filled(typed(bob))
    mail_server.quirk("slow", method="x:AccountPassword/set", seconds=SLOW)
    page = await send_and_switch(browser, "/password", fields, to=alice)

    assert (page.status, page.h1) == (409, "You switched accounts")
    assert await mail_server.accepts(bob, NEW_PASSWORD)
    assert in_use(await browser.open("/")) == alice.login
    page = await switch(browser, bob)
    assert page.path == "/sign-in"
    assert in_use(await switch(browser, alice)) == alice.login


async def test_a_page_whose_token_died_takes_no_other_account_away(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    await mail_server.change(bob, {"credentials/0/secret": "another cAnArY9 one entirely"})
    mail_server.quirk("slow", account=bob, seconds=SLOW)
    shown = browser.page
    answers: list[httpx2.Response] = []

    async def look() -> None:
        answers.append(await browser.request("GET", "/password"))

    async with anyio.create_task_group() as group:
        group.start_soon(look)
        await anyio.sleep(SLOW / 3)
        browser._page = shown
        assert in_use(await switch(browser, alice)) == alice.login
        assert not answers

    assert answers[0].headers.get_list("set-cookie") == []
    assert in_use(await browser.open("/")) == alice.login


async def test_an_answer_to_the_switch_that_was_lost_leaves_everything_as_it_was(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    before = dict(browser.cookies)
    await switch(browser, alice)
    browser.forget()
    for name, value in before.items():
        browser.cookies.set(name, value, domain="panel.test", path="/")
    page = await browser.open("/password")
    assert in_use(page) == bob.login
    assert (await browser.post("/lock", [("account", account_mark(page))])).headers["location"] == "/"
    assert "Lock now" in (await browser.open("/")).text, "nothing is written for half a minute"
    panel.clock.advance(seconds=31)

    assert "Lock now" not in (await browser.press("Lock now")).text
    await both_are_good(browser, now=bob, before=alice)


async def test_two_switches_at_once_lose_nobody(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob, browser = await two(panel, mail_server)
    carol = await mail_server.new_account("carol")
    await browser.open("/sign-in?add=1")
    page = await browser.fill_in({"username": carol.login, "current-password": carol.password})
    marks = [button.get("value") for form in page.forms for button in form.buttons if button.get("name") == "to"]

    async with anyio.create_task_group() as group:
        for mark in marks:
            group.start_soon(browser.post, "/switch-account", [("to", mark)])

    assert len(browser.cookies[OTHERS].split(".")) in {2, 3}
    page = await browser.open("/")
    assert page.text.count("Switch to") == 2
    for person in (alice, bob, carol):
        page = page if in_use(page) == person.login else await switch(browser, person)
        assert in_use(page) == person.login
