"""Attempts to get around what protects an account: the session, the proof of presence, the rights, the origin.

They go over all routes, so that a new one cannot escape them. What is tried at random is in `test_fuzz_routes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Route

from bulwark.app import ROUTES
from bulwark.signin.guard import Guarded
from credential_steps import make
from key_samples import openpgp
from look_around import Seen
from password_steps import account_mark
from routes import all_routes

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
COOKIE = "__Host-bulwark"
_GUARDED = {
    route.path: route.endpoint
    for route in ROUTES
    if isinstance(route, Route) and "POST" in (route.methods or ()) and isinstance(route.endpoint, Guarded)
}
WRITING = sorted(_GUARDED)
PROVEN = [path for path in WRITING if _GUARDED[path]._purpose]
# Forms that are sent without a proof of presence, each with the reason why that is right.
UNPROVEN = {
    "/password": "asks for the password itself",
    "/password/check": "asks for the password itself, and signs in only",
    "/password/strength": "changes nothing",
    "/sign-out/all": "only signs out",
    "/step-up/go-on": "does what waits for a proof that was just given, and nothing else",
    "/activity/sign-out-everywhere": "asks for the password itself",
    "/two-factor/off": "asks for password and code itself",
    "/two-factor/check": "asks for the password itself, and reads only",
    "/two-factor/set-up/cancel": "forgets what was begun",
    "/two-factor/set-up/1": "begun with a proof; nothing is sent yet",
    "/two-factor/set-up/2": "begun with a proof; nothing is sent yet",
    "/two-factor/set-up/3": "asks for password and code itself",
    "/two-factor/set-up/codes.txt": "begun with a proof; changes nothing",
    "/two-factor/codes/codes.txt": "begun with a proof; changes nothing",
    "/two-factor/codes/saved": "begun with a proof and one of the old codes",
    "/two-factor/codes/test": "compares, and uses nothing up",
    "/app-passwords/unknown": "reads what became of a lost answer",
    "/api-keys/unknown": "reads what became of a lost answer",
    "/encryption/keys/add": "reads a key and shows it; stored by the next form",
    "/encryption/test": "sends a message to oneself and removes it",
    "/encryption/test/opened": "removes the test message",
    "/identities/new": "no credential, no key: what a mail program may do with its password too",
    "/identities/{id}": "no credential, no key: what a mail program may do with its password too",
    "/identities/{id}/remove": "no credential, no key: what a mail program may do with its password too",
    "/identities/preview": "shows what was typed",
    "/profile": "name, language and time zone",
    "/activity/notices": "the three notices that matter cannot be turned off",
    "/activity/sessions/end": "takes access away, gives none",
    "/activity/sessions/end-others": "takes access away, gives none",
    "/activity/not-me": "leads to a page that asks for the password",
    "/activity/not-me/tick": "notes that a step was looked at",
    "/activity/not-me/finish": "notes that all steps were",
    "/administration/permissions/plan.json": "the plan as a file",
    "/administration/permissions/import": "a plan to look at",
    "/administration/permissions/report": "reads what became of lost answers",
    "/step-up": "is the proof",
    "/lock": "takes the proof back",
    "/sign-out": "ends the session",
}


# What a person has to tick or to choose before the form is taken.
TICKS = {
    "/api-keys/new": [("pick", "jmapEmailGet")],
    "/encryption/on": [("have_key", "yes")],
    "/app-passwords/revoke": [("confirmed", "yes")],
    "/api-keys/revoke": [("confirmed", "yes")],
}


def plain(path: str) -> str:
    """A route's address, with some value for each parameter."""
    return path.replace("{", "").replace("}", "")


def written(panel: RunningPanel) -> list[str]:
    """What the mail server was asked to change."""
    return [one for request in panel.sandbox.requests for one in request.methods if one.endswith("/set")]


async def furnished(panel: RunningPanel, mail_server: MailServer) -> tuple[Browser, Seen]:
    """An administrator who has one of everything, and all forms that the pages show."""
    grace = await mail_server.new_account("grace", roles={"@type": "Admin"})
    browser = await panel.sign_in(grace)
    browser.checks_pages = False
    await make(browser, "Phone", path="/app-passwords")
    await make(browser, "Phone", {"pick": ["jmapEmailGet"]}, path="/api-keys")
    await browser.open("/encryption/keys/add")
    await browser.fill_in({"name": "Phone", "key": openpgp("curve25519").decode()}, form="/encryption/keys/add")
    await browser.press("Save key")
    denied = panel.sandbox.add_role("No password change", disabled=("sysAccountPasswordUpdate",))
    heidi = await mail_server.new_account("heidi", roles={"@type": "Custom", "roleIds": {"b": True, denied: True}})
    seen = Seen()
    starts = ["/app-passwords", "/api-keys", "/encryption/on", "/identities/new", "/profile"]
    starts += [f"/administration/permissions/plan?who={heidi.account_id}", "/activity"]
    await seen.look_around(browser, starts, at_most=30)
    await panel.count_anew()
    return browser, seen


def forms_for(seen: Seen, path: str, mark: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is sent to a route: its forms as the pages make them, and one with the account alone."""
    as_made = []
    for where, fields in seen.forms_to(path):
        named = [(name, value or ("Phone" if name == "name" else "")) for name, value in fields]
        ticks = [pair for pair in TICKS.get(path, []) if pair not in fields]
        as_made.append((where, [*named, *ticks]))
    return [*as_made, (plain(path), [("account", mark)])]


def test_every_form_either_asks_for_a_proof_or_says_why_not() -> None:
    assert set(WRITING) - set(PROVEN) == set(UNPROVEN)


async def test_without_a_recent_proof_nothing_is_done_and_the_form_is_carried(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, seen = await furnished(panel, mail_server)
    mark = account_mark(await browser.open("/password"))
    panel.clock.advance(minutes=11)
    asked = set()

    for path in PROVEN:
        for where, fields in forms_for(seen, path, mark):
            answer = await browser.post(where, fields)
            if answer.headers.get("location") == "/step-up":
                asked.add(path)
            assert answer.status_code in {200, 303, 404, 409, 422}, (where, answer.status_code)

    assert written(panel) == []
    assert set(PROVEN) - asked == set()


async def test_a_proof_given_with_a_wrong_password_carries_nothing_through(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser, seen = await furnished(panel, mail_server)
    panel.clock.advance(minutes=11)
    (where, fields), *_ = seen.forms_to("/app-passwords/new")
    await browser.post(where, [(name, value or "Phone") for name, value in fields if name != "add"])
    await browser.open("/step-up")
    page = await browser.fill_in({"current-password": "not this one"})

    assert page.status == 422
    assert written(panel) == []


async def test_no_form_is_done_for_another_account(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    other = account_mark((await panel.sign_in(alice)).page)
    browser, seen = await furnished(panel, mail_server)

    for path in WRITING:
        for where, fields in forms_for(seen, path, other):
            swapped = [(name, other if name == "account" else value) for name, value in fields]
            answer = await browser.post(where, swapped)
            assert answer.status_code in {409, 415, 400}, (where, answer.status_code)

    assert written(panel) == []


async def test_the_id_before_a_proof_does_nothing_at_all(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await mail_server.new_account("grace", roles={"@type": "Admin"})
    browser = await panel.sign_in(grace)
    mark, old = account_mark(await browser.open("/password")), str(browser.cookies.get(COOKIE))
    await browser.open("/step-up")
    await browser.fill_in({"current-password": grace.password})
    assert browser.cookies.get(COOKIE) != old
    thief = panel.browser()
    thief.cookies.set(COOKIE, old, domain="panel.test")
    await panel.count_anew()

    for where in map(plain, WRITING):
        answer = await thief.post(where, [("account", mark), ("name", "x")])
        assert answer.status_code in {303, 400}, where
        assert answer.headers.get("location", "/") == "/", where

    assert written(panel) == []


@pytest.mark.parametrize("change", [lambda v: v[:-1] + ("A" if v[-1] != "A" else "B"), str.swapcase, lambda v: v + "A"])
async def test_a_cookie_changed_by_one_letter_opens_nothing(
    panel: RunningPanel, mail_server: MailServer, change: Any
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    thief = panel.browser()
    thief.cookies.set(COOKIE, change(str(browser.cookies.get(COOKIE))), domain="panel.test")

    assert (await thief.open("/")).path == "/sign-in"


async def test_an_id_that_somebody_else_chose_is_never_taken_over(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    chosen = "A" * 43
    browser = panel.browser()
    browser.cookies.set(COOKIE, chosen, domain="panel.test")
    await panel.sign_in(alice, browser)
    thief = panel.browser()
    thief.cookies.set(COOKIE, chosen, domain="panel.test")

    assert browser.cookies.get(COOKIE) != chosen
    assert (await thief.open("/")).path == "/sign-in"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
async def test_another_method_never_does_what_a_form_does(
    panel: RunningPanel, mail_server: MailServer, method: str
) -> None:
    browser = await panel.sign_in(await mail_server.new_account("grace", roles={"@type": "Admin"}))
    mark = account_mark(await browser.open("/password"))
    await panel.count_anew()
    for where in map(plain, WRITING):
        headers = {"sec-fetch-site": "same-origin"}
        answer = await browser.request(method, where, pairs=[("account", mark), ("name", "x")], headers=headers)
        assert answer.status_code == 405 or (method == "HEAD" and answer.status_code < 500), (where, answer.status_code)

    assert written(panel) == []


async def test_a_header_or_a_field_does_not_change_the_method(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("grace", roles={"@type": "Admin"}))
    mark = account_mark(await browser.open("/password"))
    await panel.count_anew()
    overrides = {"x-http-method-override": "POST", "x-method-override": "POST", "x-original-url": "/sign-out"}
    for where in map(plain, WRITING):
        answer = await browser.request("GET", f"{where}?_method=POST&account={mark}", headers=overrides)
        assert answer.status_code in {200, 303, 404, 405, 409}, where

    assert written(panel) == []
    assert (await browser.open("/")).path == "/"


async def seen_by_administrator(mail_server: MailServer, account: MailAccount) -> Any:
    (found,) = await mail_server.administer(("x:Account/get", {"ids": [account.account_id]}))
    return found["list"][0]


async def test_somebody_without_rights_changes_nobody_and_learns_nobodys_name(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    victim = await mail_server.new_account("victim", description="Somebody Elsewhere")
    before = await seen_by_administrator(mail_server, victim)
    browser = await panel.sign_in(await mail_server.new_account("mallory"))
    mark = account_mark(await browser.open("/password"))
    for template, methods in all_routes(panel.app):
        path = template.replace("{person}", victim.account_id).replace("{mark}", "b").replace("{id}", "b")
        if not path.startswith("/administration"):
            continue
        method = "POST" if "POST" in methods else "GET"
        pairs = [("account", mark), ("confirm", "yes"), ("address", victim.login), ("pick", "b")]
        headers = {"sec-fetch-site": "same-origin"}
        answer = await browser.request(method, path, pairs=pairs if method == "POST" else None, headers=headers)
        assert answer.status_code in {303, 400, 403, 404, 409, 422, 200}, path
        assert "Somebody Elsewhere" not in answer.text, path

    assert await seen_by_administrator(mail_server, victim) == before


async def test_things_of_another_account_cannot_be_named(panel: RunningPanel, mail_server: MailServer) -> None:
    victim, seen = await furnished(panel, mail_server)
    mallory = await panel.sign_in(await mail_server.new_account("mallory"))
    mallory.checks_pages = False
    mark = account_mark(await mallory.open("/password"))
    await panel.count_anew()

    for template in ("/app-passwords/{mark}/edit", "/app-passwords/revoke", "/encryption/keys/{id}/remove"):
        for where, fields in seen.forms_to(template):
            answer = await mallory.post(where, [(name, mark if name == "account" else value) for name, value in fields])
            assert answer.status_code in {303, 404, 409, 422}, where

    assert written(panel) == []
    assert "Phone" in (await victim.open("/app-passwords")).text
