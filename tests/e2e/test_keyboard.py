"""Every task with the keyboard alone: Tab, Space, Enter and letters; where the focus lands after each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from chromium_person import Person

MOST_STOPS = 120  # of one page; nobody tabs further
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return {name: '', tag: '', ring: true};
  const labels = one.labels ? [...one.labels].map(each => each.innerText).join(' ') : '';
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
  const label = one.closest('label') && getComputedStyle(one.closest('label'));
  const box = one.getBoundingClientRect();
  return {
    name: (one.getAttribute('aria-label') || labels || one.innerText || '').replace(/\\s+/g, ' ').trim(),
    tag: one.tagName,
    field: one.getAttribute('name') || '',
    value: one.getAttribute('value') || '',
    ring: ring || Boolean(label && (label.outlineStyle !== 'none' || label.boxShadow !== 'none')),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keyboard:
    """Hands on the keys: no pointer ever touches the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self) -> dict[str, Any]:
        """What has the focus."""
        found: dict[str, Any] = self.page.evaluate(FOCUSED)
        return found

    def to(self, name: str, *, field: str = "", value: str = "") -> None:
        """Tab until something of this name (or field) has the focus; everything on the way must show that it has."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            here = self.at()
            assert here["ring"], f"the focus cannot be seen on {here}"
            if here["tag"]:
                assert here["seen"], f"the focus is out of sight on {here}"
            by_field = field and here.get("field") == field and (not value or here.get("value") == value)
            if by_field or (name and here["name"].startswith(name)):
                return
        raise AssertionError(f"{name or field} cannot be reached on {self.page.url}")

    def press(self, name: str) -> None:
        """Go to a button or link and press Enter."""
        self.to(name)
        self.enter()

    def type(self, field: str, text: str) -> None:
        """Go to a field and type."""
        self.to("", field=field)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def choose(self, field: str, value: str = "") -> None:
        """Go to a box and tick it."""
        self.to("", field=field, value=value)
        self.page.keyboard.press("Space")

    def enter(self) -> None:
        """Send the form, or follow the link, that has the focus."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


@pytest.fixture
def alice(person: Callable[..., Person], stage: Any) -> tuple[Keyboard, Any, Person]:
    account = stage.new_account(description="Alice")
    someone = person()
    someone.open("/sign-in")
    keys = Keyboard(someone.page)
    keys.type("login", account.login)
    keys.type("password", account.password)
    keys.enter()
    assert someone.page.title().startswith("Overview")
    return keys, account, someone


def heading(keys: Keyboard) -> str:
    return keys.page.locator("h1").inner_text()


def test_the_first_stop_skips_to_the_content(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, _person = alice
    keys.page.keyboard.press("Tab")
    keys.page.keyboard.press("Enter")

    assert keys.page.evaluate("document.activeElement.id") == "main"


def test_a_refused_form_puts_the_focus_on_the_wrong_field_and_a_receipt_on_its_heading(
    alice: tuple[Keyboard, Any, Person], stage: Any
) -> None:
    keys, account, _person = alice
    keys.press("Password")
    keys.type("password", WRONG_PASSWORD)
    keys.type("new_password", NEW_PASSWORD)
    keys.type("new_password_again", NEW_PASSWORD)
    keys.enter()
    assert keys.page.title().startswith("Error:")
    assert keys.at()["field"] == "password"
    assert keys.page.locator("[role=alert]").first.is_visible()
    assert keys.page.locator("#password").get_attribute("aria-describedby")

    keys.page.keyboard.type(account.password)
    keys.type("new_password", NEW_PASSWORD)
    keys.type("new_password_again", NEW_PASSWORD)
    keys.enter()

    assert keys.at()["name"] == "Your password was changed"
    assert stage.accepts(account, NEW_PASSWORD)


def test_two_factor_is_set_up(alice: tuple[Keyboard, Any, Person], stage: Any) -> None:
    keys, account, _person = alice
    keys.press("Two-factor")
    keys.press("Start set-up")
    key = keys.page.locator("#key").inner_text().replace(" ", "")
    keys.press("Next")
    number = int("".join(filter(str.isdigit, keys.page.locator("label[for=proof]").inner_text())))
    code = keys.page.locator(".codes li").nth(number - 1).inner_text().split()[-1]
    keys.type("proof", code)
    keys.enter()
    account.totp_secret = key
    keys.type("code", account.code())
    keys.type("password", account.password)
    keys.enter()

    assert keys.page.url.endswith("/two-factor/done")
    assert stage.accepts(account, account.password, account.code())


def test_an_app_password_is_made_and_revoked(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, _person = alice
    keys.press("App passwords")
    keys.press("New app password")
    keys.type("name", "Phone")
    keys.enter()
    assert keys.at()["name"]
    keys.press("I have saved it, done")
    keys.press("Revoke… Phone")
    keys.press("Revoke")

    assert keys.page.get_by_text("Phone").first.is_visible()
    assert keys.page.get_by_role("link", name="Revoke… Phone").count() == 0


def test_an_identity_is_made_and_removed(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, _person = alice
    keys.press("Sender identities")
    keys.press("New identity")
    keys.type("name", "Alice at work")
    keys.enter()
    keys.press("Remove… Alice at work")
    keys.press("Remove")

    assert keys.page.get_by_text("Alice at work").count() <= 1


def test_the_profile_and_the_look_are_changed(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, _person = alice
    keys.press("Profile")
    keys.type("name", "Alice Lovelace")
    keys.enter()
    assert keys.page.get_by_text("Saved: name.").is_visible()
    keys.to("", field="theme")
    keys.page.keyboard.press("ArrowDown")
    keys.page.keyboard.press("ArrowDown")
    keys.press("Apply")

    assert keys.page.locator("html").get_attribute("data-theme") == "dark"


def test_the_account_menu_opens_closes_and_signs_out(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, _person = alice
    keys.to("Account menu for")
    keys.page.keyboard.press("Enter")
    assert keys.page.locator("#me").is_visible()
    keys.page.keyboard.press("Escape")
    assert not keys.page.locator("#me").is_visible()
    assert keys.at()["name"].startswith("Account menu for")
    keys.page.keyboard.press("Enter")
    keys.press("Sign out")

    assert "You are signed out." in keys.page.locator("main").inner_text()


def test_a_code_is_typed_on_its_own_page(person: Callable[..., Person], stage: Any) -> None:
    account = stage.new_account(two_factor=TOTP_SECRET)
    bob = person()
    bob.open("/sign-in")
    keys = Keyboard(bob.page)
    keys.type("login", account.login)
    keys.type("password", account.password)
    keys.enter()
    assert keys.at()["field"] == "code"
    keys.page.keyboard.type(account.code())
    keys.enter()

    assert bob.page.title().startswith("Overview")


def test_sessions_are_ended_and_signing_out_everywhere_works(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, account, _person = alice
    keys.press("Activity")
    keys.press("Sign out everywhere")
    keys.type("password", account.password)
    keys.enter()

    assert heading(keys)
    assert keys.page.url.endswith("/activity/signed-out")


def test_words_that_appear_by_themselves_are_spoken(alice: tuple[Keyboard, Any, Person]) -> None:
    keys, _account, someone = alice
    someone.open("/password")
    live = keys.page.locator("[aria-live=polite]").first
    keys.type("new_password", "password1")
    keys.page.locator("main").get_by_text("Add").first.wait_for()

    assert live.count() == 1
    assert keys.page.locator("[aria-live=polite]").filter(has_text="Add").count() >= 1
