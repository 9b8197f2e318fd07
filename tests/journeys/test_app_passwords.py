"""App passwords, as a person meets them: make one, use it, change it, revoke it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from credential_steps import asked_about, make, names, shown_secret

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
PATH = "/app-passwords"
CREATE = "Create app password"


async def opens(mail_server: MailServer, who: MailAccount, secret: str) -> int:
    """The status of the session resource for a program with this secret."""
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        return (await http.get("/jmap/session", auth=(who.login, secret))).status_code


async def test_a_person_makes_one_uses_it_changes_it_and_revokes_it(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open(PATH)
    assert "No app passwords yet" in page.text
    await browser.click("New app password")
    page = await browser.fill_in({"name": "Phone"}, button=CREATE)
    secret = shown_secret(page)
    panel.watch.add(secret)

    assert page.headers["cache-control"] == "no-store"
    assert page.h1 == "Phone"
    assert "It may do: Mail app (IMAP, SMTP)." in page.text
    assert "Ends 23 November 2027, in 12 months." in page.text
    assert "Confirmed by" in page.text
    assert await opens(mail_server, alice, secret) == 200

    page = await browser.click("I have saved it, done")
    assert names(page) == ["Phone"]
    assert "1 in use" in page.text
    assert secret not in page.html

    await browser.click("Edit Phone")
    page = await browser.fill_in({"name": "Old phone", "end": "never", "preset": "send-only"}, button="Save changes")
    assert page.path == f"{PATH}/done"
    assert "“Old phone” was changed" in page.text
    assert "It was called “Phone” before." in page.text
    assert "Never ends." in page.text
    assert "It may do now: Send only." in page.text

    await browser.click("Back to the list")
    page = await browser.click("Revoke… Old phone")
    assert "no more SMTP, within seconds" in page.text
    page = await browser.press("Revoke")
    assert "“Old phone” was revoked" in page.text
    assert await opens(mail_server, alice, secret) == 401


async def test_opening_is_one_request_and_each_write_one_more(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await make(browser, "Phone", path=PATH)
    await browser.open(PATH)
    panel.sandbox.forget_requests()
    await browser.open(PATH)
    assert asked_about(panel, "AppPassword") == ["x:AppPassword/query"]

    await browser.open(f"{PATH}/new")
    panel.sandbox.forget_requests()
    await browser.fill_in({"name": "Tablet"}, button=CREATE)
    assert asked_about(panel, "AppPassword") == ["x:AppPassword/set"]

    await browser.open(PATH)
    await browser.click("Revoke… Tablet")
    panel.sandbox.forget_requests()
    await browser.press("Revoke")
    assert asked_about(panel, "AppPassword") == ["x:AppPassword/query", "x:AppPassword/set"]


async def test_a_proof_of_presence_is_asked_for_and_the_form_goes_through(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=11)
    page = await make(browser, "Phone", {"preset": "custom", "pick": ["emailSend", "imapAuthenticate"]}, path=PATH)
    assert page.path == "/step-up"
    assert "You are about to create an app password." in page.text
    page = await browser.fill_in({"current-password": alice.password})
    panel.watch.add(shown_secret(page))

    assert "It may do: 3 permissions (IMAP, SMTP)." in page.text
    panel.clock.advance(minutes=11)
    await browser.open(PATH)
    await browser.click("Revoke… Phone")
    page = await browser.press("Revoke")
    assert "You are about to revoke app passwords." in page.text
    page = await browser.fill_in({"current-password": alice.password})
    assert page.path == f"{PATH}/done"


async def test_sending_the_same_form_twice_makes_one(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open(f"{PATH}/new")
    pairs = browser.page.form(f"{PATH}/new").filled({"name": "Phone"}, CREATE)
    first, again = await browser.post(f"{PATH}/new", pairs), await browser.post(f"{PATH}/new", pairs)

    assert (first.status_code, again.status_code) == (200, 303)
    assert names(await browser.open(PATH)) == ["Phone"]


async def test_the_last_one_made_in_two_tabs_at_once_is_made_once(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", quotas={"maxAppPasswords": 1})
    browser = await panel.sign_in(alice)
    tabs = []
    for name in ("Phone", "Tablet"):
        await browser.open(f"{PATH}/new")
        tabs.append(browser.page.form(f"{PATH}/new").filled({"name": name}, CREATE))
    answers = [await browser.post(f"{PATH}/new", pairs) for pairs in tabs]

    assert [answer.status_code for answer in answers] == [200, 422]
    refused = browser.read(answers[1])
    assert "Not created. The server allows 1 app password, and it exists." in refused.alerts[0]
    assert "1 of 1 in use. Revoke one first." in (await browser.open(PATH)).text


async def test_a_full_list_says_so_once_the_server_has_named_its_limit(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    frank = await mail_server.new_account("frank")
    browser = await panel.sign_in(frank)
    for number in range(5):
        await make(browser, f"App {number}", path=PATH)
    page = await browser.open(PATH)
    assert "5 in use" in page.text
    assert "New app password" in page.text
    page = await make(browser, "One more", path=PATH)
    assert page.status == 422
    assert page.form(f"{PATH}/new").field("name").value == "One more"

    page = await browser.open(PATH)
    assert "5 of 5 in use" in page.text
    assert "Your server allowed 5 on 23 November 2026." in page.text
    assert "New app password" not in page.links
    await mail_server.change(frank, {"quotas": {"maxAppPasswords": 7}})
    await browser.click("Try all the same")
    page = await browser.fill_in({"name": "Sixth"}, button=CREATE)
    assert page.h1 == "Sixth"
    assert "6 in use" in (await browser.open(PATH)).text


async def test_without_the_permission_to_create_the_rest_still_works(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    carol = await mail_server.new_account("carol", without=["sysAppPasswordCreate"])
    sandbox = mail_server.needs_sandbox("it gives the account an app password behind the panel's back")
    panel.watch.add(sandbox.add_app_password(carol.login, "Phone"))
    browser = await panel.sign_in(carol)
    page = await browser.open(PATH)

    assert "You cannot create app passwords" in page.text
    assert "sysAppPasswordCreate" in page.text
    assert "New app password" not in page.links
    page = await browser.open(f"{PATH}/new")
    assert page.status == 403
    assert "sysAppPasswordCreate" in page.text
    assert "formerly “Manage account passwords”" in page.text
    await browser.open(PATH)
    await browser.click("Revoke… Phone")
    assert "was revoked" in (await browser.press("Revoke")).text


async def test_a_preset_that_lacks_something_necessary_names_it(panel: RunningPanel, mail_server: MailServer) -> None:
    narrow = await mail_server.new_account("narrow", without=["davFileGet", "imapId", "emailSend"])
    browser = await panel.sign_in(narrow)
    page = await browser.open(f"{PATH}/new")
    cards = {field.value: field for field in page.form(f"{PATH}/new").fields if field.name == "preset"}

    assert "disabled" in cards["files"].element
    assert "Not available: your account lacks davFileGet" in cards["files"].label
    assert "Not available: your account lacks emailSend" in cards["mail-app"].label
    assert "checked" in cards["read-only"].element
    page = await browser.fill_in({"name": "Archive"}, button=CREATE)
    assert "Read mail only" in page.text
    page = await browser.open(f"{PATH}/new")
    typed = page.form(f"{PATH}/new").filled({"name": "Files"}, CREATE)
    pairs = [(name, "files" if name == "preset" else value) for name, value in typed]
    answer = browser.read(await browser.post(f"{PATH}/new", pairs))
    assert answer.status == 422
    assert "davFileGet" in answer.text


async def test_single_permissions_are_found_ticked_and_kept_without_a_script(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open(f"{PATH}/new")
    page = await browser.fill_in({"name": "Script", "preset": "custom", "find": "IMAP folders"}, button="Show")
    assert page.status == 200
    shown = [field.value for field in page.form(f"{PATH}/new").fields if field.name == "pick" and not field.is_hidden]
    assert "imapCreate" in shown
    assert "imapFetch" not in shown
    page = await browser.fill_in({"pick": ["imapCreate", "imapDelete"], "find": "send"}, button="Show")
    assert "2 of them are not shown" in page.text
    page = await browser.fill_in({"pick": ["emailSend"]}, button=CREATE)

    assert "It may do: 4 permissions" in page.text


async def test_everything_is_marked_and_can_be_narrowed_in_place(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await make(browser, "Phone", {"preset": "everything"}, path=PATH)
    secret = shown_secret(page)
    panel.watch.add(secret)
    page = await browser.open(PATH)
    assert "It can do everything you can, also make new passwords." in page.text
    page = await browser.click("Narrow it Phone")
    assert "This one can do everything you can." in page.text
    page = await browser.fill_in({"preset": "mail-calendar-contacts"}, button="Save changes")

    assert "It may do now: Mail, calendar and contacts." in page.text
    assert "Narrow it" not in (await browser.open(PATH)).text
    assert await opens(mail_server, alice, secret) == 200


async def test_networks_are_explained_and_excluding_oneself_is_asked_about(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    page = await make(browser, "Printer", {"from": "only", "networks": "192.0.2.9/24\nprinter"}, path=PATH)
    assert page.status == 422
    assert "Line 2: “printer” is a name." in page.field_errors["networks"]
    assert "192.0.2.9/24 was read as the network 192.0.2.0/24" in page.text
    page = await browser.fill_in({"networks": "192.0.2.9/24"}, button=CREATE)
    assert "Your own address is not among the networks." in page.alerts[0]
    page = await browser.fill_in({}, button="Add my current address")
    assert page.form(f"{PATH}/new").field("networks").value == "192.0.2.9/24\n203.0.113.7"
    page = await browser.fill_in({"networks": "192.0.2.9/24"}, button=CREATE)
    page = await browser.fill_in({"anyway": True}, button=CREATE)

    assert "Only from 192.0.2.0/24." in page.text
    await browser.open(PATH)
    page = await browser.click("Edit Printer")
    assert page.form(f"{PATH}/{_mark(page.url)}/edit").field("networks").value == "192.0.2.0/24"
    page = await browser.fill_in({}, button="Save changes")
    assert "Nothing to change" in page.text


def _mark(url: str) -> str:
    return url.split("/")[2]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"name": "a\tb\x07"}, "name"),
        ({"end": "date", "end_date": "1970-01-01"}, "end_date"),
        ({"end": "date", "end_date": "3001-01-01"}, "end_date"),
        ({"end": "date", "end_date": "soon"}, "end_date"),
        ({"from": "only", "networks": "\n".join(f"10.{n}.0.0/16" for n in range(150))}, "networks"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer, values: dict[str, str], field: str
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open(f"{PATH}/new")
    panel.sandbox.forget_requests()
    page = await browser.fill_in({"name": "Phone", **values}, button=CREATE)

    assert page.status == 422
    assert field in page.field_errors
    assert page.title.startswith("Error: ")
    assert panel.upstream() == []
