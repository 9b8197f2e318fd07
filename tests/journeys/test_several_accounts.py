"""Several accounts in one browser: added, gone between, signed out of, and never mixed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts_steps import COOKIE, OTHERS, add, in_use, switch, two
from canaries import TOTP_SECRET, WRONG_PASSWORD
from password_steps import account_mark, change

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_a_second_account_is_added_and_both_are_good(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(alice)
    page = await browser.click("Add an account")
    assert f"Signed in as {alice.login}" in page.text
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    assert in_use(await browser.open("/password")) == alice.login, "she goes on while his code is waited for"
    await browser.open("/sign-in/code")
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert in_use(page) == bob.login
    assert in_use(await switch(browser, alice)) == alice.login
    assert in_use(await switch(browser, bob)) == bob.login
    await panel.count_anew()
    await browser.open("/profile")
    assert len(panel.upstream()) == 1, "the menu costs no request"


async def test_adding_begins_again_beside_the_account_when_the_code_comes_too_late(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(alice)
    await browser.open("/sign-in?add=1")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})
    panel.clock.advance(minutes=6)
    page = await browser.fill_in({"one-time-code": bob.code()})

    assert "That took too long" in page.text
    assert f"Signed in as {alice.login}" in page.text
    assert in_use(await browser.open("/")) == alice.login


async def test_no_session_id_stands_on_any_page(panel: RunningPanel, mail_server: MailServer) -> None:
    _alice, _bob, browser = await two(panel, mail_server)
    ids = [browser.cookies[COOKIE], *browser.cookies[OTHERS].split(".")]
    assert len(ids) == 2
    for path in ("/", "/password", "/activity", "/sign-in?add=1", "/nothing"):
        page = await browser.open(path)
        assert not any(one in page.html for one in ids), path


async def test_a_form_of_the_account_before_is_not_done_and_leads_back(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    await switch(browser, alice)
    stale = await browser.open("/password")
    await switch(browser, bob)
    pairs = [("account", account_mark(stale)), ("password", alice.password), ("new_password", "x cAnArY9 y")]
    page = browser.read(await browser.post("/password", pairs))
    browser._page = page

    assert (page.status, page.h1) == (409, "You switched accounts")
    assert f"You are now signed in as {bob.login}, so nothing was done." in page.text
    assert await mail_server.accepts(alice, alice.password)
    assert in_use(await switch(browser, alice)) == alice.login


async def test_what_has_no_page_around_it_is_given_to_the_account_of_its_page_alone(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    mine = await browser.open("/activity")
    live = (await browser.open("/identities")).root.first("ul", class_="rows").get("data-live")
    assert (await browser.request("GET", mine.link("CSV"))).headers["content-type"].startswith("text/csv")
    await switch(browser, alice)

    for address in (mine.link("CSV"), f"{live}&since=x", f"/identities/a/signature?{live.partition('?')[2]}"):
        response = await browser.request("GET", address, headers={"accept": "text/event-stream"})
        assert response.status_code == 409, address
        assert bob.login not in response.text.partition("<main")[0]


async def test_signing_out_goes_on_with_the_account_used_before_and_says_so(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, _bob, browser = await two(panel, mail_server)
    bobs = browser.cookies[COOKIE]
    page = await browser.press("Sign out")

    assert page.path == "/signed-out"
    assert "You are signed out." in page.text
    assert f"This browser goes on with {alice.login}" in page.text
    assert OTHERS not in browser.cookies
    assert await panel.app.state.panel.sessions.find_several([bobs]) == [None]
    page = await browser.press("Sign out")
    assert page.path == "/sign-in"
    assert COOKIE not in browser.cookies


async def test_signing_out_of_all_ends_every_account_of_this_browser_and_no_other(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, _bob, browser = await two(panel, mail_server)
    elsewhere = await panel.sign_in(alice)
    held = [browser.cookies[COOKIE], browser.cookies[OTHERS]]
    page = await browser.press("Sign out of all 2 accounts")

    assert page.url == "/sign-in?ended=signed-out"
    assert not {COOKIE, OTHERS} & set(browser.cookies)
    assert await panel.app.state.panel.sessions.find_several(held) == [None, None]
    assert "Signed out" in (await elsewhere.open("/activity")).text


async def test_an_account_left_alone_idles_out_and_is_asked_for_again_by_name(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    for _ in range(3):
        panel.clock.advance(minutes=25)
        await browser.open("/profile")
    await panel.app.state.panel.sessions.purge()
    page = await browser.open("/")
    assert f"{alice.login} Signed out after 30 minutes idle" in page.text
    page = await browser.click(alice.login)
    assert "You were signed out after 30 minutes without activity." in page.text
    assert f"Signed in as {bob.login}" in page.text
    assert page.form("/sign-in").field("username").value == alice.login
    page = await browser.fill_in({"current-password": alice.password})

    assert in_use(page) == alice.login
    assert len(browser.cookies[OTHERS].split(".")) == 1, "the ended session is gone from the cookie"


async def test_switching_to_an_account_that_idled_out_meanwhile_asks_for_its_password(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    panel.clock.advance(minutes=20)
    await browser.open("/profile")
    panel.clock.advance(minutes=15)
    page = await switch(browser, alice)

    assert page.path == "/sign-in"
    assert page.form("/sign-in").field("username").value == alice.login
    assert in_use(await browser.open("/")) == bob.login


async def test_when_the_account_in_use_ends_the_others_are_offered(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    panel.clock.advance(minutes=20)
    await switch(browser, alice)
    await switch(browser, bob)
    await panel.app.state.panel.sessions.end(await panel.app.state.panel.sessions.find(browser.cookies[COOKIE]))
    page = await browser.open("/password")
    assert page.path == "/sign-in"

    assert in_use(await switch(browser, alice)) == alice.login


async def test_six_accounts_fit_and_a_seventh_is_refused_before_its_password_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    people = [await mail_server.new_account(f"person{number}") for number in range(7)]
    browser = await panel.sign_in(people[0])
    for person in people[1:6]:
        await add(browser, person)
    assert len(browser.cookies[OTHERS]) <= 5 * 44
    page = await browser.open("/sign-in?add=1")
    assert "6 accounts are signed in here, and that is the most for one browser." in page.text
    before = len(panel.upstream())
    response = await browser.post("/sign-in", [("login", people[6].login), ("password", people[6].password)])

    assert response.status_code == 422
    assert len(panel.upstream()) == before
    assert (await browser.open("/")).text.count("Switch to") == 5


@pytest.mark.parametrize("planted", ["garbage", "A" * 43, ".".join(["A" * 43] * 11), "x" * 600, "....", '"a"'])
async def test_made_up_others_open_nothing(panel: RunningPanel, mail_server: MailServer, planted: str) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    browser.cookies.set(OTHERS, planted, domain="panel.test", path="/")
    page = await browser.open("/")

    assert "Switch to" not in page.text
    assert "Sign out of all" not in page.text


async def test_a_session_of_another_browser_is_reached_by_no_mark(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    theirs = await panel.sign_in(bob)
    browser = await panel.sign_in(alice)
    mark = account_mark(theirs.page)
    mine = browser.cookies[COOKIE]
    response = await browser.post("/switch-account", [("account", account_mark(browser.page)), ("to", mark)])

    assert response.status_code == 409
    assert browser.cookies[COOKIE] == mine
    assert (await browser.request("GET", f"/switch-account?to={mark}")).status_code == 405
    cross = await browser.post("/switch-account", [("to", mark)], site="cross-site")
    assert cross.status_code == 403
    again = await browser.open(f"/sign-in?again={mark}")
    assert bob.login not in again.text


async def test_a_new_password_and_signing_out_everywhere_leave_other_accounts_alone(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    others = browser.cookies[OTHERS]
    page = await change(browser, bob)

    assert page.path == "/password/changed"
    assert browser.cookies[OTHERS] == others
    assert in_use(await switch(browser, alice)) == alice.login


async def test_a_set_up_under_way_stays_with_its_account(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob, browser = await two(panel, mail_server)
    await browser.open("/two-factor")
    page = await browser.press("Start set-up")
    assert page.path == "/two-factor/set-up/1"
    key = page.root.first(id="key").text
    await switch(browser, alice)
    assert (await browser.open("/two-factor/set-up/1")).path == "/two-factor"
    await switch(browser, bob)

    assert (await browser.open("/two-factor/set-up/1")).root.first(id="key").text == key


async def test_strangers_mistakes_lock_none_of_the_accounts_of_a_browser_out(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob, browser = await two(panel, mail_server)
    await browser.press("Sign out of all 2 accounts")
    for person in (alice, bob):
        for _ in range(11):
            stranger = panel.browser()
            await stranger.post("/sign-in", [("login", person.login), ("password", WRONG_PASSWORD)])

    await panel.sign_in(alice, browser)
    assert in_use(await add(browser, bob)) == bob.login
