"""A proof of presence is asked for when it is older than ten minutes, and what was to be done is done after it.

A route of the test's own stands for any action that needs the proof, so that the guard is seen without a section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bulwark import errors
from bulwark.language import N_
from bulwark.signin.guard import signed_in
from canaries import TOTP_SECRET, WRONG_PASSWORD
from password_steps import account_mark, change

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

COOKIE = "__Host-bulwark"


class Deed:
    """A route that needs a proof; remembers with which fields it was done."""

    def __init__(self) -> None:
        self.done: list[dict[str, str]] = []
        self.fails_with: errors.BulwarkError | None = None

    async def answer(self, visit: Visit) -> Response:
        visit.require_recent_auth()
        if self.fails_with is not None:
            raise self.fails_with
        if visit.request.method == "GET":
            return PlainTextResponse("open")
        self.done.append(dict(visit.form.items()))
        return visit.go("/password")


@pytest.fixture
def deed(panel: RunningPanel) -> Deed:
    made = Deed()
    guarded = signed_in(made.answer, purpose=N_("You are about to change how your account is protected."))
    panel.app.router.routes.append(Route("/deed", guarded, methods=["GET"]))
    panel.app.router.routes.append(Route("/deed", guarded, methods=["POST"]))
    return made


async def ask(panel: RunningPanel, browser: Browser, *, minutes: float = 11) -> None:
    """Let time pass, then send the form; the browser shows the page that asks for the proof."""
    mark = account_mark(await browser.open("/password"))
    panel.clock.advance(minutes=minutes)
    pairs = [("account", mark), ("name", "Phone & <Laptop>"), ("pick", "a"), ("pick", "b")]
    response = await browser.post("/deed", pairs)
    assert response.status_code == 303
    await browser.open(response.headers["location"])


async def test_signing_in_is_a_proof_for_ten_minutes(panel: RunningPanel, mail_server: MailServer, deed: Deed) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser, minutes=9.9)
    assert browser.page.path == "/password"
    await ask(panel, browser, minutes=0.2)

    assert browser.page.path == "/step-up"
    assert len(deed.done) == 1


async def test_what_was_to_be_done_is_done_after_the_proof_with_all_its_fields(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    assert browser.page.h1 == "Confirm it is you"
    assert "You are about to change how your account is protected." in browser.page.text
    assert deed.done == []
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == "/password"
    assert [fields["name"] for fields in deed.done] == ["Phone & <Laptop>"]
    assert "10 min left" in page.text


async def test_with_two_factor_password_and_code_are_asked_for(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    browser = await panel.sign_in(bob)
    await ask(panel, browser)
    missing = await browser.fill_in({"current-password": bob.password, "one-time-code": ""})
    wrong = await browser.fill_in({"current-password": bob.password, "one-time-code": bob.wrong_code()})
    assert missing.field_errors == {"code": "A code has 6 to 8 digits."}
    assert "Not confirmed. The password or the code is wrong." in wrong.alerts[0]
    assert deed.done == []
    await browser.fill_in({"current-password": bob.password, "one-time-code": bob.code()})

    assert len(deed.done) == 1


async def test_a_code_is_taken_even_where_two_factor_cannot_be_read(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET, without=["sysAccountPasswordGet"])
    browser = await panel.sign_in(bob)
    mark = account_mark(browser.page)
    panel.clock.advance(minutes=11)
    await browser.post("/deed", [("account", mark), ("name", "x")])
    await browser.open("/step-up")
    page = await browser.fill_in({"current-password": bob.password})
    assert page.status == 422
    assert "Two-factor authentication is on." in page.field_errors["code"]
    await browser.fill_in({"current-password": bob.password, "one-time-code": bob.code()})

    assert len(deed.done) == 1


async def test_a_wrong_password_is_told_and_nothing_is_done(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    page = await browser.fill_in({"current-password": WRONG_PASSWORD})

    assert page.status == 422
    assert page.field_errors == {"password": "This password is wrong."}
    assert deed.done == []


async def test_wrong_proofs_are_counted(panel: RunningPanel, mail_server: MailServer, deed: Deed) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    for _ in range(10):
        await browser.fill_in({"current-password": WRONG_PASSWORD})
    page = await browser.fill_in({"current-password": alice.password})

    assert page.status == 429
    assert "Too many attempts. You can try again at 14:23" in page.alerts[0]
    assert deed.done == []


async def test_a_page_that_needs_a_proof_is_opened_after_it(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    del deed
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=11)
    page = await browser.open("/deed")
    assert page.path == "/step-up"
    response = await browser.post(
        "/step-up", browser.page.form("/step-up").filled({"current-password": alice.password})
    )

    assert response.headers["location"] == "/deed"
    assert (await browser.request("GET", "/deed")).text == "open"


async def test_the_id_changes_and_the_old_one_does_nothing_any_more(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    old = browser.cookies[COOKIE]
    await ask(panel, browser)
    mark = account_mark(browser.page)
    await browser.fill_in({"current-password": alice.password})
    assert browser.cookies[COOKIE] != old
    browser.cookies.set(COOKIE, old, domain="panel.test", path="/")
    response = await browser.post("/deed", [("account", mark), ("name", "again")])

    assert response.headers["location"] == "/"
    assert len(deed.done) == 1


async def test_an_error_while_doing_it_does_not_cost_the_session(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    deed.fails_with = errors.ServerUnreachable()
    page = await browser.fill_in({"current-password": alice.password})
    assert page.h1 == "The mail server does not answer"
    panel.clock.advance(seconds=31)

    assert (await browser.open("/")).h1 == "Overview"


async def test_a_server_that_is_away_proves_nothing_and_the_form_can_still_be_confirmed(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    mail_server.quirk("cut-before", path="/api/auth")
    page = await browser.fill_in({"current-password": alice.password})
    mail_server.no_quirk()
    assert page.status == 502
    assert deed.done == []
    await browser.open("/step-up")
    await browser.fill_in({"current-password": alice.password})

    assert len(deed.done) == 1


async def test_a_kept_form_is_forgotten_after_ten_minutes(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    panel.clock.advance(minutes=10, seconds=1)
    page = await browser.fill_in({"current-password": alice.password})

    assert page.path == "/"
    assert deed.done == []


async def test_a_page_of_another_deed_does_not_carry_this_one_through(
    panel: RunningPanel, mail_server: MailServer, deed: Deed
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    first_tab = browser.page.form("/step-up")
    await browser.post("/deed", [("account", account_mark(browser.page)), ("name", "another")])
    response = await browser.post("/step-up", first_tab.filled({"current-password": alice.password}))

    assert response.headers["location"] == "/"
    assert deed.done == []


async def test_locking_takes_the_proof_back_at_once(panel: RunningPanel, mail_server: MailServer, deed: Deed) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    page = await browser.open("/password")
    assert "Unlocked, 10 min left" in page.text
    page = await browser.press("Lock now")

    assert page.path == "/password"
    assert "Unlocked" not in page.text
    await ask(panel, browser, minutes=0)
    assert browser.page.path == "/step-up"
    assert deed.done == []


@pytest.mark.parametrize(("minutes", "left"), [(0, "10 min"), (3, "7 min"), (9.6, "1 min")])
async def test_the_chip_tells_how_long_the_proof_counts(
    panel: RunningPanel, mail_server: MailServer, minutes: float, left: str
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=minutes)

    assert f"Unlocked, {left} left" in (await browser.open("/password")).text


async def test_a_new_password_is_a_proof(panel: RunningPanel, mail_server: MailServer, deed: Deed) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=11)
    await change(browser, alice)
    await ask(panel, browser, minutes=0)

    assert len(deed.done) == 1


async def test_never_a_no_op_change_is_what_proves(panel: RunningPanel, mail_server: MailServer, deed: Deed) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await ask(panel, browser)
    await panel.count_anew()
    await browser.fill_in({"current-password": alice.password})

    assert len(deed.done) == 1
    assert not any("x:AccountPassword/set" in one.methods for one in panel.upstream())
    assert [one.path for one in panel.upstream()].count("/api/auth") == 1
