"""Several accounts in one browser: adding, switching, signing out; nothing of one ever reaches the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from canaries import NEW_PASSWORD

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

SESSION = "__Host-bulwark"
OTHERS = "__Host-bulwark-others"


async def add(browser: Browser, account: MailAccount) -> None:
    """Sign in to one more account, by the link of the menu."""
    await browser.click("Add an account")
    await browser.fill_in({"username": account.login, "current-password": account.password})
    assert browser.page.path == "/", browser.page.text


async def both(panel: RunningPanel, mail_server: MailServer) -> tuple[Browser, MailAccount, MailAccount]:
    """Alice signed in, then Bob beside her; Bob is in use."""
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    browser = await panel.sign_in(alice)
    await add(browser, bob)
    return browser, alice, bob


def in_use(browser: Browser) -> str:
    """Whose pages the browser shows."""
    return browser.page.text.partition("Signed in as")[2].split()[0]


async def test_a_second_account_is_added_and_the_first_one_stays(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)

    page = await browser.click("Add an account")
    assert f"You stay signed in as {alice.login}." in page.text
    bob = await mail_server.new_account("bob")
    await browser.fill_in({"username": bob.login, "current-password": bob.password})

    assert in_use(browser) == bob.login
    assert f"Switch to {alice.login}" in browser.page.text


async def test_switching_changes_places_and_back(panel: RunningPanel, mail_server: MailServer) -> None:
    browser, alice, bob = await both(panel, mail_server)
    before = len(panel.upstream())

    await browser.press(f"Switch to {alice.login}")

    assert (browser.page.path, in_use(browser)) == ("/", alice.login)
    await browser.press(f"Switch to {bob.login}")
    assert in_use(browser) == bob.login
    assert len(panel.upstream()) - before == 2  # one for each page: the menu asks the mail server nothing


async def test_no_id_of_a_session_stands_in_any_page(panel: RunningPanel, mail_server: MailServer) -> None:
    browser, _alice, _bob = await both(panel, mail_server)

    response = await browser.request("GET", "/profile")

    for name in (SESSION, OTHERS):
        for each in str(browser.cookies[name]).split("."):
            assert each
            assert each not in response.text


async def test_signing_in_to_the_same_account_again_makes_no_second_one(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    await browser.press(f"Switch to {alice.login}")
    old = browser.cookies[SESSION]
    await browser.press(f"Switch to {bob.login}")

    await add(browser, alice)

    assert in_use(browser) == alice.login
    assert f"Switch to {bob.login}" in browser.page.text
    assert browser.page.text.count(f"Switch to {alice.login}") == 0
    stranger = panel.browser()
    stranger.cookies.set(SESSION, str(old), domain="panel.test", path="/")
    assert (await stranger.open("/profile")).path == "/sign-in"


async def test_a_form_of_another_account_does_nothing_and_leads_back(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    await browser.press(f"Switch to {alice.login}")
    stale = (await browser.open("/profile")).form("/profile")
    await browser.press(f"Switch to {bob.login}")
    before = len(panel.upstream())

    page = await browser.submit(stale, {"name": "Somebody else"})

    assert page.status == 409
    assert "You switched accounts" in page.text
    assert f"You are now signed in as {bob.login}, so nothing was done." in page.text
    assert panel.upstream()[before:] == []
    await browser.press(f"Switch to {alice.login}")
    assert in_use(browser) == alice.login


async def test_switching_to_somebody_who_is_not_in_this_browser_does_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, _alice, bob = await both(panel, mail_server)
    elsewhere = await panel.sign_in(await mail_server.new_account("carol"))
    mark = dict(elsewhere.page.form("/sign-out").filled({}, None))["account"]

    for wanted in (mark, "", "x" * 20):
        await browser.request("POST", "/switch-account", pairs=[("to", wanted)])
        await browser.open("/")
        assert in_use(browser) == bob.login


async def test_signing_out_leaves_the_others_and_offers_them(panel: RunningPanel, mail_server: MailServer) -> None:
    browser, alice, bob = await both(panel, mail_server)

    page = await browser.press("Sign out")

    assert "You are signed out." in page.text
    await browser.press(f"Go on as {alice.login}")
    assert in_use(browser) == alice.login
    assert bob.login not in browser.page.text


async def test_signing_out_of_all_ends_every_session(panel: RunningPanel, mail_server: MailServer) -> None:
    browser, _alice, _bob = await both(panel, mail_server)
    ids = str(browser.cookies[OTHERS]).split(".")
    assert browser.cookies[SESSION] in ids

    page = await browser.press("Sign out of all 2 accounts")

    assert "Go on as" not in page.text
    assert (SESSION in browser.cookies, OTHERS in browser.cookies) == (False, False)
    for each in ids:
        stranger = panel.browser()
        stranger.cookies.set(SESSION, each, domain="panel.test", path="/")
        assert (await stranger.open("/profile")).path == "/sign-in"


async def test_an_account_left_alone_for_too_long_says_so_and_asks_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    for _ in range(2):
        panel.clock.advance(minutes=20)
        await browser.open("/")

    page = await browser.press(f"Sign in again as {alice.login}")

    assert f"{alice.login} was signed out because it was not used for a while." in page.text
    assert page.form("/sign-in").field("login").value == alice.login
    await browser.fill_in({"current-password": alice.password})
    assert in_use(browser) == alice.login
    assert f"Switch to {bob.login}" in browser.page.text


async def test_a_seventh_account_signs_out_the_one_that_rested_longest(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    people = [await mail_server.new_account(f"person{number}") for number in range(7)]
    browser = await panel.sign_in(people[0])
    for account in people[1:6]:
        panel.clock.advance(minutes=2)
        await browser.open("/")
        await add(browser, account)
    panel.clock.advance(minutes=2)
    page = await browser.click("Add an account")
    assert f"signs out {people[0].login}, unused for longest" in page.text

    await browser.fill_in({"username": people[6].login, "current-password": people[6].password})

    for account in people[1:6]:
        assert f"Switch to {account.login}" in browser.page.text
    assert people[0].login not in browser.page.text
    assert len(str(browser.cookies[OTHERS])) == 6 * 43 + 5


async def test_a_new_password_and_signing_out_everywhere_leave_other_accounts_alone(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    await browser.open("/password")
    await browser.fill_in(
        {"current-password": bob.password, "new-password[1]": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD},
        button="Change password",
    )
    assert browser.page.path == "/password/changed"

    await browser.press(f"Switch to {alice.login}")

    assert in_use(browser) == alice.login
    await browser.press(f"Switch to {bob.login}")
    assert in_use(browser) == bob.login


@pytest.mark.parametrize("cookie", ["nonsense", "a" * 43, ".".join(["b" * 43] * 5), "", "." * 200, "a" * 512])
async def test_a_made_up_cookie_opens_nothing(panel: RunningPanel, mail_server: MailServer, cookie: str) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    browser.cookies.set(OTHERS, cookie, domain="panel.test", path="/")

    page = await browser.open("/")

    assert in_use(browser) == alice.login
    assert "Switch to" not in page.text


async def test_the_id_of_another_account_planted_among_the_others_is_not_taken_over(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    """Fixation: whoever can plant a cookie plants a session of their own, and it is shown under its own address."""
    mallory, alice = await mail_server.new_account("mallory"), await mail_server.new_account("alice")
    planted = (await panel.sign_in(mallory)).cookies[SESSION]
    browser = panel.browser()
    await browser.open("/sign-in")
    browser.cookies.set(OTHERS, str(planted), domain="panel.test", path="/")

    await panel.sign_in(alice, browser)

    assert in_use(browser) == alice.login
    assert f"Switch to {mallory.login}" in browser.page.text
    assert str(planted) != str(browser.cookies[SESSION])


async def test_a_change_in_flight_during_a_switch_reaches_only_its_own_account(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    form = (await browser.open("/profile")).form("/profile")
    pairs = form.filled({"name": "Robert"}, None)
    panel.sandbox.quirks.set("slow", account=bob.login, method="x:AccountSettings/set", seconds=0.5, times=1)

    answers = []

    async def change() -> None:
        answers.append(await browser.request("POST", "/profile", pairs=pairs))

    async with anyio.create_task_group() as group:
        group.start_soon(change)
        await anyio.sleep(0.2)
        await browser.press(f"Switch to {alice.login}")
        assert in_use(browser) == alice.login

    assert answers[0].status_code == 303
    assert (await browser.open("/profile")).form("/profile").field("name").value != "Robert"
    assert in_use(browser) == alice.login
    await browser.press(f"Switch to {bob.login}")
    assert (await browser.open("/profile")).form("/profile").field("name").value == "Robert"


async def test_a_proof_of_presence_given_for_one_account_counts_for_that_one_alone(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, bob = await both(panel, mail_server)
    panel.clock.advance(minutes=11)
    step_up = (await browser.open("/step-up")).form("/step-up")
    await browser.press(f"Switch to {alice.login}")
    assert "Lock now" not in browser.page.text

    page = await browser.submit(step_up, {"password": bob.password})

    assert page.status == 409
    assert "Lock now" not in (await browser.open("/")).text
    await browser.press(f"Switch to {bob.login}")
    assert "Lock now" not in browser.page.text
    await browser.open("/step-up")
    await browser.fill_in({"current-password": bob.password}, form="/step-up")
    assert "Lock now" in browser.page.text
    await browser.press(f"Switch to {alice.login}")
    assert "Lock now" not in browser.page.text


async def test_a_new_id_that_arrives_after_a_switch_loses_no_account(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    """Step-up in one tab while another switches: its late cookie brings its account back, the other one stays."""
    browser, alice, bob = await both(panel, mail_server)
    step_up = (await browser.open("/step-up")).form("/step-up")
    panel.sandbox.quirks.set("slow", path="/api/auth", seconds=0.5, times=1)

    async with anyio.create_task_group() as group:
        group.start_soon(
            lambda: browser.request("POST", "/step-up", pairs=step_up.filled({"password": bob.password}, None))
        )
        await anyio.sleep(0.2)
        await browser.press(f"Switch to {alice.login}")

    await browser.open("/")
    assert in_use(browser) == bob.login
    await browser.press(f"Switch to {alice.login}")
    assert in_use(browser) == alice.login
    await browser.press(f"Switch to {bob.login}")
    assert in_use(browser) == bob.login


async def test_each_account_that_signed_in_here_is_known_to_the_limit_of_tries(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, alice, _bob = await both(panel, mail_server)
    await browser.press("Sign out of all 2 accounts")
    for number in range(12):
        stranger = panel.browser(address="198.51.100.9")
        await stranger.open("/sign-in")
        await stranger.fill_in({"username": alice.login, "current-password": f"not hers {number}"})

    await panel.sign_in(alice, browser)

    assert in_use(browser) == alice.login
