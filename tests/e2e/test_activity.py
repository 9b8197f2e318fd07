"""Activity in Chromium: sessions, events and their filter, signing out everywhere, taking the account back, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "tablet"},
    {"scripts": False, "theme": "dark", "size": "narrow"},
)
looks = pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{'scripts' if look['scripts'] else 'plain'}"
)


def look_over(who: Person, name: str) -> None:
    """Keep a picture; nothing scrolls sideways, and axe finds nothing."""
    assert who.overflow() == 0, name
    who.picture(name)
    assert not who.look.scripts or who.axe() == []


@looks
def test_another_browser_is_signed_out_and_the_events_are_filtered(
    person: Callable[..., Person], stage: Any, look: dict[str, Any]
) -> None:
    account = stage.new_account()
    phone = person(size="phone")
    phone.sign_in(account)
    alice = person(**look)
    alice.sign_in(account)
    page = alice.open("/activity")
    look_over(alice, "activity")
    sessions = page.locator("section[aria-labelledby=sessions] li")
    assert sessions.count() == 2
    assert sessions.first.get_by_text("This browser").is_visible()

    sessions.nth(1).get_by_role("button").click()
    assert page.locator("section[aria-labelledby=sessions] li").count() == 1
    phone.open("/password")
    assert "/sign-in" in phone.page.url

    page = alice.open("/activity")
    page.locator("select[name=kind]").select_option("sign-in")
    page.get_by_role("button", name="Show").click()
    assert "kind=sign-in" in page.url
    assert page.get_by_text("Signed in to this panel").count() > 1
    look_over(alice, "activity-filtered")


@looks
def test_signing_out_everywhere(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    account = stage.new_account()
    alice = person(**look)
    alice.sign_in(account)
    page = alice.open("/activity")
    page.get_by_role("link", name="Sign out everywhere").click()
    look_over(alice, "sign-out-everywhere")
    page.locator("[autocomplete=current-password]").fill("not the password")
    page.locator("main form button[type=submit]").first.click()
    assert page.get_by_role("alert").first.is_visible()
    look_over(alice, "sign-out-refused")

    page.locator("[autocomplete=current-password]").fill(account.password)
    page.locator("main form button[type=submit]").first.click()
    assert page.url.endswith("/activity/signed-out")
    look_over(alice, "signed-out-everywhere")


@looks
def test_taking_the_account_back(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    account = stage.new_account()
    stage.sandbox.add_app_password(account.login, "Old phone")
    alice = person(**look)
    alice.sign_in(account)
    page = alice.open("/activity")
    page.get_by_role("link", name="This was not me").click()
    look_over(alice, "take-back")
    for path in ("revoke", "traces", "events", "report"):
        alice.open(f"/activity/not-me/{path}")
        look_over(alice, f"take-back-{path}")


@looks
def test_choosing_notices(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    alice = person(**look)
    alice.sign_in(stage.new_account())
    page = alice.open("/activity")
    page.get_by_role("link", name="Notices").click()
    box = page.locator("main input[type=checkbox]:enabled").last
    box.uncheck()
    page.locator("main form button[type=submit]").click()
    assert page.get_by_text("Your choice was saved").is_visible()
    assert not page.locator("main input[type=checkbox]:enabled").last.is_checked()
    look_over(alice, "notices")
