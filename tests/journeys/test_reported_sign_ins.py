"""What the mail server reports of sign-ins, where a person meets it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credential_steps import make, shown_secret
from report_maker import SECRET, deliver, event
from two_factor_steps import begin, prove

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"WEBHOOK_SECRET": SECRET}


async def _app_password(mail_server: MailServer, account_id: str, name: str) -> None:
    record = {"description": name, "permissions": {"@type": "Inherit"}}
    await mail_server.administer(("x:AppPassword/set", {"accountId": account_id, "create": {"n": record}}))


async def test_without_reports_the_lists_say_so(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await _app_password(mail_server, alice.account_id, "Laptop")
    browser = await panel.sign_in(alice)

    assert "Last use is not known here" in (await browser.open("/app-passwords")).text
    assert "the server does not report them to this panel" in (await browser.open("/activity")).text


async def test_uses_and_failed_sign_ins_stand_among_the_events(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await _app_password(mail_server, alice.account_id, "Laptop")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=30)
    now, who = panel.clock.now(), alice.account_id
    hook = panel.browser()
    await deliver(hook, *(event(now, who, id=1) for _ in range(3)), event(now, who, "auth.failed", id="A1"))
    await deliver(hook, event(now, who, listenerId="smtp"), event(now, who, id=9))
    page = await browser.open("/activity")

    assert "“Laptop” was used" in page.text
    assert "IMAP from 198.51.100.23, 3 times" in page.text
    assert "Sign-in refused, wrong password" in page.text
    assert "Signed in with the main password" in page.text
    assert "A credential that is revoked by now was used" in page.text
    page = await browser.fill_in({"kind": "mail"}, form="/activity")
    assert "“Laptop” was used" in page.text
    assert "Signed in to this panel" not in page.text.partition("All kinds")[2]
    page = await browser.fill_in({"kind": "password"}, form="/activity")
    assert "“Laptop” was used" not in page.text


async def test_the_list_of_app_passwords_tells_the_last_use(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await deliver(panel.browser(), event(panel.clock.now() - timedelta(hours=1), alice.account_id, id=1))
    await _app_password(mail_server, alice.account_id, "Laptop")
    browser = await panel.sign_in(alice)
    assert "Not used yet." in (await browser.open("/app-passwords")).text  # the number was another one's before

    panel.clock.advance(minutes=10)
    await deliver(panel.browser(), event(panel.clock.now(), alice.account_id, id=1))
    panel.clock.advance(minutes=12)
    assert "Used 12 minutes ago: IMAP from 198.51.100.23." in (await browser.open("/app-passwords")).text


async def test_nobody_sees_the_sign_ins_of_another_account(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    await deliver(panel.browser(), event(panel.clock.now(), alice.account_id, accountName=bob.login))

    page = await (await panel.sign_in(bob)).open("/activity")
    assert "Signed in with the main password" not in page.text


async def test_the_page_of_a_new_app_password_hears_of_its_first_use(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    await deliver(panel.browser(), event(panel.clock.now() - timedelta(hours=1), alice.account_id, id=1))
    browser = await panel.sign_in(alice)
    page = await make(browser, "Phone", path="/app-passwords")
    panel.watch.add(shown_secret(page))
    (line,) = (element for element in page.main.all("p") if "data-first-use" in element)
    assert line.text.startswith("Not used yet.")
    href = line.get("data-first-use")
    assert (await browser.request("GET", href)).json() == {}

    await deliver(panel.browser(), event(panel.clock.now(), alice.account_id, id=1))
    assert (await browser.request("GET", href)).json() == {"used": "Used at 14:11 over IMAP."}
    for wrong in (
        "/app-passwords/first-use/x?since=0",
        "/app-passwords/first-use/1",
        "/app-passwords/first-use/1?since=9e9",
    ):
        assert (await browser.request("GET", wrong)).status_code == 404


async def test_what_uses_the_main_password_is_listed_before_two_factor_is_turned_on(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    assert "Which of these do you use?" in (await browser.open("/two-factor")).text

    now, who = panel.clock.now(), alice.account_id
    await deliver(panel.browser(), event(now - timedelta(minutes=12), who), event(now, who, id=3, listenerId="pop3"))
    await deliver(panel.browser(), event(now, who, "auth.failed", listenerId="smtp"), event(now, who, listenerId="x1"))
    page = await browser.open("/two-factor")

    assert "Which of these do you use?" not in page.text
    assert "Reading mail over IMAP" in page.text
    assert "Last used: 12 minutes ago, from 198.51.100.23." in page.text
    assert "An app over x1" in page.text
    assert "POP3" not in page.text  # that was an app password
    assert "SMTP" not in page.text  # that was refused
    assert page.links["Make an app password: Reading mail over IMAP"] == "/app-passwords"
    await begin(browser)
    await prove(browser)
    assert "this no longer works: An app over x1; Reading mail over IMAP." in browser.page.text


async def test_reports_without_a_mail_app_say_so(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await deliver(panel.browser(), event(panel.clock.now(), alice.account_id, listenerId="http"))
    page = await browser.open("/two-factor")

    assert "Calendars, contacts or files over HTTP" in page.text
    assert "Signing in to this panel is counted there too." in page.text
    assert "No mail app" in page.text
    assert "Not used since 23 November 2026, when reports began." in page.text
