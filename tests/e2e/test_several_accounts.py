"""Several accounts in Chromium: the account menu, switching, signing out, with scripts on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "light", "size": "narrow"},
)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_person_adds_an_account_switches_and_signs_out(
    person: Callable[..., Person], stage: Any, look: dict[str, Any]
) -> None:
    mine, theirs = stage.new_account(), stage.new_account()
    browser = person(**look)
    browser.sign_in(mine)
    page = browser.page
    menu = page.locator("#me")

    page.locator("[popovertarget=me]").click()
    menu.get_by_role("link", name="Add an account").click()
    assert page.get_by_text(f"You stay signed in as {mine.login}.").is_visible()
    browser.picture("account-added")
    browser.fill_in({"username": theirs.login, "current-password": theirs.password})
    page.locator("[popovertarget=me]").click()
    assert browser.overflow() == 0
    browser.picture("account-menu")
    if look["scripts"]:
        assert browser.axe() == []

    menu.get_by_role("button", name=f"Switch to {mine.login}").click()
    page.locator("[popovertarget=me]").click()
    assert menu.locator("p").inner_text().split() == ["Signed", "in", "as", mine.login]
    menu.get_by_role("button", name="Sign out", exact=True).click()
    assert browser.overflow() == 0
    browser.picture("account-signed-out")
    page.get_by_role("button", name=f"Go on as {theirs.login}").click()
    assert page.locator("main").get_by_text(theirs.login).first.is_visible()
