"""Signing in, the overview and the password in Chromium: scripts on and off, light and dark, desktop and phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from chromium_person import Person

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "dark", "size": "narrow"},
)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_person_changes_the_password(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    account = stage.new_account()
    alice = person(**look)
    alice.sign_in(account)
    alice.picture("overview")
    alice.open("/password")
    assert alice.overflow() == 0
    alice.picture("password")
    alice.fill_in(
        {"current-password": account.password, "new-password[1]": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD},
        button="Change password",
    )
    alice.picture("password-changed")

    assert alice.page.get_by_role("heading", name="Your password was changed").is_visible()
    assert stage.accepts(account, NEW_PASSWORD)
    alice.open("/")
    assert alice.page.title().startswith("Overview")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_change_says_why_and_gives_no_password_back(
    person: Callable[..., Person], stage: Any, *, scripts: bool
) -> None:
    account = stage.new_account()
    alice = person(scripts=scripts)
    alice.sign_in(account)
    alice.open("/password")
    alice.fill_in(
        {"current-password": WRONG_PASSWORD, "new-password[1]": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD},
        button="Change password",
    )
    alice.picture("password-refused")

    assert alice.page.title().startswith("Error:")
    assert "This is not your current password." in alice.page.locator("main").inner_text()
    assert [field.input_value() for field in alice.page.locator("main input[type=password]").all()] == ["", "", ""]
    assert not stage.accepts(account, NEW_PASSWORD)


def test_the_meter_estimates_while_typing(person: Callable[..., Person], stage: Any) -> None:
    alice = person()
    alice.sign_in(stage.new_account())
    alice.open("/password")
    field = alice.page.locator("main [autocomplete=new-password]").first
    field.press_sequentially("password1", delay=5)
    alice.page.locator("main").get_by_text("Add").first.wait_for()
    field.fill(NEW_PASSWORD)

    alice.page.get_by_text("This server should accept it").wait_for()


def test_the_eye_shows_and_hides_a_password(person: Callable[..., Person], stage: Any) -> None:
    stage.new_account()
    alice = person()
    alice.open("/sign-in")
    field = alice.page.locator("[autocomplete=current-password]")
    field.fill("abc")
    alice.page.get_by_role("button", name="Show password").click()
    assert field.get_attribute("type") == "text"
    alice.page.get_by_role("button", name="Hide password").click()

    assert field.get_attribute("type") == "password"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_code_is_asked_for_on_a_page_of_its_own(person: Callable[..., Person], stage: Any, *, scripts: bool) -> None:
    account = stage.new_account(two_factor=TOTP_SECRET)
    bob = person(scripts=scripts, size="phone")
    bob.sign_in(account)

    assert bob.page.title().startswith("Overview")


def test_axe_finds_nothing(person: Callable[..., Person], stage: Any) -> None:
    account = stage.new_account()
    alice = person()
    alice.open("/sign-in")
    found = alice.axe_in_both_themes()
    alice.sign_in(account)
    for path in ("/", "/password", "/step-up", "/nowhere"):
        alice.open(path)
        found += alice.axe_in_both_themes()

    assert found == []
