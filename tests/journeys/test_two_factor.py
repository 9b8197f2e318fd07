"""Two-factor authentication as people live with it: on, replaced, off, and every way it can be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, OTHER_TOTP_SECRET, TOTP_SECRET, WRONG_PASSWORD
from totp_code import totp_code
from two_factor_steps import SET, begin, codes_on, enrol, enrolled, key_on, prove

if TYPE_CHECKING:
    from hand_clock import HandClock
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_turning_it_on(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)

    assert "Two-factor is on" in browser.page.text
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert not await mail_server.accepts(alice, alice.password)
    page = await browser.open("/two-factor")
    assert "10 of 10 left" in page.text
    assert "Pixel 8" in page.text
    assert codes[0] not in page.html
    assert (await browser.open("/")).path == "/"


async def test_what_will_stop_is_asked_before_and_repeated_at_the_end(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/two-factor")
    assert "Before you turn it on" in page.text
    await browser.fill_in({"pick": ["mail", "send"]}, button="Start set-up")
    await begin(browser)
    await prove(browser)

    assert "A mail app on a computer or a phone; A device that sends mail" in browser.page.text


async def test_the_set_up_survives_reload_the_back_button_and_starting_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await begin(browser)
    codes = codes_on(browser.page)
    page = await browser.open("/two-factor/set-up/1")
    key = key_on(page)
    page = await browser.fill_in({"device": "Pixel 9"}, button="Next: recovery codes")
    assert codes_on(page) == codes
    assert codes_on(await browser.reload()) == codes
    page = await browser.open("/two-factor")
    assert "A set-up was begun and is not finished." in page.text
    page = await browser.press("Start set-up")
    assert codes_on(page) == codes
    await prove(browser)
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"
    assert "Pixel 9" in (await browser.open("/two-factor")).text


async def test_nothing_changes_on_the_server_before_the_last_step(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await begin(browser)
    await prove(browser)
    page = await browser.open("/two-factor/set-up/1")
    page = await browser.press("Cancel set-up")

    assert "The set-up was cancelled. Nothing was changed." in page.text
    assert not any(SET in seen.methods for seen in panel.upstream())
    assert await mail_server.accepts(alice, alice.password)
    assert (await browser.open("/two-factor/set-up/3")).path == "/two-factor"


async def test_a_set_up_ends_after_a_quarter_of_an_hour(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    key = await begin(browser)
    await prove(browser)
    alice.totp_secret = key
    clock.advance(minutes=16)
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert "The set-up took too long, so it ended." in page.text
    assert await mail_server.accepts(alice, alice.password)


async def test_a_code_of_another_app_is_refused_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await begin(browser)
    await prove(browser)
    alice.totp_secret = OTHER_TOTP_SECRET
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.status == 422
    assert "This code does not match, and nothing was changed." in page.field_errors["code"]
    assert not any(SET in seen.methods for seen in panel.upstream())


@pytest.mark.parametrize(("steps", "said"), [(8, "4 minutes ahead"), (-10, "5 minutes behind"), (2, "1 minute ahead")])
async def test_a_wrong_clock_is_told_in_minutes(
    panel: RunningPanel, mail_server: MailServer, steps: int, said: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    key = await begin(browser)
    await prove(browser)
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(steps), "password": alice.password})

    assert f"Your device’s clock is about {said}." in page.field_errors["code"]
    assert not any(SET in seen.methods for seen in panel.upstream())


async def test_the_clock_of_the_mail_server_counts_not_the_panels(panel: RunningPanel, mail_server: MailServer) -> None:
    mail_server.quirk("clock-skew", seconds=300)
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    key = await begin(browser)
    await prove(browser)
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})
    assert "5 minutes behind" in page.field_errors["code"]
    page = await browser.fill_in({"code": alice.code(10), "password": alice.password})

    assert page.path == "/two-factor/done"


async def test_a_wrong_password_changes_nothing_and_the_set_up_goes_on(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    alice.totp_secret = await begin(browser)
    await prove(browser)
    page = await browser.fill_in({"code": alice.code(), "password": WRONG_PASSWORD})
    assert page.status == 422
    assert "This is not your current password." in page.field_errors["password"]
    assert "Off" in (await browser.open("/two-factor")).main.text
    await browser.open("/two-factor/set-up/3")
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"


async def test_missing_fields_are_told_at_their_places(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await begin(browser)
    await prove(browser)
    page = await browser.fill_in({"code": "12", "password": ""})

    assert set(page.field_errors) == {"code", "password"}


async def test_the_proof_can_be_left_out_and_that_is_remembered(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    alice.totp_secret = await begin(browser)
    page = await browser.press("Go on without this check")
    assert page.path == "/two-factor/set-up/3"
    await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert "we do not know whether they were saved" in (await browser.open("/two-factor")).text


async def test_a_wrong_proof_shows_the_codes_again(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/two-factor")
    await browser.press("Start set-up")
    page = await browser.fill_in({"device": ""}, button="Next: recovery codes")
    codes = codes_on(page)
    browser.watch = type(browser.watch)()  # this refused page shows the codes on purpose
    page = await browser.fill_in({"proof": "0000-0000-0000"}, button="Next: confirm")

    assert page.status == 422
    assert "This is not code number" in page.field_errors["proof"]
    assert codes_on(page) == codes


async def test_the_codes_can_be_downloaded_and_printed(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await begin(browser)
    codes = codes_on(browser.page)
    mark = browser.page.forms[0].fields
    account = next(field.value for form in browser.page.forms for field in form.fields if field.name == "account")
    assert mark is not None
    answer = await browser.post("/two-factor/set-up/codes.txt", [("account", account)])
    sheet = await browser.open("/two-factor/set-up/sheet")

    assert answer.headers["content-disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert answer.headers["cache-control"] == "no-store"
    assert all(code in answer.text for code in codes)
    assert "https://panel.test" in answer.text
    assert codes_on(sheet) == codes
    assert alice.login in sheet.main.text
    assert "https://panel.test" in sheet.main.text


async def test_starting_needs_a_fresh_proof_of_presence(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    clock.advance(minutes=11)
    await browser.open("/two-factor")
    page = await browser.fill_in({"pick": ["files"]}, button="Start set-up")
    assert page.path == "/step-up"
    assert "You are about to set up two-factor authentication." in page.text
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == "/two-factor/set-up/1"


async def test_replacing_keeps_the_old_app_until_the_new_one_is_proven(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser, old_codes = await enrolled(panel, alice)
    old_key = alice.totp_secret
    key = await begin(browser, start="Replace Pixel 8", device="Pixel 10")
    codes = await prove(browser)
    assert await mail_server.accepts(alice, alice.password, alice.code())
    now = panel.clock.now()
    page = await browser.fill_in({"code": totp_code(key, now), "old_code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"
    assert "The authenticator app was replaced" in page.text
    alice.totp_secret = key
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert not await mail_server.accepts(alice, alice.password, totp_code(str(old_key), now))
    assert set(codes).isdisjoint(old_codes)
    assert "Pixel 10" in (await browser.open("/two-factor")).text


async def test_replacing_with_a_wrong_old_code_changes_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _codes = await enrolled(panel, alice)
    key = await begin(browser, start="Replace Pixel 8")
    await prove(browser)
    page = await browser.fill_in(
        {"code": totp_code(key, panel.clock.now()), "old_code": alice.wrong_code(), "password": alice.password}
    )

    assert page.status == 422
    assert "The password or the code is wrong." in page.alerts[0]
    assert set(page.field_errors) == {"old_code", "password"}
    assert await mail_server.accepts(alice, alice.password, alice.code())
    assert "Find out now" not in (await browser.open("/two-factor")).text


async def test_a_set_up_from_elsewhere_has_no_codes_until_it_is_replaced_here(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    page = await browser.open("/two-factor")
    assert "It was set up outside this panel." in page.text
    assert "Not possible for this set-up" in page.text
    key = await begin(browser, start="Replace to get codes")
    await prove(browser)
    await browser.fill_in({"code": totp_code(key, panel.clock.now()), "old_code": bob.code(), "password": bob.password})

    assert browser.page.path == "/two-factor/done"
    assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_turning_it_off(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _codes = await enrolled(panel, alice)
    await browser.open("/two-factor")
    page = await browser.click("Turn off…")
    assert "All 10 recovery codes that are left" in page.text
    page = await browser.fill_in({"current-password": alice.password, "code": alice.wrong_code()})
    assert page.status == 422
    page = await browser.fill_in({"current-password": alice.password, "code": alice.code()})

    assert "Two-factor is off" in page.text
    assert await mail_server.accepts(alice, alice.password)
    assert "Start set-up" in (await browser.open("/two-factor")).text


async def test_codes_are_void_as_soon_as_a_reading_shows_it_off(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock
) -> None:
    alice = await mail_server.new_account("alice")
    browser, _codes = await enrolled(panel, alice)
    clock.advance(minutes=5)
    await mail_server.change(alice, {"credentials/0/otpAuth": None})
    page = await browser.open("/two-factor")
    assert "Start set-up" in page.text
    await mail_server.change(alice, {"credentials/0/otpAuth": f"otpauth://totp/x?secret={TOTP_SECRET}"})

    assert "It was set up outside this panel." in (await browser.open("/two-factor")).text
    assert "Recovery codes stopped working" in (await browser.open("/")).text


async def test_the_password_is_changed_with_a_code(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, codes = await enrolled(panel, alice)
    await browser.open("/password")
    page = await browser.fill_in(
        {
            "current-password": alice.password,
            "one-time-code": alice.code(),
            "new-password": NEW_PASSWORD,
            "new-password[2]": NEW_PASSWORD,
        }
    )

    assert page.path == "/password/changed"
    assert len(codes) == 10
    assert "10 of 10 left" in (await browser.open("/two-factor")).text


async def test_where_the_permission_is_missing_the_page_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    heidi = await mail_server.new_account("heidi", without=["sysAccountPasswordGet", "sysAccountPasswordUpdate"])
    browser = await panel.sign_in(heidi)
    page = await browser.open("/two-factor")

    assert page.status == 403
    assert "sysAccountPasswordUpdate" in page.text
    assert "Start set-up" not in page.text


async def test_too_many_wrong_passwords_are_told_with_a_time(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    alice.totp_secret = await begin(browser)
    await prove(browser)
    page = browser.page
    for _ in range(11):
        page = await browser.fill_in({"code": alice.code(), "password": WRONG_PASSWORD})

    assert page.status == 429
    assert "Too many attempts. You can try again at" in page.alerts[0]


async def test_a_second_tab_never_turns_on_a_key_the_person_does_not_have(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    first = await begin(browser)
    await prove(browser)
    third_step = browser.page
    await browser.open("/two-factor/set-up/1")
    await browser.press("Cancel set-up")
    await enrol(browser, alice)
    await mail_server.change(alice, {"credentials/0/otpAuth": None})
    answer = await browser.post(
        "/two-factor/set-up/3",
        third_step.form(having=("code",)).filled({"code": totp_code(first, panel.clock.now()), "password": "x"}),
    )

    assert answer.headers["location"] == "/two-factor"
    assert await mail_server.accepts(alice, alice.password)


async def test_opening_the_page_costs_one_request(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _ = await enrolled(panel, alice)
    before = len(panel.upstream())
    await browser.open("/two-factor")

    assert len(panel.upstream()) == before + 1


async def test_with_both_wrong_the_focus_is_in_the_first_field(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, _codes = await enrolled(panel, alice)
    await browser.open("/two-factor/off")
    page = await browser.fill_in({"current-password": "", "code": "no code"})

    assert page.status == 422
    assert list(page.field_errors) == ["password", "code"]
    assert page.form(having=("code",)).field("current-password").has_focus
