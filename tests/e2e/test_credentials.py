"""App passwords and API keys in Chromium: with and without scripts, light and dark, desktop and phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Dialog

    from chromium_person import Person, Size, Theme
    from mail_server import MailAccount

SECRET = re.compile(r"(app_[a-z0-9]{36}|API_[A-Za-z0-9_-]{38})")
LOOKS: list[tuple[bool, Theme, Size]] = [
    (True, "light", "desktop"),
    (True, "dark", "phone"),
    (False, "dark", "narrow"),
]


@pytest.fixture(scope="module")
def stage_settings() -> dict[str, str]:
    return {"API_KEYS": "permitted"}


@pytest.fixture
def account(stage: Any) -> MailAccount:
    made: MailAccount = stage.new_account()
    return made


def look_at(someone: Person, name: str) -> None:
    """Keep a picture; nothing sticks out, and axe finds nothing where scripts run."""
    someone.picture(name)
    assert someone.overflow() <= 0, name
    if someone.look.scripts:
        assert someone.axe() == []


def press(someone: Person, button: str) -> None:
    someone.page.get_by_role("button", name=button, exact=True).last.click()
    someone.page.wait_for_load_state("load")


def agreeing(asked: list[str]) -> Callable[[Dialog], None]:
    """Notes what the browser asks, and agrees."""

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    return answer


@pytest.mark.parametrize(("scripts", "theme", "size"), LOOKS)
def test_make_change_and_revoke_app_passwords(
    person: Callable[..., Person], account: MailAccount, *, scripts: bool, theme: Theme, size: Size
) -> None:
    someone = person(scripts=scripts, theme=theme, size=size)
    someone.sign_in(account)
    page = someone.open("/app-passwords")
    look_at(someone, "app-passwords-empty")
    page.get_by_role("link", name="New app password").first.click()
    look_at(someone, "app-passwords-new")
    page.get_by_label("Where will you use it?").fill("Phone")
    page.get_by_role("radio", name=re.compile("^Mail, calendar and contacts")).check()
    page.get_by_role("radio", name="Only from these addresses").check()
    page.locator("#networks").fill("192.0.2.9/24\nnonsense")
    press(someone, "Create app password")
    look_at(someone, "app-passwords-refused")
    assert page.locator(":focus").get_attribute("id") == "networks"
    page.get_by_role("radio", name="Anywhere").check()
    press(someone, "Create app password")

    assert page.locator("h1").inner_text() == "Phone"
    assert SECRET.fullmatch(page.locator("#secret").text_content() or "")
    for summary in page.locator("summary").all():
        summary.click()
    look_at(someone, "app-passwords-created")
    page.get_by_role("link", name="I have saved it, done").click()
    look_at(someone, "app-passwords-list")
    page.get_by_role("link", name="Edit Phone").click()
    look_at(someone, "app-passwords-edit")
    page.get_by_label("Name", exact=True).fill("Old phone")
    press(someone, "Save changes")
    look_at(someone, "app-passwords-edited")
    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("checkbox", name="Select Old phone").check()
    press(someone, "Revoke selected…")
    look_at(someone, "app-passwords-revoke")
    press(someone, "Revoke")
    look_at(someone, "app-passwords-revoked")

    assert "“Old phone” was revoked" in page.locator("main").inner_text()


@pytest.mark.parametrize(("scripts", "theme", "size"), LOOKS)
def test_make_an_api_key(
    person: Callable[..., Person], account: MailAccount, *, scripts: bool, theme: Theme, size: Size
) -> None:
    someone = person(scripts=scripts, theme=theme, size=size)
    someone.sign_in(account)
    page = someone.open("/api-keys/new")
    page.get_by_label("Name", exact=True).fill("Monitoring")
    page.get_by_label("Find a permission").fill("app password")
    press(someone, "Show")
    look_at(someone, "api-keys-new")
    page.get_by_role("checkbox", name=re.compile("^List app passwords")).check()
    press(someone, "Create API key")
    assert SECRET.fullmatch(page.locator("#secret").text_content() or "")
    look_at(someone, "api-keys-created")
    page.get_by_role("link", name="I have saved it, done").click()
    look_at(someone, "api-keys-list")
    page.get_by_role("link", name="Edit Monitoring").click()
    look_at(someone, "api-keys-edit")

    assert page.locator("h1").inner_text() == "Edit “Monitoring”"


def test_copying_gives_the_password_without_gaps_and_leaving_asks_first(
    person: Callable[..., Person], account: MailAccount
) -> None:
    someone = person()
    someone.sign_in(account)
    page = someone.open("/app-passwords/new")
    page.get_by_label("Where will you use it?").fill("Phone")
    page.get_by_label("Where will you use it?").press("Enter")
    page.wait_for_load_state("load")
    shown = page.locator("#secret").text_content() or ""
    someone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy password").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == shown

    page.evaluate("getSelection().selectAllChildren(document.getElementById('secret'))")
    assert page.evaluate("String(getSelection())") == shown
    asked: list[str] = []
    page.once("dialog", agreeing(asked))
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/")
    assert asked == ["beforeunload"]


def test_done_asks_nothing_and_a_download_does_not_count_as_leaving(
    person: Callable[..., Person], account: MailAccount
) -> None:
    someone = person()
    someone.sign_in(account)
    page = someone.open("/app-passwords/new")
    page.get_by_label("Where will you use it?").fill("Phone")
    press(someone, "Create app password")
    asked: list[str] = []
    page.on("dialog", agreeing(asked))
    page.get_by_text("iPhone, iPad or Mac").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("ownload the profile")).click()
    assert download.value.suggested_filename == "mail.mobileconfig"
    page.get_by_role("link", name="I have saved it, done").click()
    page.wait_for_url("**/app-passwords")

    assert asked == []
