"""Changing name, language and time zone, as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dark_wire import DarkWire

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_a_person_changes_name_language_and_time_zone(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", description="Alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/profile")
    assert page.form("/profile").field("name").value == "Alice"

    page = await browser.fill_in(
        {"name": "Alice Lovelace", "language": "de_DE", "time_zone": "Europe/Berlin"}, form="/profile"
    )

    assert page.path == "/profile"
    assert page.language == "de"
    form = page.form("/profile")
    assert (form.field("name").value, form.field("language").value) == ("Alice Lovelace", "de_DE")
    assert form.field("time_zone").value == "Europe/Berlin"
    assert "Gespeichert" in page.text
    page = await browser.reload()
    assert "Gespeichert" not in page.text


async def test_clearing_the_name_really_clears_it(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    page = await browser.fill_in({"name": ""}, form="/profile")

    assert "Saved: name." in page.text
    assert page.form("/profile").field("name").value == ""


async def test_the_panel_speaks_its_own_language_when_told_so(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    appearance = [form for form in browser.page.forms if form.action == "/appearance" and form.find("theme")][-1]
    page = await browser.submit(appearance, {"theme": "dark", "language": "de"}, button="Apply")
    assert page.path == "/profile"
    assert page.language == "de"

    appearance = [form for form in page.forms if form.action == "/appearance" and form.find("theme")][-1]
    page = await browser.submit(appearance, {"language": "auto"})
    assert page.language == "en"


async def test_what_two_tabs_change_is_told_to_the_later_one(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice", description="Alice"))
    await browser.open("/profile")
    older = browser.page.form("/profile")
    await browser.fill_in({"name": "Alice the First"}, form="/profile")

    page = await browser.submit(older, {"name": "Alice the Second"})
    assert page.status == 422
    assert "“Alice the First”" in page.field_errors["name"]
    assert page.form("/profile").field("name").value == "Alice the Second"

    page = await browser.fill_in({}, form="/profile")
    assert page.form("/profile").field("name").value == "Alice the Second"
    assert "Saved: name." in page.text


async def test_two_tabs_that_change_different_things_do_not_disturb_each_other(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice", description="Alice"))
    await browser.open("/profile")
    older = browser.page.form("/profile")
    await browser.fill_in({"name": "Alice the First"}, form="/profile")
    page = await browser.submit(older, {"time_zone": "Asia/Tokyo"})

    assert page.form("/profile").field("name").value == "Alice the First"
    assert page.form("/profile").field("time_zone").value == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["two\r\nlines", "bell\x07", "x" * 256])
async def test_a_name_that_is_no_name_is_told_at_its_field(
    name: str, panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    before = len(panel.upstream()) if not mail_server.is_real else 0
    page = await browser.fill_in({"name": name}, form="/profile")

    assert page.status == 422
    assert page.field_errors["name"]
    if not mail_server.is_real:
        assert [name for one in panel.upstream()[before:] for name in one.methods if name.endswith("/set")] == []


async def test_markup_in_a_name_is_only_text(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    name = '<script>alert(1)</script> "><b>Alice</b>'
    page = await browser.fill_in({"name": name}, form="/profile")

    assert page.form("/profile").field("name").value == name


async def test_a_profile_that_may_not_be_changed_says_which_permission_is_missing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice", without=["sysAccountSettingsUpdate"]))
    page = await browser.open("/profile")

    assert "You cannot change your profile here" in page.text
    assert "sysAccountSettingsUpdate" in page.text
    assert "Modify user account information" in page.text
    assert "Save profile" not in page.text


async def test_a_lost_answer_is_settled_by_reading_again(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    mail_server.quirk("cut-after", method="x:AccountSettings/set", times=1)
    page = await browser.fill_in({"name": "Alice Lovelace"}, form="/profile")

    assert "Saved: name." in page.text
    assert "The answer was lost on the way" in page.text


async def test_a_save_that_never_arrived_is_told_as_such(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    mail_server.quirk("cut-before", method="x:AccountSettings/set", times=1)
    page = await browser.fill_in({"name": "Alice Lovelace"}, form="/profile")

    assert page.status == 422
    assert "reading again showed the old value" in page.field_errors["name"]


async def test_an_outcome_nobody_knows_has_its_own_page(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    await browser.open("/profile")
    wire = DarkWire(mail_server, monkeypatch, "x:AccountSettings/set")
    page = await browser.fill_in({"name": "Alice Lovelace"}, form="/profile")

    assert page.path == "/profile/unknown"
    assert "We do not know whether your profile was saved" in page.text
    assert "We did not send it a second time" in page.text
    wire.is_dark = False
    page = await browser.click("Read it again")
    assert page.form("/profile").field("name").value == "Alice Lovelace"
