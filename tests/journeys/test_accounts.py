"""Accounts, as an administrator meets them: look, filter, reset, force, revoke."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
ACCOUNTS = "/administration/accounts"


async def administrator(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("grace", roles={"@type": "Admin"})


async def prove(browser: Browser, who: MailAccount) -> None:
    """Answer the question who it is, where it is asked."""
    if browser.page.path == "/step-up":
        await browser.fill_in({"current-password": who.password})


async def test_an_administrator_sees_who_is_protected(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    await mail_server.new_account("carol", expired=True)
    browser = await panel.sign_in(grace)
    page = await browser.open(ACCOUNTS)

    assert page.status == 200
    for said in ("1 of 3", "2 accounts without", "grace@", "bob@", "carol@", "Ended"):
        assert said in page.text


async def test_those_without_two_factor_can_be_listed(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(grace)
    page = await browser.open(f"{ACCOUNTS}?show=without-two-factor")

    assert "grace@" in page.text
    assert "bob@" not in page.text


async def test_the_file_has_everybody(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    await mail_server.new_account("bob", description="=1+1")
    browser = await panel.sign_in(grace)
    answer = await browser.request("GET", f"{ACCOUNTS}.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))

    assert [row[0].partition("@")[0] for row in rows] == ["address", "bob", "grace"]
    assert rows[1][1] == "'=1+1"


async def test_resetting_the_second_factor_of_somebody(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(grace)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}/two-factor")
    assert "From now on the password alone opens the account." in browser.page.text
    await browser.press("Reset two-factor")
    await prove(browser, grace)

    assert "Two-factor was reset" in browser.page.text
    assert await mail_server.accepts(bob, bob.password)
    bob.totp_secret = None
    his = await panel.sign_in(bob)
    page = await his.open("/activity")
    assert f"Two-factor authentication reset by {grace.login}" in page.text


async def test_demanding_a_new_password(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob")
    browser = await panel.sign_in(grace)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}/password")
    await browser.press("Demand a new password")
    await prove(browser, grace)
    assert "A new password is demanded" in browser.page.text

    his = await panel.sign_in(bob)
    assert his.page.path == "/password"


async def test_revoking_somebodys_app_password(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("makes an app password directly")
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob")
    sandbox.add_app_password(bob.login, "Old phone")
    sandbox.add_app_password(bob.login, "Laptop")
    browser = await panel.sign_in(grace)
    page = await browser.open(f"{ACCOUNTS}/keys?which=powerful")
    assert "Old phone" in page.text
    assert "All rights of the account" in page.text
    await browser.click(f"Revoke… Old phone, {bob.login}")
    await browser.press("Revoke it")
    await prove(browser, grace)

    assert "“Old phone” was revoked" in browser.page.text
    assert [one.description for one in sandbox.account(bob.login).credentials if one.description] == ["Laptop"]


async def test_a_credential_that_is_another_one_by_now_is_not_revoked(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sandbox = mail_server.needs_sandbox("makes an app password directly")
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob")
    sandbox.add_app_password(bob.login, "Old phone")
    browser = await panel.sign_in(grace)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}")
    await browser.click("Revoke… Old phone")
    sandbox.account(bob.login).credentials[-1].description = "Something else"
    page = await browser.press("Revoke it")
    await prove(browser, grace)
    page = browser.page

    assert page.status == 422
    assert "Nothing was changed." in page.text
    assert "Something else" in page.text


async def test_nobody_acts_on_their_own_account(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    browser = await panel.sign_in(grace)
    page = await browser.open(f"{ACCOUNTS}/{grace.account_id}")
    assert "This is your own account." in page.text
    page = await browser.open(f"{ACCOUNTS}/{grace.account_id}/password")

    assert page.status == 422
    assert "Nothing was changed." in page.text


async def test_who_may_not_see_accounts_is_told_why(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    assert "Accounts" not in browser.page.text
    page = await browser.open(ACCOUNTS)

    assert page.status == 403
    assert "sysAccountQuery" in page.text


async def test_a_lost_answer_is_told_as_unknown(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(grace)
    await browser.open(f"{ACCOUNTS}/{bob.account_id}/two-factor")
    mail_server.quirk("cut-after", method="x:Account/set", times=1)
    await browser.press("Reset two-factor")
    await prove(browser, grace)

    assert browser.page.path == f"{ACCOUNTS}/unknown"
    assert "We do not know whether two-factor was reset" in browser.page.text
