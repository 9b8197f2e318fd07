from __future__ import annotations

from typing import Any

import httpx2
import pytest

from jmap_wire import SESSION, URL, client_of, results, session_document
from stalwart_jmap import (
    AccessForbidden,
    AuthenticationFailed,
    BasicCredentials,
    Call,
    MethodError,
    MfaRequired,
    NotJson,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    RequestError,
    Secret,
    ServerFailed,
    StalwartClient,
    StalwartError,
    UnsupportedServer,
)

pytestmark = pytest.mark.anyio
READ = Call("x:AccountPassword/get", {"ids": ["singleton"]}, "r")
WRITE = Call("x:AccountPassword/set", {"update": {"singleton": {}}}, "w")
HTML = {"text": "<!doctype html><title>502</title>", "headers": {"Content-Type": "text/html"}}


async def test_the_session_is_asked_for_once() -> None:
    asked: list[str] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "GET":
            return httpx2.Response(200, json=session_document())
        return results(("x:AccountPassword/get", {"accountId": "c", "list": []}, "r"))

    client = client_of(server, session=None)
    await client.call(READ)
    await client.call(READ)

    assert asked == ["GET /jmap/session", "POST /jmap/", "POST /jmap/"]


async def test_a_known_session_costs_no_request() -> None:
    asked: list[str] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return results(("x:AccountPassword/get", {"accountId": "c", "list": []}, "r"))

    await client_of(server, session=None).with_session(SESSION).call(READ)

    assert asked == ["/jmap/"]


async def test_credentials_go_to_our_server_whatever_it_publishes() -> None:
    hosts: set[str] = set()

    def server(request: httpx2.Request) -> httpx2.Response:
        hosts.add(f"{request.url.scheme}://{request.url.host}")
        if request.method == "GET":
            return httpx2.Response(200, json=session_document(apiUrl="http://mail.internal.example:8080/jmap/"))
        return results(("x:AccountPassword/get", {"accountId": "c"}, "r"))

    client = client_of(server, session=None)
    session = await client.session()
    await client.call(READ)

    assert hosts == {URL}
    assert session.published_origin == "http://mail.internal.example:8080"


async def test_an_old_path_is_found_over_well_known() -> None:
    def server(request: httpx2.Request) -> httpx2.Response:
        match request.url.path:
            case "/.well-known/jmap":
                return httpx2.Response(307, headers={"Location": "/elsewhere/session"})
            case "/elsewhere/session":
                return httpx2.Response(200, json=session_document())
            case _:
                return httpx2.Response(404)

    assert (await client_of(server, session=None).session()).account_id == "c"


async def test_no_session_at_all_is_no_stalwart() -> None:
    client = client_of(lambda _: httpx2.Response(404), session=None)

    with pytest.raises(UnsupportedServer):
        await client.session()
    with pytest.raises(UnsupportedServer):
        await client.account_info()


async def test_a_session_without_stalwart_can_still_be_looked_at() -> None:
    document = session_document(primaryAccounts={}, accounts={"c": {"isPersonal": True}})
    client = client_of(lambda _: httpx2.Response(200, json=document), session=None)

    with pytest.raises(UnsupportedServer):
        await client.session()
    assert not (await client.session(require_stalwart=False)).has_stalwart


async def test_account_info_lists_permissions() -> None:
    document = {"permissions": ["authenticate"], "edition": "community", "locale": "en_US"}
    client = client_of(lambda _: httpx2.Response(200, json=document))

    assert (await client.account_info()).permissions == {"authenticate"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RequestError),
        (401, AuthenticationFailed),
        (402, MfaRequired),
        (403, AccessForbidden),
        (404, RequestError),
        (413, RequestError),
        (429, RateLimited),
        (307, RedirectRefused),
        (503, ServerFailed),
    ],
)
async def test_a_refused_write_was_not_carried_out(status: int, error: type[StalwartError]) -> None:
    client = client_of(lambda _: httpx2.Response(status, **HTML))  # type: ignore[arg-type] # keywords by name

    for call in (READ, WRITE):
        with pytest.raises(error):
            await client.call(call)


UNREADABLE: list[dict[str, Any]] = [
    HTML,
    {"json": {}},
    {"json": []},
    {"content": b"", "headers": {"Content-Type": "application/json"}},
    {"content": b'{"methodResponses":[["x:Acc', "headers": {"Content-Type": "application/json"}},
    {"json": {"methodResponses": []}},
    {"content": b'{"methodResponses":[]}', "headers": {"Content-Type": "application/problem+json"}},
    {"content": b"\x00" * 10_000_001, "headers": {"Content-Type": "application/json"}},
]


@pytest.mark.parametrize("answer", UNREADABLE)
async def test_an_unreadable_answer_says_nothing_about_a_write(answer: dict[str, Any]) -> None:
    client = client_of(lambda _: httpx2.Response(200, **answer))

    with pytest.raises(OutcomeUnknown):
        await client.call(WRITE)
    with pytest.raises(OutcomeUnknown):
        await client.call(READ, WRITE)
    with pytest.raises(StalwartError) as caught:
        await client.call(READ)
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_write_that_broke_inside_the_server_is_unknown(status: int) -> None:
    client = client_of(lambda _: httpx2.Response(status))

    with pytest.raises(OutcomeUnknown):
        await client.call(WRITE)
    with pytest.raises(ServerFailed):
        await client.call(READ)


async def test_writing_gives_what_was_confirmed() -> None:
    client = client_of(
        lambda _: results(("x:AccountPassword/set", {"accountId": "c", "updated": {"singleton": None}}, "w"))
    )

    assert (await client.write(WRITE)).update_of("singleton") is None


async def test_a_failed_write_is_a_method_error() -> None:
    client = client_of(lambda _: results(("error", {"type": "forbidden"}, "w")))

    with pytest.raises(MethodError, match="forbidden"):
        await client.write(WRITE)


async def test_an_answer_about_another_account_is_refused() -> None:
    client = client_of(lambda _: results(("x:AccountPassword/get", {"accountId": "d", "list": []}, "r")))

    with pytest.raises(NotJson):
        await client.call(READ)


async def test_connect_opens_and_closes_a_transport_of_its_own() -> None:
    transport = httpx2.MockTransport(
        lambda request: httpx2.Response(200, json=session_document(username=request.headers["authorization"]))
    )

    async with StalwartClient.connect(URL, BasicCredentials("alice", Secret("pw")), http=transport) as client:
        assert (await client.session()).username == "Basic YWxpY2U6cHc="
