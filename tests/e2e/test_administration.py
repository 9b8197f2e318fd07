"""Administration in Chromium: why heidi cannot change her password, mended for her role, seen in her open session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from chromium_person import Person
    from mail_server import MailAccount

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": False, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "light", "size": "narrow"},
)
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


def prove(somebody: Person, account: MailAccount) -> None:
    """Answer the question who it is, where it is asked."""
    if "/step-up" in somebody.page.url:
        somebody.fill_in({"current-password": account.password})


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_role_is_mended_while_its_people_are_signed_in(
    person: Callable[..., Person], stage: Any, look: dict[str, Any]
) -> None:
    role = stage.sandbox.add_role("No password change", disabled=DENIED)
    grace = stage.new_account(description="Grace Hopper", roles={"@type": "Admin"})
    heidi = stage.new_account(roles={"@type": "Custom", "roleIds": {"b": True, role: True}})
    stage.new_account(description="Bob Okafor", two_factor=TOTP_SECRET)
    hers, she = person(**look), person(**look)
    hers.sign_in(heidi)
    hers.open("/password")
    assert hers.page.locator("input[autocomplete=current-password]").count() == 0

    she.sign_in(grace)
    she.open("/administration/accounts")
    assert she.overflow() == 0
    assert not she.look.scripts or she.axe() == []
    she.picture("administration-accounts")
    she.open(f"/administration/accounts/{heidi.account_id}")
    assert she.overflow() == 0
    she.picture("administration-account")
    page = she.open("/administration/permissions")
    assert not she.look.scripts or she.axe() == []
    page.fill("#add", heidi.login)
    page.get_by_role("button", name="Compare").click()
    assert "the role “No password change” denies" in page.locator("main").inner_text()
    assert she.overflow() == 0
    she.picture("administration-permissions")
    page.get_by_role("link", name="See the plan").click()
    assert she.overflow() == 0
    assert not she.look.scripts or she.axe() == []
    she.picture("administration-plan")
    page.get_by_role("button", name="Apply what is ticked").click()
    prove(she, grace)
    page.get_by_role("heading", name=re.compile("Applied: 1 change")).wait_for()
    she.picture("administration-report")

    hers.open("/password")
    assert hers.page.locator("input[autocomplete=current-password]").count() == 1
    she.open("/administration/doctor")
    assert she.overflow() == 0
    assert not she.look.scripts or she.axe() == []
    she.picture("administration-doctor")
    she.open("/administration/accounts/keys")
    assert she.overflow() == 0
    assert not she.look.scripts or she.axe() == []


@pytest.mark.parametrize("look", [LOOKS[1], {**LOOKS[0], "size": "phone"}], ids=("plain", "scripts"))
def test_somebody_who_lost_the_phone_gets_in_again(
    person: Callable[..., Person], stage: Any, look: dict[str, Any]
) -> None:
    grace = stage.new_account(description="Grace Hopper", roles={"@type": "Admin"})
    bob = stage.new_account(two_factor=TOTP_SECRET)
    stage.sandbox.add_app_password(bob.login, "Lost phone")
    she = person(**look)
    she.sign_in(grace)

    page = she.open(f"/administration/accounts/{bob.account_id}/two-factor")
    assert "From now on the password alone opens the account." in page.locator("main").inner_text()
    page.get_by_role("button", name="Reset two-factor").click()
    prove(she, grace)
    page.get_by_role("heading", name=re.compile("Two-factor was reset")).wait_for()
    assert she.overflow() == 0
    she.picture("administration-reset")
    she.open("/administration/accounts/keys")
    page.get_by_role("link", name=f"Revoke… Lost phone, {bob.login}").click()
    page.get_by_role("button", name="Revoke it").click()
    page.get_by_text("“Lost phone” was revoked").wait_for()
    she.open(f"/administration/accounts/{bob.account_id}/password")
    page.get_by_role("button", name="Demand a new password").click()
    page.get_by_text("A new password is demanded").first.wait_for()

    bob.totp_secret = None
    his = person(**look)
    his.sign_in(bob)
    assert his.page.url.endswith("/password")
