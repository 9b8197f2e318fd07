"""The answer to turning on, replacing or turning off gets lost: nothing is sent twice, and looking tells what holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET, WRONG_PASSWORD
from totp_code import totp_code
from two_factor_steps import SET, begin, enrolled, prove, sign_in_with

if TYPE_CHECKING:
    from hand_clock import HandClock
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
GET = "x:AccountPassword/get"
REPLACE = "Replace Pixel 8"


def changes_sent(panel: RunningPanel) -> int:
    return sum(SET in one.methods for one in panel.upstream())


def lose(mail_server: MailServer, account: MailAccount, cut: str, *, stays_away: bool) -> None:
    """The change (`cut-after`) or the request for it (`cut-before`) gets lost; perhaps the server stays away too."""
    mail_server.quirk(cut, account=account, method=SET)
    if stays_away:
        mail_server.quirk("cut-before", path="/api/auth")


async def turn_on(
    browser: Browser, mail_server: MailServer, account: MailAccount, *, cut: str, stays_away: bool
) -> Page:
    """The last step of a first set-up, with its answer lost."""
    key = await begin(browser)
    await prove(browser)
    account.totp_secret = key
    mail_server.quirk(cut, account=account, method=SET)
    if stays_away:  # the first reading belongs to the page itself, the second comes after the loss
        mail_server.quirk("cut-before", account=account, method=GET, skip=1)
    page = await browser.fill_in({"code": account.code(), "password": account.password})
    mail_server.no_quirk()
    return page


async def replace(
    browser: Browser, mail_server: MailServer, account: MailAccount, *, cut: str, stays_away: bool
) -> tuple[Page, str, list[str]]:
    """The last step of a replacement, with its answer lost; the new key, and the new codes."""
    key = await begin(browser, start=REPLACE, device="Pixel 10")
    codes = await prove(browser)
    lose(mail_server, account, cut, stays_away=stays_away)
    page = await browser.fill_in(
        {"code": totp_code(key, account.clock.now()), "old_code": account.code(), "password": account.password}
    )
    mail_server.no_quirk()
    return page, key, codes


async def test_turning_on_is_read_back(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await turn_on(browser, mail_server, alice, cut="cut-after", stays_away=False)

    assert page.path == "/two-factor/done"
    assert "answer was lost on the way. We looked again, and the change was saved." in page.text
    assert changes_sent(panel) == 1
    assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_turning_on_that_never_arrived_can_be_tried_again(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await turn_on(browser, mail_server, alice, cut="cut-before", stays_away=False)
    assert page.status == 422
    assert "The connection to the mail server broke, and nothing was changed." in page.alerts[0]
    assert await mail_server.accepts(alice, alice.password)
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"


@pytest.mark.parametrize(("cut", "said"), [("cut-after", "Two-factor is on"), ("cut-before", "Two-factor is off")])
async def test_while_nobody_knows_the_page_says_so_and_asks_again(
    panel: RunningPanel, mail_server: MailServer, cut: str, said: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await turn_on(browser, mail_server, alice, cut=cut, stays_away=True)
    assert page.path == "/two-factor/check"
    assert "We do not know whether two-factor was turned on" in page.text
    assert "We did not send it a second time." in page.text
    mail_server.quirk("cut-before", account=alice, method=GET)
    page = await browser.press("Read what holds now")
    assert page.status == 502
    assert "still does not answer" in page.alerts[-1]
    mail_server.no_quirk()
    page = await browser.press("Read what holds now")

    assert said in page.text
    assert changes_sent(panel) == 1


async def test_a_lost_first_set_up_is_whole_for_another_browser_too(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    key = await begin(browser)
    codes = await prove(browser)
    alice.totp_secret = key
    mail_server.quirk("cut-after", account=alice, method=SET)
    mail_server.quirk("cut-before", account=alice, method=GET, skip=1)
    await browser.fill_in({"code": alice.code(), "password": alice.password})
    mail_server.no_quirk()
    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"
    clock.advance(minutes=1)
    other = await panel.sign_in(alice)

    assert "9 of 10 left" in (await other.open("/two-factor")).text


async def test_replacing_is_settled_by_signing_in_with_a_code_of_the_new_app(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    sent = changes_sent(panel)
    page, key, codes = await replace(browser, mail_server, alice, cut="cut-after", stays_away=False)

    assert page.path == "/two-factor/done"
    assert changes_sent(panel) == sent + 1
    alice.totp_secret = key
    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


async def test_a_replacement_that_never_arrived_can_be_tried_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, old_codes = await enrolled(panel, alice)
    page, key, codes = await replace(browser, mail_server, alice, cut="cut-before", stays_away=False)
    assert page.status == 422
    assert "nothing was changed" in page.alerts[0]
    assert "Find out now" not in (await browser.open("/two-factor")).text
    assert (await sign_in_with(panel.browser(), alice, old_codes[0])).path == "/two-factor/set-up/1"
    await browser.open("/two-factor/set-up/3")
    page = await browser.fill_in(
        {"code": totp_code(key, panel.clock.now()), "old_code": alice.code(), "password": alice.password}
    )
    assert page.path == "/two-factor/done"
    alice.totp_secret = key

    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


@pytest.mark.parametrize("cut", ["cut-after", "cut-before"])
async def test_until_a_replacement_is_settled_codes_of_either_list_are_tried(
    panel: RunningPanel, mail_server: MailServer, cut: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser, old_codes = await enrolled(panel, alice)
    page, key, codes = await replace(browser, mail_server, alice, cut=cut, stays_away=True)
    assert page.path == "/two-factor/check"
    assert "We do not know whether the authenticator app was replaced" in page.text
    good, bad = (codes, old_codes) if cut == "cut-after" else (old_codes, codes)
    refused = await sign_in_with(panel.browser(), alice, bad[0])
    assert refused.status == 422
    assert "was not used up" in refused.alerts[0]
    assert (await sign_in_with(panel.browser(), alice, good[0])).path == "/two-factor/set-up/1"
    alice.totp_secret = key if cut == "cut-after" else alice.totp_secret
    other = await panel.sign_in(alice)

    page = await other.open("/two-factor")
    assert "9 of 10 left" in page.text
    assert "Find out now" not in page.text


@pytest.mark.parametrize(
    ("cut", "said"), [("cut-after", "The new app holds"), ("cut-before", "The old app still holds")]
)
async def test_the_check_says_which_app_holds(
    panel: RunningPanel, mail_server: MailServer, cut: str, said: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    page, key, _ = await replace(browser, mail_server, alice, cut=cut, stays_away=True)
    asked = [field.name for field in page.form("/two-factor/check").fields]
    assert asked == ["account", "password", "old_code"]  # the new app's code is computed
    page = await browser.fill_in({"current-password": WRONG_PASSWORD, "old_code": alice.code()})
    assert "Neither code was accepted" in page.text
    page = await browser.click("Check again")
    page = await browser.fill_in({"current-password": alice.password, "old_code": alice.code()})

    assert said in page.text
    alice.totp_secret = key if cut == "cut-after" else alice.totp_secret
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert "Find out now" not in (await browser.open("/two-factor")).text


async def test_another_browser_settles_with_codes_of_both_apps(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    old_key = str(alice.totp_secret)
    _, key, _ = await replace(browser, mail_server, alice, cut="cut-after", stays_away=True)
    alice.totp_secret = key
    other = await panel.sign_in(alice)
    page = await other.open("/two-factor")
    assert "both lists of recovery codes are kept" in page.text
    await other.click("Find out now")
    now = panel.clock.now()
    page = await other.fill_in(
        {"current-password": alice.password, "code": totp_code(key, now), "old_code": totp_code(old_key, now)}
    )

    assert "The new app holds" in page.text
    page = await other.open("/two-factor")
    assert "10 of 10 left" in page.text
    assert "Pixel 10" in page.text


async def test_making_new_codes_waits_until_the_question_is_settled(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await replace(browser, mail_server, alice, cut="cut-before", stays_away=True)
    await browser.open("/two-factor/codes/new")
    page = await browser.fill_in({"recovery_code": codes[0]})

    assert page.path == "/two-factor/check"


@pytest.mark.parametrize("cut", ["cut-after", "cut-before"])
async def test_turning_off_is_read_back(panel: RunningPanel, mail_server: MailServer, cut: str) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    await browser.open("/two-factor/off")
    mail_server.quirk(cut, account=alice, method=SET)
    page = await browser.fill_in({"current-password": alice.password, "code": alice.code()})
    mail_server.no_quirk()
    if cut == "cut-after":
        assert page.path == "/two-factor/done"
        assert "Two-factor is off" in page.text
    else:
        assert page.status == 422
        assert "nothing was changed" in page.alerts[0]
        assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_turning_off_without_any_answer_is_settled_later(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    await browser.open("/two-factor/off")
    mail_server.quirk("cut-after", account=alice, method=SET)
    mail_server.quirk("cut-before", account=alice, method=GET, skip=1)
    page = await browser.fill_in({"current-password": alice.password, "code": alice.code()})
    mail_server.no_quirk()
    assert "We do not know whether two-factor was turned off" in page.text
    page = await browser.press("Read what holds now")

    assert "Two-factor is off" in page.text
    assert "Start set-up" in (await browser.open("/two-factor")).text


async def test_replacing_a_set_up_from_elsewhere_is_settled_too(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    key = await begin(browser, start="Replace to get codes")
    await prove(browser)
    lose(mail_server, bob, "cut-after", stays_away=True)
    page = await browser.fill_in(
        {"code": totp_code(key, panel.clock.now()), "old_code": bob.code(), "password": bob.password}
    )
    mail_server.no_quirk()
    assert page.path == "/two-factor/check"
    page = await browser.fill_in({"current-password": bob.password, "old_code": bob.code()})

    assert "The new app holds" in page.text
    assert "10 of 10 left" in (await browser.open("/two-factor")).text
