"""Two-factor authentication in Chromium: every main path, with scripts and without, as it looks and as it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from canaries import TOTP_SECRET
from totp_code import totp_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from chromium_person import Person
    from mail_server import MailAccount

    Arrive = Callable[..., Person]

LOOKS = [
    pytest.param({}, id="desktop"),
    pytest.param({"theme": "dark", "size": "narrow"}, id="dark-narrow"),
    pytest.param({"scripts": False, "size": "phone"}, id="no-scripts-phone"),
]


def press(page: Page, name: str) -> None:
    """Press the button whose name starts so."""
    page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.click()
    page.wait_for_load_state("load")


def key_on(page: Page) -> str:
    address = page.get_by_role("link", name="Open my authenticator app").get_attribute("href") or ""
    found = re.search(r"secret=([A-Z2-7]+)", address)
    assert found
    return found[1]


def codes_on(page: Page) -> list[str]:
    return page.locator("#codes li span").all_inner_texts()


def asked_on(page: Page) -> int:
    found = re.search(r"number (\d+)", page.locator("label[for=proof]").inner_text())
    assert found
    return int(found[1])


class Look:
    """Keeps pictures, and what is wrong with the pages."""

    def __init__(self, person: Person, name: str) -> None:
        self.person = person
        self.name = name
        self.wrong: list[str] = []

    def at(self, what: str) -> None:
        """Keep a picture of this page and hold it against the rules."""
        self.person.picture(f"two-factor-{self.name}{what}")
        if self.person.look.scripts:
            self.wrong += self.person.axe()
            if self.person.overflow() > 0:
                self.wrong.append(f"{what}: wider than the window by {self.person.overflow()}")


def enrol(person: Person, account: MailAccount, look: Look | None = None) -> list[str]:
    """The three steps; returns the codes."""
    page = person.open("/two-factor")
    if look is not None:
        page.locator("input[name=pick]").first.check()
        look.at("off")
    press(page, "Start set-up")
    account.totp_secret = key_on(page)
    page.locator("[name=device]").fill("Pixel 8")
    if look is not None:
        look.at("step-1")
    press(page, "Next: recovery codes")
    codes = codes_on(page)
    page.locator("[name=proof]").fill(codes[asked_on(page) - 1].lower())
    if look is not None:
        look.at("step-2")
    press(page, "Next: confirm")
    if look is not None:
        look.at("step-3")
    page.locator("[name=password]").fill(account.password)
    page.locator("[name=code]").fill(account.code())
    press(page, "Turn on two-factor")
    assert "/two-factor/done" in page.url, page.locator("main").inner_text()
    return codes


def sign_in_with_code(person: Person, account: MailAccount, code: str, look: Look | None = None) -> Page:
    page = person.open("/sign-in")
    person.fill_in({"username": account.login, "current-password": account.password}, "Continue")
    page.get_by_role("link", name="Use a recovery code").click()
    if look is not None:
        look.at("recovery")
    page.locator("[name=recovery_code]").fill(code)
    press(page, "Continue")
    return page


@pytest.mark.parametrize("how", LOOKS)
def test_from_off_to_on_and_back_in_without_the_phone(stage: Any, person: Arrive, how: dict[str, Any]) -> None:
    alice = stage.new_account()
    someone = person(**how)
    look = Look(someone, "")
    someone.sign_in(alice)
    codes = enrol(someone, alice, look)
    look.at("done")
    page = someone.open("/two-factor")
    assert "10 of 10 left" in page.locator("main").inner_text()
    look.at("on")
    someone.open("/two-factor/off")
    look.at("turn-off")
    someone.open("/two-factor/codes/new")
    look.at("new-codes")
    page = someone.open("/two-factor/codes/test")
    page.locator("[name=recovery_code]").fill(codes[0])
    page.locator("[name=code]").fill(alice.code())
    press(page, "Test this code")
    assert "They belong together." in page.locator("main").inner_text()
    look.at("test")
    someone.context.clear_cookies()
    page = sign_in_with_code(someone, alice, codes[0], look)
    assert "/two-factor/set-up/1" in page.url
    assert "9 codes are left." in page.locator("main").inner_text()
    look.at("replace-1")
    alice.totp_secret = key_on(page)
    press(page, "Next: recovery codes")
    fresh = codes_on(page)
    page.locator("[name=proof]").fill(fresh[asked_on(page) - 1])
    press(page, "Next: confirm")
    assert page.locator("[name=old_code]").count() == 0
    page.locator("[name=password]").fill(alice.password)
    page.locator("[name=code]").fill(alice.code())
    press(page, "Replace the authenticator app")
    assert "/two-factor/done" in page.url
    look.at("replaced")

    assert look.wrong == []
    assert stage.accepts(alice, alice.password, alice.code())


def test_enter_in_the_proof_goes_on_and_back_keeps_the_codes(stage: Any, person: Arrive) -> None:
    alice = stage.new_account()
    someone = person()
    someone.sign_in(alice)
    page = someone.open("/two-factor")
    press(page, "Start set-up")
    key = key_on(page)
    page.locator("[name=device]").press("Enter")
    page.wait_for_url("**/set-up/2")
    codes = codes_on(page)
    page.locator("[name=proof]").fill(codes[asked_on(page) - 1])
    page.locator("[name=proof]").press("Enter")
    page.wait_for_url("**/set-up/3")
    page.go_back()
    page.wait_for_url("**/set-up/2")
    assert codes_on(page) == codes
    page.reload()
    assert codes_on(page) == codes
    page.get_by_role("link", name="Back").last.click()
    page.wait_for_url("**/set-up/1")

    assert key_on(page) == key


def test_the_codes_can_be_copied_downloaded_and_printed(stage: Any, person: Arrive, tmp_path: Path) -> None:
    alice = stage.new_account()
    someone = person()
    someone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    someone.sign_in(alice)
    page = someone.open("/two-factor")
    press(page, "Start set-up")
    press(page, "Next: recovery codes")
    codes = codes_on(page)
    page.get_by_role("button", name="Copy all").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "codes.txt")
    text = (tmp_path / "codes.txt").read_text(encoding="utf-8")
    assert all(code in text for code in codes)
    with someone.context.expect_page() as opened:
        page.get_by_role("link", name="Print sheet").click()
    sheet = opened.value
    sheet.emulate_media(media="print")
    shown = sheet.locator("#codes li span").all_inner_texts()
    sheet.screenshot(
        path=someone.picture("two-factor-sheet-before").with_name("two-factor-sheet-print.png"), full_page=True
    )
    sheet.close()
    press(page, "Go on without this check")
    page.wait_for_url("**/set-up/3")

    assert shown == codes


def test_set_up_elsewhere_and_a_wrong_clock(stage: Any, person: Arrive) -> None:
    bob = stage.new_account(two_factor=TOTP_SECRET)
    someone = person()
    look = Look(someone, "elsewhere-")
    someone.sign_in(bob)
    page = someone.open("/two-factor")
    assert "Not possible for this set-up" in page.locator("main").inner_text()
    look.at("on")
    press(page, "Replace to get codes")
    key = key_on(page)
    press(page, "Next: recovery codes")
    codes = codes_on(page)
    page.locator("[name=proof]").fill(codes[asked_on(page) - 1])
    press(page, "Next: confirm")
    page.locator("[name=password]").fill(bob.password)
    page.locator("[name=old_code]").fill(bob.code())
    page.locator("[name=code]").fill(totp_code(key, stage.mail_server.clock.now(), steps=8))
    press(page, "Replace the authenticator app")
    assert "about 4 minutes ahead" in page.locator("main").inner_text()
    assert page.evaluate("document.activeElement.name") == "code"
    look.at("clock")

    assert look.wrong == []


def test_a_lost_answer_is_violet_and_dashed(stage: Any, person: Arrive) -> None:
    alice = stage.new_account()
    someone = person()
    look = Look(someone, "unknown-")
    someone.sign_in(alice)
    enrol(someone, alice)
    page = someone.open("/two-factor")
    press(page, "Replace")
    key = key_on(page)
    press(page, "Next: recovery codes")
    codes = codes_on(page)
    page.locator("[name=proof]").fill(codes[asked_on(page) - 1])
    press(page, "Next: confirm")
    stage.sandbox.quirks.set("truncated-json", account=alice.login, method="x:AccountPassword/set")
    stage.sandbox.quirks.set("503", path="/api/auth")
    page.locator("[name=password]").fill(alice.password)
    page.locator("[name=old_code]").fill(alice.code())
    page.locator("[name=code]").fill(totp_code(key, stage.mail_server.clock.now()))
    press(page, "Replace the authenticator app")
    stage.sandbox.quirks.clear()
    page.wait_for_url("**/two-factor/check")
    look.at("check")
    someone.open("/two-factor")
    look.at("on")
    page.get_by_role("link", name="Find out now").click()
    page.locator("[name=password]").fill(alice.password)
    page.locator("[name=old_code]").fill(alice.code())
    press(page, "Check which one works")
    assert "The new app holds" in page.locator("main").inner_text()
    look.at("settled")

    assert look.wrong == []
