"""Where somebody is signed in, what happened, and signing out everywhere."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest

from canaries import TOTP_SECRET, WRONG_PASSWORD
from password_steps import account_mark, change

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
EVERYWHERE = "/activity/sign-out-everywhere"


async def token_of(mail_server: MailServer, account: MailAccount) -> str:
    """A token as web mail would have got it."""
    body = {
        "accountName": account.login,
        "accountSecret": account.password,
        "clientId": "web",
        "redirectUri": "https://w/",
    }
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        if account.totp_secret is not None:
            body["mfaToken"] = account.code()
        code = (await http.post("/api/auth", json={"type": "authCode", **body})).json()["client_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": "web", "redirect_uri": "https://w/"}
        return str((await http.post("/auth/token", data=form)).json()["access_token"])


async def is_alive(mail_server: MailServer, token: str) -> bool:
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        answer = await http.get("/jmap/session", headers={"authorization": f"Bearer {token}"})
    return answer.status_code == httpx2.codes.OK


async def test_this_browser_comes_first_and_another_can_be_signed_out_at_once(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    phone = await panel.sign_in(alice, panel.browser(address="2001:db8:85a3::8a2e", user_agent=PHONE))
    panel.clock.advance(minutes=2)
    browser = await panel.sign_in(alice)
    page = await browser.open("/activity")

    assert page.text.index("Firefox on Linux") < page.text.index("Chrome on Android")
    assert "This browser" in page.text
    assert "2001:db8:85a3::8a2e" in page.text
    page = await browser.fill_in({}, form="/activity/sessions/end")
    assert "Chrome on Android was signed out" in page.text
    assert "A session of this panel was ended" in page.text
    assert (await phone.open("/")).path.startswith("/sign-in")
    assert "was signed out" not in (await browser.reload()).text


async def test_all_others_end_together(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    others = [await panel.sign_in(alice) for _ in range(2)]
    browser = await panel.sign_in(alice)
    await browser.open("/activity")
    page = await browser.press("Sign out all others")

    assert "2 other sessions were signed out" in page.text
    for other in others:
        assert (await other.open("/")).path.startswith("/sign-in")


async def test_nobody_ends_a_session_of_another_account(panel: RunningPanel, mail_server: MailServer) -> None:
    alice, mallory = await mail_server.new_account("alice"), await mail_server.new_account("mallory")
    await panel.sign_in(alice)
    theirs = await panel.sign_in(alice)
    form = (await theirs.open("/activity")).form("/activity/sessions/end")
    mark = next(field.value for field in form.fields if field.name == "session")
    attacker = await panel.sign_in(mallory)
    page = await attacker.open("/activity")
    pairs = [("account", account_mark(page)), ("session", mark)]
    await attacker.post("/activity/sessions/end", pairs)

    assert "That session had already ended" in (await attacker.open("/activity")).text
    assert (await theirs.open("/activity")).path == "/activity"


@pytest.mark.parametrize("two_factor", [None, TOTP_SECRET], ids=["password", "password and code"])
async def test_signing_out_everywhere_kills_every_token_and_this_browser_goes_on(
    panel: RunningPanel, mail_server: MailServer, two_factor: str | None
) -> None:
    alice = await mail_server.new_account("alice", two_factor=two_factor)
    other = await panel.sign_in(alice)
    web_mail = await token_of(mail_server, alice)
    browser = await panel.sign_in(alice)
    page = await browser.open(EVERYWHERE)
    assert "Firefox on Linux, in this panel" in page.text
    typed = {"current-password": alice.password}
    if two_factor is not None:
        typed["one-time-code"] = alice.code()
    page = await browser.fill_in(typed)

    assert page.path == "/activity/signed-out"
    assert "You are signed out everywhere else" in page.text
    assert not await is_alive(mail_server, web_mail)
    assert (await other.open("/")).path.startswith("/sign-in")
    page = await browser.open("/activity")
    assert "Signed out everywhere" in page.text
    assert (await browser.open("/password")).path == "/password"
    assert await mail_server.accepts(alice, alice.password, alice.code() if two_factor else None)


async def test_a_wrong_password_signs_nobody_out(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    web_mail = await token_of(mail_server, alice)
    browser = await panel.sign_in(alice)
    await browser.open(EVERYWHERE)
    page = await browser.fill_in({"current-password": WRONG_PASSWORD})

    assert page.status == 422
    assert "This is not your current password." in page.text
    assert await is_alive(mail_server, web_mail)


async def test_a_missing_password_and_code_are_asked_for_before_anything_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(alice)
    page = await browser.open(EVERYWHERE)
    before = len(panel.upstream())
    answer = await browser.post(EVERYWHERE, [("account", account_mark(page)), ("password", ""), ("code", "12")])

    assert answer.status_code == 422
    assert "Type your current password." in answer.text
    assert "A code has 6 to 8 digits." in answer.text
    assert len(panel.upstream()) == before + 1


async def test_a_lost_answer_is_settled_by_our_own_token(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open(EVERYWHERE)
    mail_server.quirk("cut-after", method="x:AccountPassword/set", times=1)
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == "/activity/signed-out"
    assert "The mail server’s answer was lost on the way." in page.text


async def test_where_the_password_is_managed_elsewhere_it_is_not_offered(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice", without=("sysAccountPasswordGet", "sysAccountPasswordUpdate"))
    browser = await panel.sign_in(alice)
    assert "Sign out everywhere" not in (await browser.open("/activity")).text

    page = await browser.open(EVERYWHERE)
    assert page.status == 403


async def test_the_filter_the_days_and_the_file_tell_the_same(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await change(browser, alice)
    page = await browser.open("/activity")
    assert "Today" in page.text
    assert "Password changed" in page.text

    page = await browser.fill_in({"kind": "password"}, form="/activity")
    assert "Password changed" in page.text
    assert "Signed in to this panel," not in page.text
    assert page.text.count("Password changed") == 1
    file = await browser.request("GET", "/activity/events.csv?kind=password")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(file.text)))
    assert [row[1] for row in rows[1:]] == ["account:password:change"]
    everything = await browser.request("GET", "/activity/events.csv")
    assert "account:session:sign-in" in everything.text


async def test_more_than_a_page_of_events_is_paged_through(panel: RunningPanel, mail_server: MailServer) -> None:
    from bulwark.store.events import Event, EventKind

    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    running = panel.app.state.panel
    (key, *_rest) = running.sessions.account_keys(alice.account_id)
    for number in range(60):
        at = panel.clock.now() + timedelta(seconds=number)
        await running.events.add(key, Event(kind=EventKind.APP_PASSWORD_CREATED, at=at, params={"name": f"n{number}."}))
    page = await browser.open("/activity")
    assert "50 of 61 shown" in page.text
    assert "“n59.”" in page.text
    assert "“n9.”" not in page.text
    page = await browser.click("Older events")
    assert "“n9.”" in page.text
    assert "Signed in to this panel" in page.text
    assert "“n59.”" in (await browser.click("Newest events")).text


async def test_a_name_that_a_spreadsheet_would_compute_is_quoted(panel: RunningPanel) -> None:
    from bulwark.features.activity.events import document_of
    from bulwark.features.activity.log import as_csv
    from bulwark.store.events import Event, EventKind

    event = Event(kind=EventKind.PROFILE_EDITED, at=panel.clock.now(), address="=1+1", device="@x/y")
    row = next(csv.reader(io.StringIO(as_csv([document_of(event)]).partition("\r\n")[2])))

    assert row[3] == "'=1+1"
    assert row[4] == "'@x, y"


async def test_odd_addresses_of_the_page_are_read_as_the_page(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    for query in ("kind=nonsense", "before=abc", "before=99999999999999999999", "before=0", "kind=&before="):
        assert (await browser.open(f"/activity?{query}")).status == 200
