"""Taking the account back after somebody else was in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canaries import NEW_PASSWORD
from password_steps import change

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

NOT_ME = "/activity/not-me"


async def credentials(mail_server: MailServer, account_id: str, kind: str) -> list[dict[str, Any]]:
    ids, listed = await mail_server.administer(
        (f"x:{kind}/query", {"accountId": account_id}), (f"x:{kind}/get", {"accountId": account_id, "ids": None})
    )
    del ids
    return list(listed["list"])


async def make(mail_server: MailServer, account_id: str, kind: str, name: str) -> None:
    record = {"description": name, "permissions": {"@type": "Inherit"}}
    await mail_server.administer((f"x:{kind}/set", {"accountId": account_id, "create": {"n": record}}))


async def tick(browser: Browser, path: str) -> None:
    await browser.open(path)
    await browser.press("I have looked at it")


async def test_the_whole_way_from_a_new_password_to_the_report(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    for kind, name in (("AppPassword", "Laptop"), ("AppPassword", "Stranger"), ("ApiKey", "backup")):
        await make(mail_server, alice.account_id, kind, name)
    browser = await panel.sign_in(alice)
    await browser.open("/activity")
    page = await browser.click("This was not me")
    assert "Are you on a device you trust?" in page.text
    page = await browser.press("Start with a new password")
    assert page.path == "/password"
    await change(browser, alice)
    alice.password = NEW_PASSWORD

    page = await browser.open(NOT_ME)
    assert page.text.count("Done just now") == 1
    page = await browser.click("Choose")
    boxes = [box for box in page.root.all("input") if box.get("name") == "pick"]
    assert ["checked" in box for box in boxes] == [True] * 3
    page = await browser.press("Revoke what is ticked")
    assert page.path == NOT_ME
    assert page.text.count("Done just now") == 2
    for kind in ("AppPassword", "ApiKey"):
        assert await credentials(mail_server, alice.account_id, kind) == []

    await browser.press("It is in order: Check two-factor")
    await tick(browser, f"{NOT_ME}/traces")
    await tick(browser, f"{NOT_ME}/events")
    page = await browser.open(f"{NOT_ME}/report")
    assert "“Stranger” was revoked." in page.text
    assert "No app password and no API key is left." in page.text
    assert "Nothing unusual in your sender identities and your encryption." in page.text
    assert "Filters that forward or delete mail" in page.text
    page = await browser.press("I have kept it")
    assert page.text.count("Done just now") == 6
    await browser.press("I am finished")
    assert "Start with a new password" in (await browser.open(NOT_ME)).text
    assert "App password “Stranger” revoked" in (await browser.open("/activity")).text


async def test_it_can_be_left_and_taken_up_in_another_browser_days_later(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open(NOT_ME)
    await browser.press("Start with a new password")
    await tick(browser, f"{NOT_ME}/traces")
    panel.clock.advance(days=5)
    page = await (await panel.sign_in(alice)).open(NOT_ME)
    assert page.text.count("Done ") == 1
    assert "Begun" in page.text

    panel.clock.advance(days=8)
    page = await (await panel.sign_in(alice)).open(NOT_ME)
    assert "Start with a new password" in page.text


async def test_only_what_stays_ticked_is_revoked(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    for name in ("Keep", "Stranger"):
        await make(mail_server, alice.account_id, "AppPassword", name)
    browser = await panel.sign_in(alice)
    page = await browser.open(f"{NOT_ME}/revoke")
    account = next(field.value for form in page.forms for field in form.fields if field.name == "account")
    marks = {row.text: row for row in page.root.all("li")}
    chosen = next(row for text, row in marks.items() if "Stranger" in text)
    mark = chosen.all("input")[0].get("value")
    answer = await browser.post(f"{NOT_ME}/revoke", [("account", account), ("pick", mark), ("pick", "api-keys:gone")])

    assert answer.status_code == 303
    left = await credentials(mail_server, alice.account_id, "AppPassword")
    assert [one["description"] for one in left] == ["Keep"]
    nothing = await browser.post(f"{NOT_ME}/revoke", [("account", account)])
    assert nothing.status_code == 422
    assert "Nothing was ticked" in nothing.text


async def test_revoking_needs_a_fresh_proof_of_presence_and_goes_on_after_it(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    await make(mail_server, alice.account_id, "AppPassword", "Laptop")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=11)
    await browser.open(f"{NOT_ME}/revoke")
    page = await browser.press("Revoke what is ticked")
    assert page.path == "/step-up"
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == NOT_ME
    assert await credentials(mail_server, alice.account_id, "AppPassword") == []


async def test_an_account_without_traces_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open(f"{NOT_ME}/traces")
    assert "Nothing unusual" in page.text
    assert "Encryption at rest is off" in page.text


async def test_a_server_that_does_not_answer_for_a_list_never_means_none(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", without=("sysApiKeyGet", "sysApiKeyQuery"))
    browser = await panel.sign_in(alice)
    page = await browser.open(f"{NOT_ME}/revoke")
    assert "There is nothing to revoke" in page.text

    mail_server.quirk("503")
    page = await browser.open(f"{NOT_ME}/revoke")
    assert page.status == 502
