"""Signing in by a code: at the stand-in, and at a provider of the test's own over TLS, with its bad manners."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx2
import pytest

from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET
from loopback_server import serve
from self_signed import self_signed
from terminal_kit import now_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stalwart_sandbox import Sandbox
    from terminal_kit import Terminal

PATIENCE = 20  # seconds


@pytest.fixture(autouse=True)
def quick(terminal: Terminal) -> Iterator[None]:
    """A server that wants a second between two polls instead of five."""
    before, terminal.server.state.device_interval = terminal.server.state.device_interval, 1
    terminal.server.state.grants.devices.clear()
    yield
    terminal.server.state.device_interval = before


def approve(server: Sandbox, login: str, **more: str) -> threading.Thread:
    """Somebody who sees the code and approves it in a browser, as soon as there is one."""

    def run() -> None:
        deadline = time.monotonic() + PATIENCE
        while not server.state.grants.devices and time.monotonic() < deadline:
            time.sleep(0.02)
        (waiting,) = server.state.grants.devices.values()
        body = {
            "type": "authDevice",
            "accountName": login,
            "accountSecret": PASSWORD,
            "code": waiting.user_code,
            **more,
        }
        httpx2.post(f"{server.state.base_url}/api/auth", json=body)

    person = threading.Thread(target=run)
    person.start()
    return person


def test_a_code_is_shown_and_its_approval_signs_in(terminal: Terminal) -> None:
    login = terminal.new_person()
    person = approve(terminal.server, login)
    outcome = terminal("sign-in", "--json")
    person.join()

    assert outcome.status == 0
    assert outcome.json["account"] == login
    assert outcome.json["profile"] == "default"
    assert f"Open this page in a browser: {terminal.server.state.base_url}/device" in outcome.err
    assert "Enter this code there: " in outcome.err
    assert terminal("profile", "show").status == 0


def test_the_second_factor_is_asked_for_where_it_is_approved(terminal: Terminal) -> None:
    login = terminal.new_person(otp_secret=TOTP_SECRET)
    person = approve(terminal.server, login, mfaToken=now_code())
    outcome = terminal("sign-in", login, "--qr")
    person.join()

    assert outcome.status == 0
    assert "▄" in outcome.err


def test_a_code_that_ends_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(terminal.server.state.settings["OidcProvider"], "userCodeExpiry", 2000)
    outcome = terminal("sign-in")

    assert outcome.status == 1
    assert "it has ended" in outcome.err
    assert list((terminal.home / "state").glob("**/*.json")) == []


def test_waiting_outlives_a_server_that_is_away_for_a_moment(terminal: Terminal) -> None:
    login = terminal.new_person()
    terminal.server.quirks.set("cut-before", path="/auth/token", times=1)
    person = approve(terminal.server, login)
    outcome = terminal("sign-in")
    person.join()

    assert outcome.status == 0


def test_a_server_without_it_is_told_and_the_password_is_asked_for(terminal: Terminal) -> None:
    login = terminal.new_person()
    terminal.server.quirks.set("no-device-flow")
    outcome = terminal("sign-in", login, typed=(PASSWORD,))

    assert outcome.status == 0
    assert "This mail server offers no sign-in in a browser." in outcome.err


def test_a_profile_keeps_its_own_sign_in(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = terminal.new_person(), terminal.new_person()
    terminal("sign-in", "--password", alice, typed=(PASSWORD,))
    terminal("--profile", "work", "sign-in", "--password", bob, typed=(PASSWORD,))

    rows = json.loads(terminal("sign-ins", "list", "--json").out)
    assert [(row["profile"], row["account"], row["in_use"]) for row in rows] == [
        ("default", alice, True),
        ("work", bob, False),
    ]
    assert terminal("sign-ins", "use", "work", "--json").json == {"in_use": "work"}
    assert "* " in terminal("sign-ins", "list").out
    assert terminal("sign-ins", "use", "holidays").status == 2
    assert terminal("--profile", "", "sign-out").status == 2
    monkeypatch.setenv("BULWARK_PROFILE", "default")
    assert terminal("sign-out", "--json").json == {"signed_out": True}
    monkeypatch.delenv("BULWARK_PROFILE")
    assert terminal("sign-ins", "remove", "work", "--json").json == {"signed_out": True}
    assert terminal("sign-ins", "list").out == "Nobody is signed in.\n"


@dataclass
class Provider:
    """An identity provider on loopback: ASGI, a few endpoints, and what it was asked."""

    issuer: str = ""
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive()).get("body", b"")
        self.asked.append((scope["path"], parse_qs(body.decode())))
        status, answer = self._answer(scope["path"])
        raw = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": raw})

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        if path == "/staff/.well-known/openid-configuration":
            return 200, self.document
        if path == "/staff/device":
            codes = {"device_code": "device-1", "user_code": "WDJB-MJHT", "expires_in": 60, "interval": 1}
            return 200, codes | {"verification_uri": f"{self.issuer}/approve"}
        return self.answers.pop(0)

    def tokens(self, **more: Any) -> tuple[int, dict[str, Any]]:
        return 200, {"access_token": "outside-access", "refresh_token": "outside-refresh", "expires_in": 3600, **more}


@pytest.fixture
def provider(terminal: Terminal, tmp_path: Path) -> Iterator[Provider]:
    identity = self_signed(tmp_path, "127.0.0.1")
    found = Provider()

    def make(url: str) -> Provider:
        found.issuer = f"{url}/staff"
        found.document = {
            "issuer": found.issuer,
            "authorization_endpoint": f"{found.issuer}/authorize",
            "token_endpoint": f"{found.issuer}/token",
            "device_authorization_endpoint": f"{found.issuer}/device",
        }
        return found

    with serve(make, identity):
        before = terminal.server.state.provider["issuer"]
        terminal.server.state.provider["issuer"] = found.issuer
        terminal.monkeypatch.setenv("BULWARK_CA_FILE", str(identity.certificate))
        yield found
        terminal.server.state.provider["issuer"] = before
        terminal.server.state.outside_tokens.clear()


def outside_person(terminal: Terminal, *tokens: str) -> str:
    """Somebody whose account lives at the provider; the mail server takes these tokens of theirs."""
    login = terminal.new_person()
    terminal.server.quirks.set("directory-oidc", account=login)
    number = terminal.server.account(login).number
    terminal.server.state.outside_tokens.update(dict.fromkeys(tokens, number))
    return login


def test_an_account_of_a_provider_signs_in_there(terminal: Terminal, provider: Provider) -> None:
    login = outside_person(terminal, "outside-access", "renewed")
    provider.answers = [(400, {"error": "authorization_pending"}), provider.tokens(expires_in=1)]
    outcome = terminal("sign-in", login, "--client-id", "our-name")

    assert outcome.status == 0
    assert "WDJB-MJHT" in outcome.err
    assert f"{provider.issuer}/approve" in outcome.err
    begun = dict(provider.asked)["/staff/device"]
    assert begun == {"client_id": ["our-name"], "scope": ["openid email offline_access"]}

    provider.answers = [provider.tokens(access_token="renewed")]
    assert terminal("profile", "show").status == 0
    renewal = provider.asked[-1][1]
    assert (renewal["grant_type"], renewal["client_id"]) == (["refresh_token"], ["our-name"])
    assert renewal["refresh_token"] == ["outside-refresh"]


def test_a_provider_that_asks_for_patience_is_asked_less_often(terminal: Terminal, provider: Provider) -> None:
    login = outside_person(terminal, "outside-access")
    provider.answers = [(400, {"error": "slow_down"}), provider.tokens()]
    before = time.monotonic()
    outcome = terminal("sign-in", login)

    assert outcome.status == 0
    assert time.monotonic() - before >= 7  # a second, then five more than that


@pytest.mark.parametrize("error", ["access_denied", "expired_token"])
def test_a_refusal_at_the_provider_is_told(terminal: Terminal, provider: Provider, error: str) -> None:
    provider.answers = [(400, {"error": error})]
    outcome = terminal("sign-in", outside_person(terminal))

    assert outcome.status == 1
    assert "The code was refused" in outcome.err


def test_a_refusal_for_good_is_shown_as_the_provider_says_it(terminal: Terminal, provider: Provider) -> None:
    provider.answers = [(400, {"error": "unauthorized_client"})]
    outcome = terminal("sign-in", outside_person(terminal))

    assert outcome.status == 1
    assert "“unauthorized_client”" in outcome.err


@pytest.mark.parametrize(
    "change",
    [
        {"device_authorization_endpoint": None},
        {"device_authorization_endpoint": "http://127.0.0.1:9/device"},
        {"token_endpoint": "http://127.0.0.1:9/token"},
    ],
)
def test_a_provider_without_it_or_without_tls_is_told(
    terminal: Terminal, provider: Provider, change: dict[str, Any]
) -> None:
    provider.document |= change
    outcome = terminal("sign-in", outside_person(terminal))

    assert outcome.status == 1
    assert "which offers no sign-in for devices" in outcome.err
    assert [path for path, _body in provider.asked] == ["/staff/.well-known/openid-configuration"]


def test_a_document_of_another_issuer_is_not_believed(terminal: Terminal, provider: Provider) -> None:
    provider.document |= {"issuer": "https://login.example.net"}
    outcome = terminal("sign-in", outside_person(terminal))

    assert outcome.status == 5
    assert [path for path, _body in provider.asked] == ["/staff/.well-known/openid-configuration"]


def test_a_provider_over_plain_http_is_never_asked(terminal: Terminal) -> None:
    before = terminal.server.state.provider["issuer"]
    terminal.server.state.provider["issuer"] = "http://login.example.com"
    outcome = terminal("sign-in", outside_person(terminal))
    terminal.server.state.provider["issuer"] = before

    assert outcome.status == 1
    assert "login.example.com" in outcome.err


def test_the_password_of_an_outside_account_is_never_sent(terminal: Terminal, provider: Provider) -> None:
    login = outside_person(terminal)
    before = len(terminal.server.requests)
    outcome = terminal("sign-in", "--password", login, typed=(NEW_PASSWORD,))

    assert outcome.status == 1
    assert provider.issuer in outcome.err
    assert {request.path for request in terminal.server.requests[before:]} == {
        f"/api/discover/{login}",
        "/.well-known/oauth-authorization-server",
    }


def test_what_the_server_says_cannot_steer_the_terminal(terminal: Terminal, provider: Provider) -> None:
    provider.document |= {"device_authorization_endpoint": f"{provider.issuer}/token"}
    codes = {"device_code": "d", "user_code": "\x1b[2J\x1b]0;x\x07AB", "expires_in": 1, "interval": 1}
    provider.answers = [(200, codes | {"verification_uri": f"{provider.issuer}/approve"})]
    outcome = terminal("sign-in", outside_person(terminal))

    assert "\x1b" not in outcome.err
    assert "\x07" not in outcome.err
