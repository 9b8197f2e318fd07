"""A double click on a button that changes something, with and without scripts: it is done once and told as done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canaries import NEW_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_changes_the_password_once(person: Callable[..., Person], stage: Any, scripts: bool) -> None:  # noqa: FBT001 - both kinds of browser
    alice = stage.new_account()
    she = person(scripts=scripts)
    she.sign_in(alice)
    page = she.open("/password")
    page.fill("#password", alice.password)
    page.fill("#new_password", NEW_PASSWORD)
    page.fill("#new_password_again", NEW_PASSWORD)
    page.get_by_role("button", name="Change password").dblclick()
    page.wait_for_url("**/*changed")

    text = page.locator("body").inner_text()
    assert "Your password was changed" in text
    assert "not your current password" not in text
    assert stage.sandbox.password_is(alice.login, NEW_PASSWORD)
