"""Notices that the panel places into the person's own Inbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from canaries import NEW_PASSWORD
from password_steps import change

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

ELSEWHERE = "198.51.100.23"


async def inbox(panel: RunningPanel, account: MailAccount) -> list[tuple[str, str]]:
    """Subject and text of every message there, once the panel has placed what it was placing."""
    await panel.app.state.panel.notices.settled()
    found = []
    mailbox = panel.sandbox.state.mailbox(panel.sandbox.account(account.login))
    for message in mailbox.messages.values():
        text = "".join(str(part["value"]) for part in message.body_values.values())
        found.append((str(message.properties["subject"]), text))
    return found


async def new_app_password(mail_server: MailServer, account: MailAccount, name: str, ends: str | None = None) -> None:
    record: dict[str, Any] = {"description": name, "permissions": {"@type": "Inherit"}, "expiresAt": ends}
    await mail_server.administer(("x:AppPassword/set", {"accountId": account.account_id, "create": {"n": record}}))


async def signed_in_and_changed(panel: RunningPanel, alice: MailAccount) -> Browser:
    browser = await panel.sign_in(alice)
    await change(browser, alice)
    alice.password = NEW_PASSWORD
    return browser


async def test_a_changed_password_is_told_with_time_and_place(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await signed_in_and_changed(panel, alice)
    ((subject, text),) = await inbox(panel, alice)

    assert subject == "Password changed"
    assert "Firefox on Linux, 203.0.113.7" in text
    assert "https://panel.test/activity/not-me" in text
    assert "It was not sent by mail." in text


async def test_it_speaks_the_language_of_the_person(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice, panel.browser(language="de"))
    await change(browser, alice)
    ((subject, _text),) = await inbox(panel, alice)

    assert subject == "Passwort geändert"


async def test_the_first_sign_in_is_no_news_and_a_new_address_is_told_once(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    await panel.sign_in(alice)
    await panel.sign_in(alice)
    assert await inbox(panel, alice) == []
    for _ in range(2):
        await panel.sign_in(alice, panel.browser(address=ELSEWHERE))
    ((subject, text),) = await inbox(panel, alice)

    assert "from a new address" in subject
    assert ELSEWHERE in text


async def test_a_server_that_refuses_does_not_fail_the_change_and_the_next_visit_places_it(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before", method="Email/set")
    assert (await change(browser, alice)).path == "/password/changed"
    assert await inbox(panel, alice) == []
    mail_server.no_quirk()
    panel.clock.advance(minutes=2)
    await browser.open("/")

    assert [subject for subject, _ in await inbox(panel, alice)] == ["Password changed"]


async def test_a_lost_answer_does_not_double_the_notice(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-after", method="Email/set", times=1)
    await change(browser, alice)
    assert len(await inbox(panel, alice)) == 1
    for _ in range(2):
        panel.clock.advance(minutes=2)
        await browser.open("/")
        assert len(await inbox(panel, alice)) == 1


async def test_it_is_placed_after_a_restart_too(panel: RunningPanel, mail_server: MailServer) -> None:
    from panel_kit import RunningPanel as Panel

    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before", method="Email/set")
    await change(browser, alice)
    assert await inbox(panel, alice) == []
    mail_server.no_quirk()
    alice.password = NEW_PASSWORD
    async with Panel(mail_server=mail_server, clock=panel.clock, watch=panel.watch, data_dir=panel.data_dir) as again:
        await again.sign_in(alice)
        assert [subject for subject, _ in await inbox(again, alice)] == ["Password changed"]


async def test_without_the_permission_nothing_is_tried(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=("jmapEmailCreate",))
    await signed_in_and_changed(panel, alice)

    assert await inbox(panel, alice) == []


async def test_what_ends_soon_is_told_at_three_times(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    ends = (panel.clock.now() + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    await new_app_password(mail_server, alice, "Laptop", ends)
    await new_app_password(mail_server, alice, "Phone")
    told = []
    for days in (0, 1, 7, 1, 0.5):
        panel.clock.advance(days=days)
        await panel.sign_in(alice)
        told.append([subject for subject, _ in await inbox(panel, alice)])

    assert told[0] == ["App password or API key ends within 14 days"]
    assert told[1] == told[0]
    assert told[2] == [*told[1], "App password or API key ends within 3 days"]
    assert told[-1][-1] == "App password or API key ends today"
    assert len(told[-1]) == 3
    assert "Laptop" in (await inbox(panel, alice))[0][1]


async def test_a_kind_that_is_turned_off_is_not_told_and_the_first_three_always_are(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/activity/notices")
    account = next(field.value for form in page.forms for field in form.fields if field.name == "account")
    assert (await browser.post("/activity/notices", [("account", account)])).status_code == 303
    assert "Your choice was saved" in (await browser.open("/activity/notices")).text
    await panel.sign_in(alice, panel.browser(address=ELSEWHERE))
    assert await inbox(panel, alice) == []

    await change(browser, alice)
    assert [subject for subject, _ in await inbox(panel, alice)] == ["Password changed"]
    assert "Choice of notices changed" in (await browser.open("/activity")).text


async def test_the_queue_holds_no_address_and_no_secret_in_the_clear(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before", method="Email/set")
    await change(browser, alice)
    await panel.app.state.panel.notices.settled()

    for file in panel.data_dir.glob("bulwark.sqlite3*"):
        assert b"203.0.113.7" not in file.read_bytes()
        assert alice.login.encode() not in file.read_bytes()
