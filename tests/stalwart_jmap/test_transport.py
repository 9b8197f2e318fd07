from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio
import httpx2
import pytest

from stalwart_jmap import (
    ConnectFailed,
    NotJson,
    RedirectRefused,
    ResponseTooLarge,
    Secret,
    TimedOut,
    Timeouts,
    Transport,
)
from stalwart_jmap.core.http import get, post_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio
URL = "https://mail.test"
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)


def mocked(handler: object, **options: object) -> Transport:
    return Transport(URL, http=httpx2.MockTransport(handler), **options)  # type: ignore[arg-type] # options vary


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://mail.test", "https://mail.test"),
        ("https://MAIL.test:443/jmap/session?x#y", "https://mail.test"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
async def test_only_the_origin_of_the_address_counts(base_url: str, origin: str) -> None:
    async with Transport(base_url) as transport:
        assert transport.origin == origin


@pytest.mark.parametrize(
    "base_url", ["mail.test", "ftp://mail.test", "https://", "https://alice:pw@mail.test", "https://mail.test:99999"]
)
def test_an_address_that_is_no_server_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the last one is urllib's own sentence
        Transport(base_url)

    assert "pw" not in str(caught.value)


async def test_a_closed_transport_opens_no_connection() -> None:
    async with mocked(lambda _: httpx2.Response(200)) as transport:
        pass

    with pytest.raises(RuntimeError, match="closed"):
        await transport.exchange(get("/"))


async def test_an_exchange_carries_headers_and_body() -> None:
    seen: list[httpx2.Request] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={}, headers={"X-Twice": "a"})

    request = post_json("/jmap/", {"secret": Secret("s")}).authorized(Secret("Bearer t"))
    answer = await mocked(server).exchange(request, forwarded_for="2001:DB8::1")

    assert seen[0].headers["authorization"] == "Bearer t"
    assert seen[0].headers["x-forwarded-for"] == "2001:db8::1"
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[0].headers.get_list("x-forwarded-for") == ["2001:db8::1"]
    assert seen[0].content == b'{"secret":"s"}'
    assert (answer.status, answer.media_type, answer.headers["x-twice"]) == (200, "application/json", "a")


async def test_without_a_person_no_address_is_forwarded() -> None:
    answer = await mocked(
        lambda request: httpx2.Response(200, text=str("x-forwarded-for" in request.headers))
    ).exchange(get("/"))

    assert answer.body == b"False"


@pytest.mark.parametrize("address", ["203.0.113.7, 10.0.0.1", "unknown", "", "203.0.113.7\r\nX: y"])
async def test_what_is_no_address_is_not_forwarded(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        await mocked(lambda _: httpx2.Response(200)).exchange(get("/"), forwarded_for=address)


async def test_redirects_stay_within_the_server() -> None:
    def server(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/.well-known/jmap":
            return httpx2.Response(307, headers={"Location": "/jmap/session?a=b"})
        return httpx2.Response(200, text=f"{request.url} {request.headers['authorization']}")

    answer = await mocked(server).exchange(get("/.well-known/jmap").authorized(Secret("t")))

    assert answer.body == b"https://mail.test/jmap/session?a=b t"


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "http://mail.test/",
        "https://mail.test:8443/",
        "https://mail.test.elsewhere.example/",
        "https://mail.test@elsewhere.example/",
        "javascript:alert(1)",
        "https://[broken/",
        "",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(location: str) -> None:
    asked: list[str] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(302, headers={"Location": location})

    with pytest.raises(RedirectRefused):
        await mocked(server).exchange(get("/start"))

    assert asked == ["https://mail.test/start"]


async def test_redirects_come_to_an_end() -> None:
    asked: list[str] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(302, headers={"Location": f"{request.url.path}x"})

    with pytest.raises(RedirectRefused):
        await mocked(server).exchange(get("/"))

    assert len(asked) == 6


async def test_a_post_is_never_redirected() -> None:
    with pytest.raises(RedirectRefused):
        await mocked(lambda _: httpx2.Response(307, headers={"Location": "/"})).exchange(post_json("/jmap/", {}))


async def test_reading_stops_at_the_limit() -> None:
    parts = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal parts
        while True:
            parts += 1
            yield b"x" * 1000

    with pytest.raises(ResponseTooLarge) as caught:
        await mocked(lambda _: httpx2.Response(200, content=endless()), max_response_bytes=10_000).exchange(get("/"))

    assert caught.value.limit == 10_000
    assert parts == 11


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    transport = mocked(lambda _: httpx2.Response(200, content=b"x" * 10_000), max_response_bytes=10_000)

    assert len((await transport.exchange(get("/"))).body) == 10_000


async def test_a_packed_answer_is_not_unpacked() -> None:
    packed = httpx2.Response(200, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, stream=None)

    def server(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["accept-encoding"] == "identity"
        return packed

    with pytest.raises(NotJson):
        await mocked(server).exchange(get("/"))


async def test_the_whole_exchange_ends_in_time_and_says_that_it_was_sent() -> None:
    async def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        await anyio.sleep_forever()
        raise AssertionError

    with pytest.raises(TimedOut) as caught:
        await mocked(server, timeouts=Timeouts(total=0.05)).exchange(get("/"))

    assert caught.value.sent


async def test_an_answer_that_trickles_in_for_ever_ends_in_time() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await anyio.sleep(0.01)

    with pytest.raises(TimedOut):
        await mocked(lambda _: httpx2.Response(200, content=trickle()), timeouts=Timeouts(total=0.1)).exchange(get("/"))


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
async def test_a_failed_connection_means_that_nothing_was_sent(error: type[httpx2.TransportError]) -> None:
    def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        raise error("as the operating system says")

    with pytest.raises(ConnectFailed) as caught:
        await mocked(server).exchange(get("/"))

    assert not caught.value.sent


async def test_four_requests_of_one_account_run_at_a_time() -> None:
    running = most = 0

    async def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.sleep(0.01)
        running -= 1
        return httpx2.Response(200)

    transport = mocked(server)
    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(partial(transport.exchange, get("/"), account_key="c"))

    assert most == 4


async def test_accounts_do_not_wait_for_each_other() -> None:
    everybody = anyio.Event()
    running = 0

    async def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        nonlocal running
        running += 1
        if running == 8:
            everybody.set()
        await everybody.wait()
        return httpx2.Response(200)

    transport = mocked(server, timeouts=Timeouts(total=5))
    async with anyio.create_task_group() as tasks:
        for key in "abcdefgh":
            tasks.start_soon(partial(transport.exchange, get("/"), account_key=key))

    assert running == 8
    assert not transport._gates


async def test_waiting_for_a_place_counts_as_nothing_sent() -> None:
    async def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        await anyio.sleep_forever()
        raise AssertionError

    transport = mocked(server)
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(partial(transport.exchange, get("/"), account_key="c"))
        await anyio.wait_all_tasks_blocked()
        transport._timeouts = Timeouts(total=0.05)
        with pytest.raises(TimedOut) as caught:
            await transport.exchange(get("/"), account_key="c")
        tasks.cancel_scope.cancel()

    assert not caught.value.sent


CROWDED = {"type": "urn:ietf:params:jmap:error:limit", "status": 400, "limit": "maxConcurrentRequests"}


async def test_a_refusal_for_crowding_is_tried_again() -> None:
    answers = [httpx2.Response(400, json=CROWDED, headers={"Content-Type": "application/problem+json"})] * 2
    answers.append(httpx2.Response(200, text="done"))

    answer = await mocked(lambda _: answers.pop(0)).exchange(post_json("/jmap/", {}), account_key="c")

    assert answer.body == b"done"


async def test_lasting_crowding_is_reported_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    monkeypatch.setattr("stalwart_jmap.core.retry._FIRST_PAUSE", 0.0001)

    def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        nonlocal asked
        asked += 1
        return httpx2.Response(400, json=CROWDED, headers={"Content-Type": "application/problem+json"})

    answer = await mocked(server).exchange(post_json("/jmap/", {}), account_key="c")

    assert answer.status == 400
    assert asked == 7


async def test_other_refusals_are_not_tried_again() -> None:
    asked = 0

    def server(request: httpx2.Request) -> httpx2.Response:  # noqa: ARG001 - the shape of a handler
        nonlocal asked
        asked += 1
        return httpx2.Response(400, json=CROWDED | {"limit": "maxCallsInRequest"})

    await mocked(server).exchange(post_json("/jmap/", {}), account_key="c")

    assert asked == 1


@pytest.mark.parametrize(
    ("date", "offset"),
    [
        ("Mon, 23 Nov 2026 14:16:03 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 14:11:00 GMT", timedelta(seconds=-3)),
        ("yesterday", None),
        ("Mon, 23 Nov 2026 14:11:00 -0000", None),
        ("", None),
    ],
)
async def test_the_servers_clock_is_compared_with_ours(date: str, offset: timedelta | None) -> None:
    transport = mocked(lambda _: httpx2.Response(200, headers={"Date": date}), clock=lambda: NOW)

    await transport.exchange(get("/"))

    assert transport.clock_offset == offset


def test_certificates_are_always_verified(tmp_path: Path) -> None:
    transport = Transport(URL)
    context = transport._http._pool._ssl_context  # type: ignore[attr-defined] # what the connection really uses

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    with pytest.raises(FileNotFoundError):
        Transport(URL, ca_file=tmp_path / "missing.pem")


async def test_surroundings_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        tasks.start_soon(listener.serve, _answer_once)
        async with Transport(f"http://127.0.0.1:{port}") as transport:
            answer = await transport.exchange(get("/"))
        tasks.cancel_scope.cancel()

    assert answer.body == b"direct"


async def _answer_once(stream: anyio.abc.ByteStream) -> None:
    async with stream:
        await stream.receive()
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndirect")
