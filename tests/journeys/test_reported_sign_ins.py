"""What the mail server reports of sign-ins, where a person meets it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credential_steps import make, shown_secret
from report_maker import SECRET, deliver, event

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
