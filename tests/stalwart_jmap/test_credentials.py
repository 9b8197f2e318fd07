from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel
import httpx2
import pytest

from jmap_wire import SESSION, URL, results
from stalwart_jmap import (
    AuthenticationFailed,
    BasicCredentials,
    BearerToken,
    Call,
    Credentials,
    RefreshingToken,
    Secret,
    StalwartClient,
    Tokens,
    Transport,
)

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
READ = Call("x:AccountPassword/get", {}, "r")
WRITE = Call("x:AccountPassword/set", {}, "w")


def tokens(name: str) -> Tokens:
    return Tokens(access=Secret(name), refresh=Secret("refresh-1"), expires_in=3600)


class Server:
    """Takes one access token at a time and gives the next for the refresh token."""

    def __init__(self, valid: str, *, refreshable: bool = True) -> None:
        self.valid = valid
        self.refreshable = refreshable
        self.refreshes = 0
        self.seen: list[str] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        await anyio.lowlevel.checkpoint()
        if request.url.path == "/auth/token":
            if not self.refreshable:
                return httpx2.Response(400, json={"error": "invalid_grant"})
            self.refreshes += 1
            return httpx2.Response(200, json={"access_token": self.valid, "expires_in": 3600})
        self.seen.append(request.headers["authorization"])
        if self.seen[-1] != f"Bearer {self.valid}":
            return httpx2.Response(401, headers={"WWW-Authenticate": "Bearer"})
        name = "x:AccountPassword/set" if b"/set" in request.content else "x:AccountPassword/get"
        return results((name, {"accountId": "c"}, "w" if name.endswith("set") else "r"))

    def client(self, credentials: Credentials) -> StalwartClient:
        transport = Transport(URL, http=httpx2.MockTransport(self), clock=lambda: NOW)
        return StalwartClient(transport, credentials, session=SESSION)


async def test_basic_is_utf8_in_composed_form() -> None:
    transport = Transport(URL, http=httpx2.MockTransport(lambda _: httpx2.Response(200)))

    header = await BasicCredentials(" A\u0308rger@example.org ", Secret("pä:ß ")).authorization(transport)

    assert b64decode(header.reveal().removeprefix("Basic ")).decode() == "Ärger@example.org:pä:ß "


@pytest.mark.parametrize(
    "credentials",
    [
        BasicCredentials("alice", Secret("not-shown")),
        BearerToken(Secret("not-shown")),
        RefreshingToken(tokens("not-shown")),
    ],
)
async def test_credentials_do_not_print_their_secrets(credentials: Credentials) -> None:
    assert "not-shown" not in f"{credentials!r} {credentials} {credentials.account_key}"


async def test_a_dead_token_is_renewed_once() -> None:
    server = Server("second")
    credentials = RefreshingToken(tokens("first"))

    await server.client(credentials).call(WRITE)

    assert server.seen == ["Bearer first", "Bearer second"]
    assert credentials.tokens.access.reveal() == "second"
    assert credentials.tokens.refresh.reveal() == "refresh-1"


async def test_many_at_a_time_renew_once() -> None:
    server = Server("second")
    client = server.client(RefreshingToken(tokens("first")))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(client.call, READ)

    assert server.refreshes == 1


async def test_a_token_about_to_end_is_renewed_before_it_is_used() -> None:
    server = Server("second")
    credentials = RefreshingToken(tokens("first"), ends_at=NOW + timedelta(seconds=20))

    client = server.client(credentials)
    await client.call(READ)
    await client.call(READ)

    assert server.seen == ["Bearer second"] * 2
    assert server.refreshes == 1


async def test_new_tokens_are_stored_before_they_are_used() -> None:
    server = Server("second")
    seen_when_stored: list[int] = []

    async def store(renewed: Tokens) -> None:
        assert renewed.access.reveal() == "second"
        seen_when_stored.append(len(server.seen))

    await server.client(RefreshingToken(tokens("first"), on_refresh=store)).call(READ)

    assert seen_when_stored == [1]


async def test_a_dead_refresh_token_ends_it() -> None:
    server = Server("second", refreshable=False)

    with pytest.raises(AuthenticationFailed):
        await server.client(RefreshingToken(tokens("first"))).call(WRITE)
    assert server.seen == ["Bearer first"]


async def test_a_renewed_token_that_is_refused_too_is_not_renewed_again() -> None:
    server = Server("second")

    class Forgetful(Server):
        async def __call__(self, request: httpx2.Request) -> httpx2.Response:
            answer = await super().__call__(request)
            return answer if request.url.path == "/auth/token" else httpx2.Response(401)

    server = Forgetful("second")
    with pytest.raises(AuthenticationFailed):
        await server.client(RefreshingToken(tokens("first"))).call(READ)
    assert len(server.seen) == 2


async def test_plain_credentials_are_not_tried_twice() -> None:
    server = Server("second")

    with pytest.raises(AuthenticationFailed):
        await server.client(BearerToken(Secret("first"))).call(READ)
    assert len(server.seen) == 1
