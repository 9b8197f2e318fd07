"""Sender identities, as a person manages them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dark_wire import DarkWire

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("alice", description="Alice")


@pytest.fixture
async def browser(panel: RunningPanel, alice: MailAccount) -> Browser:
    browser = await panel.sign_in(alice)
    await browser.open("/identities")
    return browser


async def make(browser: Browser, **fields: str) -> None:
    await browser.open("/identities/new")
    await browser.fill_in(fields, form="/identities/new")


async def test_a_new_account_has_one_identity(browser: Browser, alice: MailAccount) -> None:
    assert "1 identity" in browser.page.text
    assert alice.login in browser.page.main.text
    assert "Replies go to the same address." in browser.page.main.text
    assert "No signature." in browser.page.main.text


async def test_a_person_creates_edits_and_removes_an_identity(browser: Browser, alice: MailAccount) -> None:
    await browser.click("New identity")
    page = await browser.fill_in(
        {
            "name": "Example Library",
            "reply_to": "Desk <desk@example.net>, second@example.net",
            "bcc": "archive@example.org",
            "text_signature": "-- \r\nExample Library\r\nReading Room",
            "html_signature": "<p>Example <b>Library</b></p>",
        },
        form="/identities/new",
    )
    assert page.path == "/identities"
    assert "“Example Library” was created." in page.text
    assert "2 identities" in page.text
    assert "Replies go to desk@example.net, second@example.net. Blind copy to archive@example.org." in page.text
    assert "Signature: Example Library, Reading Room" in page.text
    assert f"Replies leave {alice.login.partition('@')[2]}" in page.text

    page = await browser.click(f"Edit Example Library, {alice.login}")
    form = page.form(page.path)
    assert form.field("text_signature").value == "-- \nExample Library\nReading Room"
    assert form.field("reply_to").value == "Desk <desk@example.net>, second@example.net"
    page = await browser.fill_in({"name": "Library", "reply_to": "", "bcc": "", "text_signature": ""}, form=page.path)
    assert "“Library” was changed." in page.text
    assert "desk@example.net" not in page.text
    assert "archive@example.org" not in page.text
    assert "Signature: Example Library" in page.text  # the one with formatting is left

    page = await browser.click(f"Remove… Library, {alice.login}")
    assert "no longer offer “Library”" in page.text
    page = await browser.press("Remove identity")
    assert "was removed." in page.text
    assert "1 identity" in page.text


async def test_nothing_changed_is_nothing_saved(browser: Browser) -> None:
    await browser.click("Edit Alice")
    page = await browser.fill_in({}, form=browser.page.path)

    assert "Nothing was changed, so nothing was saved." in page.text


async def test_a_foreign_address_is_refused_at_its_field(browser: Browser) -> None:
    await browser.open("/identities/new")
    page = await browser.fill_in({"other_email": "somebody@else.example", "name": "Me"}, form="/identities/new")

    assert page.status == 422
    assert "does not belong to your account" in page.field_errors["other_email"]
    assert page.form("/identities/new").field("name").value == "Me"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "two\r\nBcc: victim@example.org", "one line"),
        ("name", "ü" * 128, "256 bytes"),
        ("reply_to", "desk@example.org\r\nBcc: victim@example.org", "is no email address"),
        ("reply_to", "not an address", "“not an address” is no email address"),
        ("bcc", ", ".join(f"a{n}@example.org" for n in range(21)), "is no email address"),
        ("text_signature", "x" * 2048, "2048 bytes"),
        ("html_signature", "ß" * 1024, "2048 bytes"),
        ("text_signature", "bell\x07", "control characters"),
    ],
)
async def test_what_cannot_be_sent_is_told_at_its_field(field: str, value: str, said: str, browser: Browser) -> None:
    await browser.open("/identities/new")
    page = await browser.fill_in({field: value}, form="/identities/new")

    assert page.status == 422
    assert said in page.field_errors[field]


async def test_the_longest_name_and_signature_are_saved(browser: Browser) -> None:
    await make(browser, name="ü" * 127, text_signature="x" * 2047, html_signature="y" * 2047)

    assert "was created." in browser.page.text


async def test_markup_in_names_is_only_text(browser: Browser) -> None:
    await make(browser, name='<img src=x onerror=alert(1)>"', text_signature="<script>alert(1)</script>")

    assert "“<img src=x onerror=alert(1)>" in browser.page.text
    assert "Signature: <script>alert(1)</script>" in browser.page.text


async def test_what_two_tabs_change_is_told_to_the_later_one(browser: Browser) -> None:
    await browser.click("Edit Alice")
    older, path = browser.page.form(browser.page.path), browser.page.path
    await browser.fill_in({"name": "A. Lovelace"}, form=path)

    page = await browser.submit(older, {"name": "Ada Lovelace"})
    assert page.status == 422
    assert "“A. Lovelace”" in page.field_errors["name"]
    assert page.link("Load the new version") == path
    page = await browser.fill_in({}, form=path)
    assert "“Ada Lovelace” was changed." in page.text


async def test_tabs_that_change_different_fields_do_not_disturb_each_other(browser: Browser) -> None:
    await browser.click("Edit Alice")
    older, path = browser.page.form(browser.page.path), browser.page.path
    await browser.fill_in({"name": "A. Lovelace"}, form=path)
    page = await browser.submit(older, {"bcc": "archive@example.org"})

    assert "“A. Lovelace” was changed." in page.text
    assert "Blind copy to archive@example.org." in page.text


async def test_an_identity_that_is_gone_is_told_as_gone(browser: Browser) -> None:
    await make(browser, name="Short-lived")
    await browser.click("Remove… Short-lived")
    older = browser.page.form(browser.page.path)
    edit = browser.page.path.removesuffix("/remove")
    await browser.press("Remove identity")

    for page in (await browser.submit(older), await browser.open(edit), await browser.open(f"{edit}/remove")):
        assert page.path == "/identities"
        assert "This identity is not there any more." in page.text


async def test_three_hundred_identities_are_one_page(panel: RunningPanel, mail_server: MailServer) -> None:
    from stalwart_sandbox.identities import blank

    person = await mail_server.new_account("many", quotas={"maxEmailIdentities": 400})
    sandbox = mail_server.needs_sandbox("writes identities by the hundred")
    account = sandbox.account(person.login)
    for number in range(299):
        sandbox.state.identities(account).add(blank(email=person.login, name=f"Number {number}"))
    browser = await panel.sign_in(person)
    before = len(panel.upstream())
    page = await browser.open("/identities")

    asked = [request for request in panel.upstream()[before:] if "Identity/get" in request.methods]
    assert len(asked) == 1
    assert "300 identities" in page.text
    assert "Number 298" in page.text


async def test_no_more_identities_is_told_before_the_form_is_lost(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("few", quotas={"maxEmailIdentities": 1}))
    await browser.open("/identities/new")
    page = await browser.fill_in({"name": "One too many"}, form="/identities/new")

    assert page.status == 422
    assert "The server allows no more identities" in page.alerts[0]
    assert page.form("/identities/new").field("name").value == "One too many"


async def test_what_may_only_be_read_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    lacking = ["jmapIdentityCreate", "jmapIdentityUpdate", "jmapIdentityDestroy"]
    browser = await panel.sign_in(await mail_server.new_account("reader", without=lacking))
    page = await browser.open("/identities")

    assert "1 identity" in page.text
    for name in lacking:
        assert name in page.text
    assert "New identity" not in page.links
    page = await browser.open("/identities/new")
    assert page.status == 403


async def test_identities_that_may_not_be_read_say_why(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("nobody", without=["jmapIdentityGet"]))
    page = await browser.open("/identities")

    assert page.status == 403
    assert "Retrieve user identities via JMAP" in page.text


async def test_a_lost_answer_is_settled_by_reading(browser: Browser, mail_server: MailServer) -> None:
    for number, quirk in enumerate(("cut-after", "cut-before")):
        mail_server.quirk(quirk, method="Identity/set", times=1)
        await make(browser, name=f"Lost {number}")
        if quirk == "cut-after":
            assert "reading again showed that it was saved" in browser.page.text
        else:
            assert browser.page.status == 422
            assert "nothing was changed" in browser.page.alerts[0]


async def test_an_outcome_nobody_knows_has_its_own_page(
    browser: Browser, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.open("/identities/new")
    wire = DarkWire(mail_server, monkeypatch, "Identity/set")
    page = await browser.fill_in({"name": "Perhaps"}, form="/identities/new")

    assert page.path == "/identities/unknown"
    assert "We do not know whether the identity was created" in page.text
    wire.is_dark = False
    page = await browser.click("Read it again")
    assert "Perhaps" in page.text


async def test_the_preview_of_a_signature_can_do_nothing(browser: Browser) -> None:
    bad = (
        '<p style="color:red;background:url(https://evil.test/x)" onclick="alert(1)">Hello<script>alert(1)</script>'
        '<img src="https://evil.test/pixel.png" alt="logo"><a href="javascript:alert(1)">link</a></p>'
    )
    await make(browser, name="Bright", html_signature=bad)
    edit = browser.page.link("Edit Bright")
    response = await browser.request("GET", f"{edit}/signature")

    assert response.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )
    assert response.headers["x-frame-options"] == "SAMEORIGIN"
    assert response.headers["cache-control"] == "no-store"
    for word in ("script", "evil.test", "onclick", "javascript"):
        assert word not in response.text
    assert 'style="color:red"' in response.text
    assert "Hello" in response.text


async def test_a_page_without_a_script_is_never_sent_an_endless_answer(browser: Browser) -> None:
    page = await browser.open("/identities/live")

    assert page.path == "/identities"
