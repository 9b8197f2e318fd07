"""Real TLS on loopback: a certificate is believed only when an authority we were given signed it for that name."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import pytest
from anyio.streams.tls import TLSListener

from self_signed import self_signed
from stalwart_jmap import ConnectFailed, Transport
from stalwart_jmap.core.http import get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from self_signed import Identity

pytestmark = pytest.mark.anyio


async def answer(stream: anyio.abc.ByteStream) -> None:
    async with stream:
        await stream.receive()
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@asynccontextmanager
async def server(identity: Identity) -> AsyncIterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity.certificate, identity.key)
    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = plain.extra(anyio.abc.SocketAttribute.local_port)
    async with TLSListener(plain, context, standard_compatible=False) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        yield f"https://127.0.0.1:{port}"
        tasks.cancel_scope.cancel()


async def test_a_given_authority_is_believed(tmp_path: Path) -> None:
    identity = self_signed(tmp_path, "127.0.0.1")

    async with server(identity) as url, Transport(url, ca_file=identity.certificate) as transport:
        assert (await transport.exchange(get("/"))).body == b"ok"


async def test_an_unknown_authority_is_not_believed_and_nothing_is_sent(tmp_path: Path) -> None:
    async with server(self_signed(tmp_path, "127.0.0.1")) as url, Transport(url) as transport:
        with pytest.raises(ConnectFailed, match="certificate is not trusted") as caught:
            await transport.exchange(get("/"))

    assert not caught.value.sent


async def test_a_certificate_for_another_name_is_not_believed(tmp_path: Path) -> None:
    identity = self_signed(tmp_path, "127.0.0.2")

    async with server(identity) as url, Transport(url, ca_file=identity.certificate) as transport:
        with pytest.raises(ConnectFailed, match="certificate is not trusted"):
            await transport.exchange(get("/"))
