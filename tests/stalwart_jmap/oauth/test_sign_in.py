from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmap_wire import URL
from library_kit import CLIENT_ID, REDIRECT_URI, signed_in, try_sign_in
from stalwart_jmap import (
    AccessForbidden,
    AuthenticationFailed,
    BasicCredentials,
    BearerToken,
    MfaNeeded,
    MfaRequired,
    NotJson,
    OAuthRefused,
    Pkce,
    RateLimited,
    RefreshRefused,
    Secret,
    ServerFailed,
    SignInFailed,
    StalwartClient,
    StalwartError,
    Tokens,
    Transport,
    discover,
    exchange_code,
    refresh,
    server_metadata,
)
from stalwart_jmap.core.http import HttpAnswer
from stalwart_jmap.oauth.device_flow import read_grant, read_poll
from stalwart_jmap.oauth.interactive import read_approval, read_sign_in
from stalwart_jmap.oauth.metadata import read_metadata
from stalwart_jmap.oauth.tokens import read_tokens

if TYPE_CHECKING:
    from library_kit import Person
    from mail_server import MailServer

pytestmark = pytest.mark.anyio
TWO_FACTOR = "CANARYCANARYCANARYCANARYCANARY24"


async def test_a_password_gives_tokens_that_open_the_account(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account()

    tokens = await try_sign_in(transport, account.login, account.password)

    assert isinstance(tokens, Tokens)
    assert tokens.expires_in == 3600
    session = await StalwartClient(transport, BearerToken(tokens.access)).session()
    assert session.username == account.login
    assert session.account_id == account.account_id


async def test_wrong_password_and_unknown_login_look_the_same(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account()

    assert await try_sign_in(transport, account.login, "wrong") == SignInFailed()
    assert await try_sign_in(transport, f"nobody@{mail_server.domain}", account.password) == SignInFailed()


async def test_the_second_factor_is_asked_for_and_checked(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account(two_factor=TWO_FACTOR)

    assert await try_sign_in(transport, account.login, account.password) == MfaNeeded()
    assert await try_sign_in(transport, account.login, account.password, account.wrong_code()) == SignInFailed()
    assert isinstance(await try_sign_in(transport, account.login, account.password, account.code()), Tokens)


async def test_basic_with_a_second_factor_is_a_state_of_its_own(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account(two_factor=TWO_FACTOR)

    with pytest.raises(MfaRequired):
        await StalwartClient(transport, BasicCredentials(account.login, Secret(account.password))).session()


async def test_basic_without_one_opens_the_account(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account()
    client = StalwartClient(transport, BasicCredentials(account.login.upper(), Secret(account.password)))

    assert (await client.session()).username == account.login
    assert "authenticate" in (await client.account_info()).permissions


async def test_without_the_permission_to_sign_in_access_is_forbidden(
    mail_server: MailServer, transport: Transport
) -> None:
    account = await mail_server.new_account(without=["authenticate"])

    assert await try_sign_in(transport, account.login, account.password) == SignInFailed()
    with pytest.raises(AccessForbidden) as caught:
        await StalwartClient(transport, BasicCredentials(account.login, Secret(account.password))).session()
    assert not caught.value.blocked


async def test_no_credentials_are_not_taken_for_a_sign_in(transport: Transport) -> None:
    with pytest.raises(AuthenticationFailed):
        await StalwartClient(transport, BearerToken(Secret("sw1.nothing"))).session()


async def test_a_refresh_keeps_the_refresh_token(alice: Person, transport: Transport) -> None:
    renewed = await refresh(transport, alice.tokens.refresh)

    assert isinstance(renewed, Tokens)
    assert renewed.refresh == alice.tokens.refresh
    await StalwartClient(transport, BearerToken(renewed.access)).session()


async def test_a_dead_refresh_token_is_refused(transport: Transport) -> None:
    assert await refresh(transport, Secret("sw1.nothing"), client_id=CLIENT_ID) == RefreshRefused(error="invalid_grant")


async def test_a_code_is_good_for_nobody_else(transport: Transport) -> None:
    with pytest.raises(OAuthRefused) as caught:
        await exchange_code(
            transport,
            code=Secret("x" * 40),
            verifier=Pkce.new().verifier,
            client_id=CLIENT_ID,
            redirect_uri=REDIRECT_URI,
        )

    assert caught.value.error == "access_denied"


async def test_a_blocked_address_is_told(mail_server: MailServer, transport: Transport) -> None:
    mail_server.quirk("ban")

    with pytest.raises(AccessForbidden) as caught:
        await try_sign_in(transport, "alice", "x")
    assert caught.value.blocked


async def test_too_many_requests_say_how_long_to_wait(mail_server: MailServer, transport: Transport) -> None:
    mail_server.quirk("429", retry_after=23)

    with pytest.raises(RateLimited) as caught:
        await try_sign_in(transport, "alice", "x")
    assert caught.value.retry_after == 23


async def test_metadata_and_discovery_are_read(mail_server: MailServer, transport: Transport) -> None:
    own = await server_metadata(transport)
    found = await discover(transport, f"alice@{mail_server.domain}")

    assert own.token_endpoint.endswith("/auth/token")
    assert found.authorization_endpoint.endswith("/login")


async def test_what_is_sent_is_exact() -> None:
    seen: list[httpx2.Request] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if request.url.path == "/api/auth":
            return httpx2.Response(200, json={"type": "authenticated", "client_code": "the-code", "iss": "x"})
        return httpx2.Response(200, json={"access_token": "a", "expires_in": 60, "refresh_token": "r", "id_token": "i"})

    transport = Transport(URL, http=httpx2.MockTransport(server))
    outcome = await try_sign_in(transport, " A\u0308rger@example.org ", "pä ß", "123456")

    assert outcome == Tokens(access=Secret("a"), refresh=Secret("r"), expires_in=60, id_token=Secret("i"))
    auth = json.loads(seen[0].content)
    form = {name: values[0] for name, values in parse_qs(seen[1].content.decode(), strict_parsing=True).items()}
    assert auth["accountName"] == unicodedata.normalize("NFC", "Ärger@example.org")
    assert (auth["accountSecret"], auth["mfaToken"], auth["codeChallengeMethod"]) == ("pä ß", "123456", "S256")
    assert (form["code"], form["redirect_uri"], form["client_id"]) == ("the-code", REDIRECT_URI, CLIENT_ID)
    assert auth["codeChallenge"] == Pkce.from_verifier(Secret(form["code_verifier"])).challenge
    assert 43 <= len(form["code_verifier"]) <= 128


async def test_a_sign_in_is_sent_once_even_when_it_fails() -> None:
    asked = 0

    def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        nonlocal asked
        asked += 1
        return httpx2.Response(500)

    with pytest.raises(ServerFailed):
        await try_sign_in(Transport(URL, http=httpx2.MockTransport(server)), "alice", "x")
    assert asked == 1


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    "body", [{}, {"type": "authenticated"}, {"type": "welcome"}, {"type": "authenticated", "client_code": ""}]
)
def test_an_unknown_answer_to_a_sign_in_is_no_refusal(body: object) -> None:
    with pytest.raises(NotJson):
        read_sign_in(answer(body))


@pytest.mark.parametrize(
    "body",
    [
        {"access_token": "a", "expires_in": 1},
        {"access_token": "", "expires_in": 1, "refresh_token": "r"},
        {"access_token": "a", "refresh_token": "r"},
    ],
)
def test_tokens_must_be_complete(body: object) -> None:
    with pytest.raises(NotJson):
        read_tokens(answer(body))


def test_a_new_refresh_token_replaces_the_kept_one() -> None:
    body = {"access_token": "a", "expires_in": 1, "refresh_token": "new"}

    assert read_tokens(answer(body), keep=Secret("old")).refresh == Secret("new")


@given(
    body=st.binary() | st.from_regex(rb'\{"(type|error|access_token|device_code)": ?"[a-z_]{0,20}"\}'),
    status=st.sampled_from([200, 400, 500]),
)
def test_no_bytes_end_in_anything_but_our_errors(body: bytes, status: int) -> None:
    received = HttpAnswer(status=status, headers={"content-type": "application/json"}, body=body)
    for read in (read_sign_in, read_approval, read_tokens, read_poll, read_metadata):
        try:
            read(received)
        except StalwartError:
            continue
    with pytest.raises(StalwartError):
        read_grant(received, origin=URL)


async def test_a_person_with_two_factors_can_be_signed_in_again_with_the_same_code(
    mail_server: MailServer, transport: Transport
) -> None:
    account = await mail_server.new_account(two_factor=TWO_FACTOR)

    first, second = await signed_in(transport, account), await signed_in(transport, account)

    assert first.tokens.refresh != second.tokens.refresh
