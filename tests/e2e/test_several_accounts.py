"""The account menu with several accounts, in Chromium: opened, switched, held against axe, small and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person
    from mail_server import MailAccount


def two_accounts(someone: Person, stage: Any) -> tuple[MailAccount, MailAccount]:
    """Sign in to one account and add another, which is then in use."""
    first, second = stage.new_account(), stage.new_account()
    someone.sign_in(first)
    someone.open("/sign-in?add=1")
    someone.fill_in({"username": second.login, "current-password": second.password})
    return first, second


def open_menu(someone: Person) -> None:
    """Press the button with the address, with the keyboard."""
    someone.page.locator(".who").focus()
    someone.page.keyboard.press("Enter")
    someone.page.locator("#me").wait_for(state="visible")


@pytest.mark.parametrize("scripts", [True, False])
def test_one_goes_from_account_to_account_by_keyboard(
    person: Callable[..., Person], stage: Any, *, scripts: bool
) -> None:
    someone = person(scripts=scripts)
    first, second = two_accounts(someone, stage)
    open_menu(someone)
    someone.page.get_by_role("button", name=f"Switch to {first.login}").press("Enter")
    someone.page.wait_for_load_state("load")

    assert someone.page.locator(".who .address").inner_text() == first.login
    open_menu(someone)
    someone.page.get_by_role("button", name="Sign out", exact=True).press("Enter")
    someone.page.wait_for_load_state("load")
    assert f"This browser goes on with {second.login}" in someone.page.locator("main").inner_text()


@pytest.mark.parametrize("look", [{}, {"size": "narrow", "theme": "dark"}], ids=str)
def test_menu_and_pages_about_accounts_are_sound(
    person: Callable[..., Person], stage: Any, look: dict[str, str]
) -> None:
    someone = person(**look)
    _first, second = two_accounts(someone, stage)
    open_menu(someone)
    someone.picture("account-menu")

    assert someone.axe() == []
    assert someone.overflow() == 0
    someone.open("/sign-in?add=1")
    someone.picture("add-an-account")
    assert second.login in someone.page.locator("main").inner_text()
    assert someone.axe() == []
    assert someone.overflow() == 0
    someone.open("/signed-out")
    assert someone.axe() == []


def test_a_page_of_the_account_before_hears_nothing_of_the_other(person: Callable[..., Person], stage: Any) -> None:
    someone = person()
    first, second = two_accounts(someone, stage)
    someone.open("/identities")
    other_tab = someone.context.new_page()
    other_tab.goto("/")
    other_tab.locator(".who").click()
    other_tab.get_by_role("button", name=f"Switch to {first.login}").click()
    other_tab.wait_for_load_state("load")
    someone.page.evaluate("dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))")
    someone.page.locator("#live.off").wait_for()

    assert second.login in someone.page.locator("main").inner_text()
    assert first.login not in someone.page.locator("main").inner_text()
