"""The profile in Chromium: long lists that can be narrowed, the panel's own look and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "dark", "size": "narrow"},
)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_person_changes_the_profile(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    alice = person(**look)
    alice.sign_in(stage.new_account(description="Alice"))
    page = alice.open("/profile")
    assert alice.overflow() == 0
    alice.picture("profile")
    page.locator("[name=name]").fill("Alice Lovelace")
    page.locator("[name=time_zone]").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save profile").click()
    assert page.get_by_text("Saved: name, time zone.").is_visible()
    assert page.locator("[name=name]").input_value() == "Alice Lovelace"
    alice.picture("profile-saved")

    page.locator("main").get_by_label("Dark").check()
    page.get_by_label("Language of this panel").select_option("de")
    page.get_by_role("button", name="Apply").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("lang") == "de"
    alice.picture("profile-german")


def test_the_list_of_languages_is_narrowed_by_typing(person: Callable[..., Person], stage: Any) -> None:
    alice = person()
    alice.sign_in(stage.new_account())
    page = alice.open("/profile")
    page.get_by_label("Narrow the list: Language").fill("swiss")
    assert page.locator("#language option:not([hidden])").count() == 0
    page.get_by_label("Narrow the list: Language").fill("switzerland")
    shown = page.locator("#language option:not([hidden])").all_text_contents()

    assert "German (Switzerland)" in shown
    assert all("Switzerland" in one for one in shown)


def test_without_a_script_there_is_nothing_to_type_into(person: Callable[..., Person], stage: Any) -> None:
    alice = person(scripts=False)
    alice.sign_in(stage.new_account())
    page = alice.open("/profile")

    assert page.locator("[data-narrow]").first.is_hidden()
    assert page.locator("#language option").count() == 336
