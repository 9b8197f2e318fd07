"""Real sockets: what happens to a request whose connection breaks, at each moment it can."""

from __future__ import annotations

import socket
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import pytest

from stalwart_jmap import (
    AnswerLost,
    AuthenticationFailed,
    BearerToken,
    Call,
    ConnectFailed,
    OutcomeUnknown,
    Secret,
    Session,
    StalwartClient,
    TimedOut,
    Timeouts,
    Transport,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio

WRITE = Call("x:AccountPassword/set", {"update": {"singleton": {"currentSecret": Secret("x")}}})
READ = Call("x:AccountPassword/get")


@asynccontextmanager
async def client_of(
    serve: Callable[[anyio.abc.SocketStream], Awaitable[None]], *, total: float = 5.0
) -> AsyncIterator[StalwartClient]:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        tasks.start_soon(listener.serve, serve)
        async with Transport(f"http://127.0.0.1:{port}", timeouts=Timeouts(total=total)) as transport:
            yield StalwartClient(transport, BearerToken(Secret("t")), session=Session(account_id="c"))
        tasks.cancel_scope.cancel()


async def whole_request(stream: anyio.abc.SocketStream) -> bytes:
    received = b""
    while b'"using"' not in received:
        received += await stream.receive()
    return received


def reset(stream: anyio.abc.SocketStream) -> None:
    """Make the closing a reset instead of a farewell."""
    raw = stream.extra(anyio.abc.SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def close_after_reading(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)


async def reset_after_reading(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)
        reset(stream)


async def half_an_answer(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")


async def half_a_head(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Ty")


async def no_http(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)
        await stream.send(b"220 mail.test ESMTP\r\n")


async def silence(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        await whole_request(stream)
        await anyio.sleep_forever()


BREAKS = [close_after_reading, reset_after_reading, half_an_answer, half_a_head, no_http]


@pytest.mark.parametrize("serve", BREAKS)
async def test_a_reading_request_loses_its_answer(serve: Callable[[anyio.abc.SocketStream], Awaitable[None]]) -> None:
    async with client_of(serve) as client:
        with pytest.raises(AnswerLost) as caught:
            await client.call(READ)

    assert caught.value.sent


@pytest.mark.parametrize("serve", BREAKS)
async def test_the_outcome_of_a_write_is_unknown(serve: Callable[[anyio.abc.SocketStream], Awaitable[None]]) -> None:
    connections = 0

    async def counted(stream: anyio.abc.SocketStream) -> None:
        nonlocal connections
        connections += 1
        await serve(stream)

    async with client_of(counted) as client:
        with pytest.raises(OutcomeUnknown):
            await client.call(WRITE)

    assert connections == 1


async def test_silence_ends_in_time() -> None:
    async with client_of(silence, total=0.3) as client:
        with pytest.raises(TimedOut) as caught:
            await client.call(READ)
        with pytest.raises(OutcomeUnknown):
            await client.call(WRITE)

    assert caught.value.sent


async def test_nobody_listening_means_that_nothing_was_sent() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with Transport(url) as transport:
            client = StalwartClient(transport, BearerToken(Secret("t")), session=Session(account_id="c"))
            with pytest.raises(ConnectFailed) as caught:
                await client.call(WRITE)

    assert not caught.value.sent


async def test_a_full_queue_means_that_nothing_was_sent() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for rival in waiting:
            rival.setblocking(False)
            rival.connect_ex(bound.getsockname())
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with Transport(url, timeouts=Timeouts(connect=0.2, total=5)) as transport:
            client = StalwartClient(transport, BearerToken(Secret("t")), session=Session(account_id="c"))
            with pytest.raises(ConnectFailed):
                await client.call(WRITE)
        for rival in waiting:
            rival.close()


LARGE = Call("x:PublicKey/set", {"create": {"k": {"key": "x" * 8_000_000}}})
REFUSAL = (
    b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n"
    b"WWW-Authenticate: Basic\r\nConnection: close\r\n\r\n{}"
)


async def test_a_refusal_that_comes_while_we_still_send_is_heard() -> None:
    async def early(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive(1)
            await stream.send(REFUSAL)
            async for _ in stream:
                pass

    async with client_of(early) as client:
        with pytest.raises(AuthenticationFailed):
            await client.call(LARGE)


async def test_a_write_that_never_became_complete_was_not_carried_out() -> None:
    async def early_and_gone(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive(1)
            await stream.send(REFUSAL)

    async with client_of(early_and_gone) as client:
        with pytest.raises(AnswerLost) as caught:
            await client.call(LARGE)

    assert not caught.value.sent


async def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    answer = b'{"methodResponses":[["x:AccountPassword/set",{"accountId":"c"},"0"]],"sessionState":"a"}'

    async def one_answer_each(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await whole_request(stream)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
            await stream.send(head.encode() + answer)

    async with client_of(one_answer_each) as client:
        await client.call(WRITE)
        await anyio.sleep(0.05)
        response = await client.call(WRITE)

    assert response[WRITE] == {"accountId": "c"}
