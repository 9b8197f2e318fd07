"""What an administrator did is told in the person's Inbox, and the receipt says whether."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
ACCOUNTS = "/administration/accounts"
DEMANDED = "A new password was demanded by"
PLACED = "A notice lies in the person’s Inbox."
WAITS = "A notice waits for the person’s next visit to this panel."
UNKNOWN = "We do not know whether a notice was placed"


def inbox(panel: RunningPanel, account: MailAccount) -> list[str]:
    """The subjects of every message there."""
    mailbox = panel.sandbox.state.mailbox(panel.sandbox.account(account.login))
    return [str(message.properties["subject"]) for message in mailbox.messages.values()]


async def step(panel: RunningPanel, mail_server: MailServer, bob: MailAccount, what: str, **grace: Any) -> Browser:
    """Grace, an administrator, takes a step on Bob's account."""
    admin = await mail_server.new_account("grace", roles={"@type": "Admin"}, **grace)
    browser = await panel.sign_in(admin)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}/{what}")
    await browser.press({"password": "Demand a new password", "two-factor": "Reset two-factor"}[what])
    if browser.page.path == "/step-up":
        await browser.fill_in({"current-password": admin.password})
    return browser


async def test_it_is_placed_with_the_administrators_session(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await step(panel, mail_server, bob, "two-factor")

    assert browser.page.h1 == bob.login
    assert PLACED in browser.page.text
    (subject,) = inbox(panel, bob)
    assert subject.startswith("Two-factor authentication reset by grace@")

    bob.totp_secret = None
    await panel.sign_in(bob)
    await panel.app.state.panel.notices.settled()
    assert len(inbox(panel, bob)) == 1  # not once more


async def test_it_speaks_the_language_of_the_person_it_was_done_to(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob")
    await mail_server.administer(("x:Account/set", {"update": {bob.account_id: {"locale": "de_DE"}}}))
    browser = await step(panel, mail_server, bob, "password")

    assert PLACED in browser.page.text
    (subject,) = inbox(panel, bob)
    assert subject.endswith("hat ein neues Passwort verlangt")


async def test_without_the_permission_it_comes_at_the_next_visit(panel: RunningPanel, mail_server: MailServer) -> None:
    bob = await mail_server.new_account("bob")
    browser = await step(panel, mail_server, bob, "password", without=("impersonate",))

    assert WAITS in browser.page.text
    assert inbox(panel, bob) == []
    await mail_server.administer(
        ("x:Account/set", {"update": {bob.account_id: {"credentials/0/expiresAt": None}}}),
    )
    await panel.sign_in(bob)
    await panel.app.state.panel.notices.settled()
    (subject,) = inbox(panel, bob)
    assert subject.startswith(DEMANDED)


@pytest.mark.parametrize(("quirk", "there"), [("cut-before", 0), ("cut-after", 1)])
async def test_a_lost_answer_is_said_and_never_doubles_the_notice(
    panel: RunningPanel, mail_server: MailServer, quirk: str, there: int
) -> None:
    bob = await mail_server.new_account("bob")
    mail_server.quirk(quirk, method="Email/set", times=1)
    browser = await step(panel, mail_server, bob, "password")

    assert browser.page.path == f"{ACCOUNTS}/done"
    assert UNKNOWN in browser.page.text
    assert len(inbox(panel, bob)) == there
    await mail_server.administer(
        ("x:Account/set", {"update": {bob.account_id: {"credentials/0/expiresAt": None}}}),
    )
    await panel.sign_in(bob)
    await panel.app.state.panel.notices.settled()
    assert len(inbox(panel, bob)) == 1


async def test_a_refusal_does_not_fail_the_step_and_it_comes_later(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob")
    mail_server.quirk("503", method="Email/set", times=1)
    browser = await step(panel, mail_server, bob, "password")

    assert "A new password is demanded" in browser.page.text
    assert WAITS in browser.page.text


async def test_a_slow_server_holds_the_receipt_up_only_so_long(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bulwark.account import notices

    monkeypatch.setattr(notices, "FOR_OTHERS", 0.05)
    bob = await mail_server.new_account("bob")
    mail_server.quirk("slow", method="Email/set", seconds=5)
    browser = await step(panel, mail_server, bob, "password")

    assert browser.page.path == f"{ACCOUNTS}/done"
    assert UNKNOWN in browser.page.text


async def test_who_turned_such_notices_off_is_not_told_and_the_receipt_says_so(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    bob = await mail_server.new_account("bob")
    panel.sandbox.add_app_password(bob.login, "Old phone")
    his = await panel.sign_in(bob)
    page = await his.open("/activity/notices")
    account = next(field.value for form in page.forms for field in form.fields if field.name == "account")
    await his.post("/activity/notices", [("account", account)])
    grace = await mail_server.new_account("grace", roles={"@type": "Admin"})
    browser = await panel.sign_in(grace)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}")
    await browser.click("Revoke… Old phone")
    await browser.press("Revoke it")
    if browser.page.path == "/step-up":
        await browser.fill_in({"current-password": grace.password})

    assert "The person chose not to get such notices." in browser.page.text
    assert inbox(panel, bob) == []
