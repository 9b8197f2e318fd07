"""Signing in at the mail server's own page in Chromium, and why it begins with a link and not with a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from chromium_person import Person
    from mail_server import MailAccount

FORM_THAT_LEADS_AWAY = """() => {
  const form = document.createElement("form");
  form.action = "/sign-in/redirect";
  document.querySelector("main").append(form);
  form.submit();
}"""


@pytest.fixture(scope="module")
def stage_settings() -> dict[str, str]:
    return {"SIGN_IN": "redirect", "PUBLIC_URL": "{url}", "SERVER_NAME": "mail.example.org"}


def at_mail_server(somebody: Person, stage: Any, account: MailAccount) -> None:
    """Sign in on the mail server's page."""
    page = somebody.page
    page.wait_for_url(f"{stage.mail_server.url}/login?*")
    page.get_by_label("Account").fill(account.login)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    if account.totp_secret is not None:
        page.get_by_label("Code").fill(account.code())
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{stage.url}/**")


def visitor(person: Callable[..., Person], stage: Any, **look: Any) -> Person:
    somebody = person(**look)
    somebody.may_visit.add(stage.mail_server.url)
    return somebody


@pytest.mark.parametrize("look", [{"theme": "light"}, {"theme": "dark", "size": "phone"}], ids=str)
def test_there_and_back_and_once_more_to_unlock(
    person: Callable[..., Person], stage: Any, look: dict[str, Any]
) -> None:
    account = stage.new_account(two_factor=TOTP_SECRET)
    alice = visitor(person, stage, **look)
    page = alice.open("/sign-in?next=/app-passwords")
    alice.picture("sign-in-elsewhere")
    assert alice.axe() == []
    assert alice.overflow() == 0

    page.get_by_role("link", name="Sign in with mail.example.org").click()
    at_mail_server(alice, stage, account)
    assert page.url == f"{stage.url}/app-passwords"

    page.get_by_role("button", name="Lock now").click()
    alice.open("/app-passwords/new")
    alice.fill_in({"name": "Office printer"}, button="Create app password")
    alice.picture("step-up-elsewhere")
    assert alice.axe() == []
    page.get_by_role("link", name="Sign in with mail.example.org").click()
    at_mail_server(alice, stage, account)
    assert page.url == f"{stage.url}/step-up/go-on"
    alice.picture("step-up-confirmed")
    assert alice.axe() == []
    page.get_by_role("button", name="Continue").click()

    assert "Office printer" in page.locator("main").inner_text()


def test_a_form_may_not_lead_away_which_is_why_a_link_does(person: Callable[..., Person], stage: Any) -> None:
    somebody = visitor(person, stage)
    page = somebody.open("/sign-in")

    with page.expect_event("console", lambda message: "form-action" in message.text):
        page.evaluate(FORM_THAT_LEADS_AWAY)

    assert page.url.startswith(stage.url)
    somebody.complaints.clear()


def test_what_did_not_work_has_a_page(person: Callable[..., Person], stage: Any) -> None:
    somebody = visitor(person, stage, size="narrow")

    page = somebody.open("/sign-in/callback?code=stolen&state=guessed")

    assert page.url == f"{stage.url}/sign-in/failed?why=expired"
    somebody.picture("sign-in-elsewhere-failed")
    assert somebody.axe() == []
    assert somebody.overflow() == 0
