"""App passwords, as a person meets them: make one, use it, change it, revoke it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from credential_steps import make, names, shown_secret

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


async def test_a_changed_list_is_shown_anew_and_nothing_is_done(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, elsewhere = await panel.sign_in(alice), await panel.sign_in(alice)
    for name in ("Phone", "Tablet"):
        await make(browser, name, path=PATH)
    await browser.open(PATH)
    await browser.click("Revoke… Tablet")
    await elsewhere.open(PATH)
    await elsewhere.click("Revoke… Tablet")
    await elsewhere.press("Revoke")
    panel.clock.advance(seconds=5)
    await make(elsewhere, "Tablet", path=PATH)
    page = await browser.press("Revoke")

    assert page.status == 409
    assert "This list has changed" in page.alerts[0]
    assert names(page) == ["Tablet", "Phone"]
    page = await browser.open(f"{PATH}/{'0' * 24}/edit")
    assert "This list has changed" in page.alerts[0]


async def test_replacing_begins_with_the_same_choices(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await make(browser, "Phone", {"preset": "send-only", "from": "only", "networks": "203.0.113.0/24"}, path=PATH)
    await browser.open(PATH)
    await browser.click("Edit Phone")
    page = await browser.click("Replace…")
    form = page.form(f"{PATH}/new")

    assert form.field("name").value == "Phone"
    assert form.field("networks").value == "203.0.113.0/24"
    assert [field.value for field in form.fields if field.name == "preset" and field.is_sent] == ["send-only"]
    assert [field.value for field in form.fields if field.name == "end" and field.is_sent] == ["year"]
    page = await browser.fill_in({"name": "New phone"}, button=CREATE)
    assert "It may do: Send only (SMTP)." in page.text


async def test_an_edit_over_somebody_elses_is_not_saved(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser, elsewhere = await panel.sign_in(alice), await panel.sign_in(alice)
    await make(browser, "Phone", path=PATH)
    for one in (browser, elsewhere):
        await one.open(PATH)
        await one.click("Edit Phone")
    await elsewhere.fill_in({"end": "never"}, button="Save changes")
    page = await browser.fill_in({"end": "30"}, button="Save changes")

    assert page.status == 409
    assert "Never ends." in page.text


async def test_several_are_revoked_at_once_with_a_line_for_each(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    for name in ("Phone", "Tablet", "Printer"):
        await make(browser, name, path=PATH)
    page = await browser.open(PATH)
    assert (await browser.press("Revoke selected…")).status == 422
    assert "Nothing was chosen" in browser.page.alerts[0]
    marks = [field.value for field in page.form(f"{PATH}/revoke").fields if field.name == "pick"]
    page = await browser.fill_in({"pick": marks[:2]}, button="Revoke selected…")
    assert page.h1 == "Revoke 2 app passwords?"
    assert "Printer: no more IMAP, SMTP" in page.text
    page = await browser.press("Revoke 2 app passwords")

    assert "2 app passwords were revoked" in page.text
    assert "“Printer” opens nothing any more." in page.text
    assert "“Tablet” opens nothing any more." in page.text
    assert "You have 1 app password now." in page.text


async def test_eleven_can_be_searched(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    sandbox = mail_server.needs_sandbox("it gives the account app passwords behind the panel's back")
    for number in range(11):
        panel.watch.add(sandbox.add_app_password(alice.login, f"App {number}"))
    browser = await panel.sign_in(alice)
    await browser.open(PATH)
    page = await browser.fill_in({"find": "app 10"}, button="Show", form=PATH)

    assert names(page) == ["App 10"]
    assert "11 in use" in page.text


async def test_a_lost_answer_after_creating_says_that_it_may_exist(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open(f"{PATH}/new")
    mail_server.quirk("cut-after", account=alice, method="x:AppPassword/set", times=1)
    page = await browser.fill_in({"name": "Phone"}, button=CREATE)

    assert page.path == f"{PATH}/unknown"
    assert "We do not know whether “Phone” was created" in page.text
    assert "We did not send it a second time." in page.text
    page = await browser.press("Look now")
    assert "It exists" in page.alerts[0]
    await browser.click("Revoke “Phone”…")
    assert "“Phone” was revoked" in (await browser.press("Revoke")).text


@pytest.mark.parametrize("cut", ["cut-before", "cut-after"])
async def test_a_lost_answer_after_revoking_is_settled_by_looking(
    panel: RunningPanel, mail_server: MailServer, cut: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await make(browser, "Phone", path=PATH)
    await browser.open(PATH)
    await browser.click("Revoke… Phone")
    mail_server.quirk(cut, account=alice, method="x:AppPassword/set", times=1)
    page = await browser.press("Revoke")
    assert "We do not know whether “Phone” was revoked" in page.text
    page = await browser.press("Look now")

    assert ("It was revoked" if cut == "cut-after" else "Not everything was revoked") in page.alerts[0]


async def test_what_happened_stands_in_the_events_without_the_secret(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    panel.watch.add(shown_secret(await make(browser, "Phone", path=PATH)))
    await browser.open(PATH)
    await browser.click("Edit Phone")
    await browser.fill_in({"name": "Mobile"}, button="Save changes")
    await browser.open(PATH)
    await browser.click("Revoke… Mobile")
    await browser.press("Revoke")
    page = await browser.open("/")

    for sentence in ("“Phone” created", "“Mobile” changed", "“Mobile” revoked"):
        assert f"App password {sentence}" in page.text


async def test_a_name_cannot_become_markup(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    page = await make(browser, '<b>"Phone"</b> & {{ 7*7 }}', path=PATH)
    assert page.h1 == '<b>"Phone"</b> & {{ 7*7 }}'

    page = await browser.open(PATH)
    assert names(page) == ['<b>"Phone"</b> & {{ 7*7 }}']
