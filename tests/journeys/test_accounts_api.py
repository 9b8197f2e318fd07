"""What the command line did to somebody is told by the panel, which believes nothing that is not so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api_steps import ask, did, token_of
from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
REPORT = "/api/v1/accounts/report"
ADMIN = {"@type": "Admin"}
FORCED, RESET, REVOKED = "password-forced", "two-factor-reset", "revoked"


def inbox(panel: RunningPanel, account: MailAccount) -> list[str]:
    """The subjects of every message there."""
    mailbox = panel.sandbox.state.mailbox(panel.sandbox.account(account.login))
    return [str(message.properties["subject"]) for message in mailbox.messages.values()]


async def force(mail_server: MailServer, account: MailAccount) -> None:
    """As the command line does it."""
    ended = {"credentials/0/expiresAt": "2026-01-01T00:00:00Z"}
    await mail_server.administer(("x:Account/set", {"update": {account.account_id: ended}}))


def about(account: MailAccount, step: str, **more: Any) -> dict[str, Any]:
    """What the command line tells the panel."""
    return {"step": step, "account_id": account.account_id, **more}


async def test_it_is_placed_and_stands_in_both_lists_of_activity(panel: RunningPanel, mail_server: MailServer) -> None:
    grace, bob = await mail_server.new_account("grace", roles=ADMIN), await mail_server.new_account("bob")
    token, his = await token_of(mail_server, grace), await token_of(mail_server, bob)

    assert await did(panel, token, REPORT, about(bob, RESET)) == {"notice": "placed"}
    gone = about(bob, REVOKED, name="Old phone", mark="0" * 20)
    assert await did(panel, token, REPORT, gone) == {"notice": "placed"}
    events = (await did(panel, his, "/api/v1/activity/events"))["events"]
    assert [one["kind"].rpartition(":")[2] for one in events] == ["take", "reset"]
    assert all(one["device"] for one in events)
    assert len((await did(panel, token, "/api/v1/activity/events"))["events"]) == 2
    taken, reset = sorted(inbox(panel, bob), key=lambda subject: "Two-factor" in subject)
    assert "Old phone" in taken
    assert reset.startswith(f"Two-factor authentication reset by {grace.login}")


async def test_what_the_person_chose_is_kept_to(panel: RunningPanel, mail_server: MailServer) -> None:
    grace, bob = await mail_server.new_account("grace", roles=ADMIN), await mail_server.new_account("bob")
    token = await token_of(mail_server, grace)
    await did(panel, await token_of(mail_server, bob), "/api/v1/activity/notices", {"off": ["credential"]})
    gone = about(bob, REVOKED, name="Old phone", mark="0" * 20)

    assert await did(panel, token, REPORT, gone) == {"notice": "unwanted"}
    assert inbox(panel, bob) == []


@pytest.mark.parametrize(("quirk", "notice"), [("503", "waits"), ("cut-after", "unknown")])
async def test_trouble_with_the_inbox_is_told(
    panel: RunningPanel, mail_server: MailServer, quirk: str, notice: str
) -> None:
    grace, bob = await mail_server.new_account("grace", roles=ADMIN), await mail_server.new_account("bob")
    await force(mail_server, bob)
    mail_server.quirk(quirk, method="Email/set", times=1)

    assert await did(panel, await token_of(mail_server, grace), REPORT, about(bob, FORCED)) == {"notice": notice}


async def test_what_is_not_so_is_told_to_nobody(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await mail_server.new_account("grace", roles=ADMIN)
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    token = await token_of(mail_server, grace)
    panel.sandbox.add_app_password(bob.login, "Old phone")
    his = await panel.sign_in(bob)
    await his.open("/app-passwords")
    mark = his.page.link("Edit Old phone").split("/")[2]

    for claim, error in (
        (about(bob, RESET), "Gone"),
        (about(bob, FORCED), "Gone"),
        (about(bob, REVOKED, name="Old phone", mark=mark), "Gone"),
        (about(grace, RESET), "OwnAccount"),
        ({"step": RESET, "account_id": "zzz"}, "Gone"),
        ({"step": "anything", "account_id": bob.account_id}, "FormUnreadable"),
    ):
        answer = await ask(panel, token, REPORT, claim)
        assert (answer.status_code >= 400, answer.json()["error"]) == (True, error), claim
    events = (await did(panel, await token_of(mail_server, bob), "/api/v1/activity/events"))["events"]
    assert [one["kind"].rpartition(":")[2] for one in events] == ["sign-in"]


async def test_nobody_tells_others_without_the_right_to_do_it(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    looker = await mail_server.new_account("grace", roles=ADMIN, without=("sysAccountUpdate", "impersonate"))
    for who in (alice, looker):
        token = await token_of(mail_server, who)
        for claim in (about(bob, RESET), about(bob, REVOKED, name="x", mark="y")):
            assert (await ask(panel, token, REPORT, claim)).status_code == 403

    assert inbox(panel, bob) == []
