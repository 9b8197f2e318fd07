"""The tests' own instruments work: a leak is found, a bad page is called bad, nothing leaves the machine."""

from __future__ import annotations

import base64
import socket
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest

import page_rules
from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, Watch
from hand_clock import START, HandClock
from html_page import Page
from html_tree import MalformedHtmlError
from loopback_only import LeftTheMachineError
from panel_browser import Browser
from stalwart_sandbox import Sandbox
from stalwart_sandbox.mailbox import Message
from totp_code import totp_code, wrong_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
FORM = """
<form method="post" action="/password" id="f">
  <input type="hidden" name="account" value="mark">
  <label for="now">Current password</label>
  <input id="now" type="password" name="password" autocomplete="current-password">
  <label for="new">New password</label>
  <input id="new" type="password" name="new_password" autocomplete="new-password">
  <label>New password again <input type="password" name="new_password_again" autocomplete="new-password"></label>
  <label><input type="checkbox" name="pick" value="a" checked> First</label>
  <label><input type="checkbox" name="pick" value="b"> Second</label>
  <label><input type="radio" name="end" value="30" checked> 30 days</label>
  <label><input type="radio" name="end" value="90"> 90 days</label>
  <label for="kind">Kind</label>
  <select id="kind" name="kind"><option value="m">Mail</option><option value="c" selected>Calendar</option></select>
  <label for="list">Networks</label><textarea id="list" name="networks">
one
two</textarea>
  <button type="submit">Change it</button>
  <button type="submit" name="go" value="back">Back</button>
</form>
"""


def page(body: str, *, headers: dict[str, str] | None = None) -> Page:
    html = (
        f'<!doctype html><html lang="en"><head><title>T</title></head><body><main><h1>T</h1>{body}</main></body></html>'
    )
    return Page(url="/password", status=200, headers=GOOD_HEADERS | (headers or {}), html=html)


@pytest.mark.parametrize(
    "disguise",
    [
        str,
        quote,
        quote_plus,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(f"x:{text}".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(f"al:{text}".encode()).decode(),
    ],
)
@pytest.mark.parametrize("secret", [PASSWORD, NEW_PASSWORD])
def test_a_password_is_found_in_every_disguise(secret: str, disguise: Callable[[str], str]) -> None:
    watch = Watch()

    watch.see("a log line", f"before {disguise(secret)} after")

    assert len(watch.leaks) == 1


def test_a_password_in_a_database_is_found(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "panel.sqlite3")
    connection.execute("CREATE TABLE t (v)")
    connection.execute("INSERT INTO t VALUES (?)", ("sw1." + "Ab9-" * 8,))
    connection.commit()
    connection.close()
    watch = Watch()

    watch.see_databases(tmp_path)
    (tmp_path / "panel.sqlite3").unlink()

    assert len(watch.leaks) == 1


def test_a_new_credential_may_stand_on_a_page_but_not_in_a_log() -> None:
    watch = Watch()

    watch.see("a page", "app_" + "a" * 36, tokens=False)
    assert not watch.leaks

    watch.see("a log", "app_" + "a" * 36)
    assert watch.leaks


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "kind", "leaks"),
    [
        ("/activity/events.csv", "text/csv; charset=utf-8", True),
        ("/identities/live", "text/event-stream", True),
        ("/metrics", "text/plain", True),
        ("/app-passwords/done", "text/html", False),
    ],
)
async def test_lists_streams_and_metrics_may_show_no_credential(path: str, kind: str, *, leaks: bool) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": b"at,what\n1,app_" + b"a" * 36})

    watch = Watch()
    async with Browser(transport=httpx2.ASGITransport(app=app), watch=watch) as browser:
        await browser.request("GET", path)

    assert bool(watch.leaks) is leaks


def test_a_notice_with_a_secret_in_it_is_found() -> None:
    sandbox = Sandbox(admin=None)
    sandbox.add_account("alice@example.org", PASSWORD)
    message = Message(
        mailboxes={},
        keywords={},
        received_at="",
        message_id="",
        properties={"subject": "New app password"},
        body_values={"1": {"value": f"It is app_{'a' * 36}"}},
        structure={},
        preview=None,
        size=0,
        blob="",
    )
    sandbox.state.mailbox(sandbox.account("alice@example.org")).messages[1] = message
    watch = Watch()

    watch.see_mailboxes(sandbox)

    assert len(watch.leaks) == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "mail.example.org", "2001:db8::1"])
def test_nothing_reaches_another_machine(host: str) -> None:
    with pytest.raises(LeftTheMachineError):
        socket.create_connection((host, 443), timeout=1)


def test_the_authenticator_of_the_tests_gives_the_codes_of_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    clock = HandClock(START.fromtimestamp(59, START.tzinfo))

    assert totp_code(secret, clock.now(), digits=8) == "94287082"
    assert wrong_code(TOTP_SECRET, START) != totp_code(TOTP_SECRET, START)


def test_a_form_is_sent_as_a_browser_sends_it() -> None:
    form = page(FORM).form()

    pairs = form.filled(
        {
            "current-password": "old",
            "new-password": "new",
            "new-password[2]": "again",
            "pick": ["Second"],
            "end": "90",
            "kind": "Mail",
        },
        "Back",
    )

    assert pairs == [
        ("account", "mark"),
        ("password", "old"),
        ("new_password", "new"),
        ("new_password_again", "again"),
        ("pick", "b"),
        ("end", "90"),
        ("kind", "m"),
        ("networks", "one\ntwo"),
        ("go", "back"),
    ]


def test_a_form_left_alone_is_sent_as_it_stands() -> None:
    pairs = dict(page(FORM).form().filled({}))

    assert pairs == {
        "account": "mark",
        "password": "",
        "new_password": "",
        "new_password_again": "",
        "pick": "a",
        "end": "30",
        "kind": "c",
        "networks": "one\ntwo",
    }


def test_a_good_page_breaks_no_rule() -> None:
    assert page_rules.broken(page(FORM)) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<h1>Another</h1>", "2 <h1>"),
        ("<script>1</script>", "inline script"),
        ("<p style='color:red'>x</p>", "attribute style"),
        ("<a href='/x' onclick='x()'>x</a>", "attribute onclick"),
        ("<img src='https://elsewhere.example/x.png' alt=''>", "leads elsewhere"),
        ("<link rel='stylesheet' href='//elsewhere.example/x.css'>", "leads elsewhere"),
        ("<p id='a'></p><p id='a'></p>", "2 times"),
        ("<form method='post' action='/x'><input name='q'></form>", "no label"),
        ("<form action='/x'><label>P<input type='password' name='p'></label></form>", "password in an address"),
        (
            "<form method='post' action='/x'><label>P<input type='password' name='p' value='x'></label></form>",
            "refilled",
        ),
        ("<label for='nothing'>x</label>", "leads to nothing"),
        ("<a href='https://elsewhere.example/'>x</a>", "noreferrer"),
        ("<form method='post' action='/x'><label>Q<input name='q' aria-invalid='true'></label></form>", "focus"),
        ("<button type='button'></button>", "no name"),
    ],
)
def test_a_bad_page_is_called_bad(body: str, complaint: str) -> None:
    assert complaint in "\n".join(page_rules.broken(page(body)))


def test_a_lax_policy_is_called_bad() -> None:
    lax = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}

    assert "unsafe-inline" in "\n".join(page_rules.broken(page("", headers=lax)))


@pytest.mark.parametrize("body", ["<p><b>x</p></b>", "<div>", "</div>", "<p class='a' class='b'>x</p>"])
def test_tags_that_do_not_nest_are_an_error(body: str) -> None:
    with pytest.raises(MalformedHtmlError):
        page(body)
