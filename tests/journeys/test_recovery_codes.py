"""Recovery codes: the way back without the phone, each once, and everything that must not use one up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import OTHER_TOTP_SECRET, TOTP_SECRET, WRONG_PASSWORD
from totp_code import totp_code
from two_factor_steps import asked_on, begin, codes_on, enrol, enrolled, prove, sign_in_with, to_recovery

if TYPE_CHECKING:
    from hand_clock import HandClock
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
NEVER_MADE = "0000-0000-0000"


async def test_without_the_phone_a_code_leads_to_a_new_app_with_only_the_password(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    page = await sign_in_with(browser, alice, codes[3])
    assert page.path == "/two-factor/set-up/1"
    assert "You signed in with a recovery code." in page.text
    assert "9 codes are left." in page.text
    key = await begin(browser, device="Pixel 10")
    fresh = await prove(browser)
    page = browser.page
    assert not page.form(having=("code",)).find("old_code")
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert "10 of 10 left" in (await browser.open("/two-factor")).text
    assert set(fresh).isdisjoint(codes)
    assert (await sign_in_with(panel.browser(), alice, codes[5])).status == 422
    assert (await sign_in_with(panel.browser(), alice, fresh[5])).path == "/two-factor/set-up/1"


async def test_a_code_works_once(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    owner, codes = await enrolled(panel, alice)
    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"
    page = await sign_in_with(panel.browser(), alice, codes[0])

    assert page.status == 422
    assert "This code is not right, or it was used before." in page.field_errors["recovery_code"]
    page = await owner.open("/two-factor")
    assert "9 of 10 left" in page.text
    assert "last one used" in page.text
    assert "Recovery code used" in (await owner.open("/")).text


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
async def test_a_code_is_read_however_it_is_typed(panel: RunningPanel, mail_server: MailServer, change: object) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    assert callable(change)
    typed = change(codes[0].replace("0", "o").replace("1", "I"))

    assert (await sign_in_with(panel.browser(), alice, typed)).path == "/two-factor/set-up/1"


async def test_wrong_and_unreadable_codes_are_told_apart_and_the_password_is_not_asked_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    page = await sign_in_with(browser, alice, "hello")
    assert "twelve letters and digits" in page.field_errors["recovery_code"]
    page = await browser.fill_in({"recovery_code": NEVER_MADE})
    assert "not right, or it was used before" in page.field_errors["recovery_code"]
    page = await browser.fill_in({"recovery_code": codes[9]})

    assert page.path == "/two-factor/set-up/1"


async def test_someone_without_codes_is_told_so(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    page = await sign_in_with(panel.browser(), bob, NEVER_MADE)

    assert page.status == 422
    assert "This panel knows no recovery codes for this email address." in page.alerts[0]


async def test_an_alias_leads_to_the_codes_once_it_opened_the_account(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    alias = await mail_server.new_alias(alice, "al")
    other = await mail_server.new_alias(alice, "lissy")
    browser = panel.browser()
    await browser.open("/sign-in")
    await browser.fill_in({"username": alias, "current-password": alice.password})
    codes = await enrol(browser, alice)
    assert (await sign_in_with(panel.browser(), alice, codes[0], login=alias)).path == "/two-factor/set-up/1"
    assert (await sign_in_with(panel.browser(), alice, codes[1], login=alice.login)).path == "/two-factor/set-up/1"
    assert (await sign_in_with(panel.browser(), alice, codes[2], login=other)).status == 422
    later = panel.browser()
    await later.open("/sign-in")
    await later.fill_in({"username": other, "current-password": alice.password})
    await later.fill_in({"one-time-code": alice.code()})

    assert (await sign_in_with(panel.browser(), alice, codes[2], login=other)).path == "/two-factor/set-up/1"


async def test_an_authenticator_changed_elsewhere_is_told_and_the_code_is_kept(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    old = alice.totp_secret
    await mail_server.change(alice, {"credentials/0/otpAuth": f"otpauth://totp/x?secret={OTHER_TOTP_SECRET}"})
    page = await sign_in_with(panel.browser(), alice, codes[0])
    assert page.status == 422
    assert "The authenticator app was changed somewhere else" in page.alerts[0]
    await mail_server.change(alice, {"credentials/0/otpAuth": f"otpauth://totp/x?secret={old}"})

    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


@pytest.mark.parametrize("fault", ["cut-before", "cut-after", "503", "429", "html"])
async def test_a_server_that_does_not_answer_uses_no_code_up(
    panel: RunningPanel, mail_server: MailServer, fault: str
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    await to_recovery(browser, alice)
    mail_server.quirk(fault, path="/api/auth")
    page = await browser.fill_in({"recovery_code": codes[0]})
    assert page.status in {429, 502}
    mail_server.no_quirk()

    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


async def test_a_server_that_goes_away_after_the_sign_in_uses_no_code_up(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    await to_recovery(browser, alice)
    mail_server.quirk("cut-before", path="/jmap")
    page = await browser.fill_in({"recovery_code": codes[0]})
    assert page.status == 502
    mail_server.no_quirk()

    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


async def test_the_codes_fit_the_mail_servers_clock(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    mail_server.quirk("clock-skew", seconds=600)

    assert (await sign_in_with(panel.browser(), alice, codes[0])).path == "/two-factor/set-up/1"


async def test_too_many_wrong_codes_are_told_with_a_time(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    page = None
    for _ in range(3):
        browser = panel.browser(address="203.0.113.99")
        await to_recovery(browser, alice)
        for _ in range(4):
            page = await browser.fill_in({"recovery_code": NEVER_MADE})
            if page.status == 429:
                break

    assert page is not None
    assert page.status == 429
    assert "Too many attempts" in page.text
    assert (await sign_in_with(panel.browser(), alice, codes[0])).status in {200, 429}


async def test_what_was_opened_answers_for_a_quarter_of_an_hour_only(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    await sign_in_with(browser, alice, codes[0])
    clock.advance(minutes=9)
    await begin(browser)
    clock.advance(minutes=9)
    await prove(browser)

    assert browser.page.form(having=("code",)).find("old_code")


async def test_cancelling_after_a_recovery_sign_in_keeps_what_was_opened(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    await sign_in_with(browser, alice, codes[0])
    await browser.press("Cancel set-up")
    key = await begin(browser, start="Replace Pixel 8")
    await prove(browser)
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": WRONG_PASSWORD})
    assert "This is not your current password." in page.field_errors["password"]
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"


async def test_new_codes_for_one_of_the_old_which_is_not_used_up(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/two-factor")
    await browser.click("Make new codes")
    page = await browser.fill_in({"recovery_code": NEVER_MADE})
    assert "not right, or it was used before" in page.field_errors["recovery_code"]
    page = await browser.fill_in({"recovery_code": codes[2]})
    assert page.path == "/two-factor/codes"
    fresh = codes_on(page)
    assert (await sign_in_with(panel.browser(), alice, codes[2])).path == "/two-factor/set-up/1"  # still the old ones
    page = await browser.open("/two-factor/codes")
    page = await browser.fill_in({"proof": fresh[asked_on(page) - 1]}, button="I have saved them, done")

    assert "Your new recovery codes are active" in page.text
    assert (await sign_in_with(panel.browser(), alice, codes[7])).status == 422
    assert (await sign_in_with(panel.browser(), alice, fresh[7])).path == "/two-factor/set-up/1"
    page = await browser.open("/two-factor")
    assert "9 of 10 left" in page.text
    assert "Pixel 8" in page.text


async def test_new_codes_that_nobody_typed_back_change_nothing(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/two-factor/codes/new")
    page = await browser.fill_in({"recovery_code": codes[0]})
    proof = codes_on(page)[asked_on(page) - 1]
    clock.advance(minutes=16)
    page = await browser.fill_in({"proof": proof}, button="I have saved them, done")

    assert "the new codes were thrown away" in page.text
    assert "10 of 10 left" in page.text


async def test_new_codes_need_a_fresh_proof_of_presence(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    clock.advance(minutes=11)
    await browser.open("/two-factor/codes/new")
    page = await browser.fill_in({"recovery_code": codes[0]})
    assert page.path == "/step-up"
    page = await browser.fill_in({"current-password": alice.password, "one-time-code": alice.code()})

    assert page.path == "/two-factor/codes"


async def test_presence_is_proven_with_a_recovery_code(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    clock.advance(minutes=11)
    await browser.open("/two-factor")
    await browser.press("Replace Pixel 8")
    await browser.click("Use a recovery code")
    page = await browser.fill_in({"current-password": WRONG_PASSWORD, "recovery_code": codes[0]})
    assert "This password is wrong." in page.field_errors["password"]
    page = await browser.fill_in({"current-password": alice.password, "recovery_code": NEVER_MADE})
    assert "not right" in page.field_errors["recovery_code"]
    page = await browser.fill_in({"current-password": alice.password, "recovery_code": codes[0]})

    assert page.path == "/two-factor/set-up/1"
    assert "9 of 10 left" in (await browser.open("/two-factor")).text


async def test_step_up_offers_a_recovery_code_only_to_those_who_have_some(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    clock.advance(minutes=11)
    await browser.open("/two-factor")
    page = await browser.press("Replace to get codes")

    assert page.path == "/step-up"
    assert "Use a recovery code" not in page.links


async def test_turning_off_with_a_recovery_code(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/two-factor/off")
    await browser.click("Use a recovery code")
    page = await browser.fill_in({"current-password": WRONG_PASSWORD, "recovery_code": codes[0]})
    assert "This is not your current password." in page.field_errors["password"]
    page = await browser.fill_in({"current-password": alice.password, "recovery_code": codes[0]})

    assert "Two-factor is off" in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_turning_off_with_a_code_of_another_authenticator_is_told(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/two-factor/off?with=recovery-code")
    await mail_server.change(alice, {"credentials/0/otpAuth": f"otpauth://totp/x?secret={OTHER_TOTP_SECRET}"})
    page = await browser.fill_in({"current-password": alice.password, "recovery_code": codes[0]})

    assert page.status == 422
    assert "The authenticator app was changed somewhere else" in page.alerts[0]
    assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_the_test_says_whether_codes_and_app_belong_together(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/two-factor")
    await browser.click("Test a code")
    before = len(panel.upstream())
    page = await browser.fill_in({"recovery_code": codes[0], "code": alice.code()})
    assert "They belong together." in page.text
    page = await browser.fill_in({"recovery_code": codes[0], "code": alice.wrong_code()})
    assert "They do not belong together." in page.text
    page = await browser.fill_in({"recovery_code": codes[0], "code": alice.code(6)})
    assert "your device’s clock is about 3 minutes ahead" in page.field_errors["code"]
    page = await browser.fill_in({"recovery_code": NEVER_MADE, "code": alice.code()})
    assert "not right" in page.field_errors["recovery_code"]
    page = await browser.fill_in({"recovery_code": "x", "code": "y"})

    assert set(page.field_errors) == {"recovery_code", "code"}
    assert panel.upstream()[before:] == []
    assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_the_app_shows_what_the_link_holds(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)

    assert alice.totp_secret is not None
    assert await mail_server.accepts(alice, alice.password, totp_code(alice.totp_secret, panel.clock.now(), steps=-1))
    assert browser.page.path == "/two-factor/done"


async def test_the_overview_tells_how_the_codes_stand(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser, codes = await enrolled(panel, alice)
    page = await browser.open("/")
    assert "It is on, and 10 recovery codes are left." in page.text
    for code in codes[:7]:
        await sign_in_with(panel.browser(), alice, code)
    assert "3 recovery codes are left" in (await browser.open("/")).text
    page = (await panel.sign_in(bob)).page
    assert "No recovery codes for your two-factor set-up" in page.text


async def test_the_overview_asks_for_codes_that_nobody_proved_to_have_saved(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    alice.totp_secret = await begin(browser)
    await browser.press("Go on without this check")
    await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert "Nobody knows whether you saved your recovery codes" in (await browser.open("/")).text
