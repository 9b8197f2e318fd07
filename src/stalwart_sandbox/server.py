"""Serving the stand-in over a socket: uvicorn on one address, which the server publishes as its own URL.

A cut connection is really closed, without a byte of answer; the Date header follows the server's own clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stalwart_sandbox.errors import ConnectionCut
from stalwart_sandbox.sandbox import Sandbox
from stalwart_sandbox.webhooks import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stalwart_sandbox.app import Receive, Scope, Send

_GRACE: Final = 1


class _Connections:
    """The open connections by the client's address, so that one of them can be cut."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def opened(self, transport: asyncio.Transport) -> None:
        """Remember a connection."""
        self._open[transport.get_extra_info("peername")[:2]] = transport

    def closed(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._open.pop(transport.get_extra_info("peername")[:2], None)

    def cut(self, client: tuple[str, int]) -> None:
        """Close a connection at once."""
        transport = self._open.get(client)
        if transport is not None:
            transport.abort()


def _protocol(connections: _Connections) -> type[asyncio.Protocol]:
    class Protocol(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
            connections.opened(transport)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.closed(self.transport)
            super().connection_lost(exc)

    return Protocol


class Server(uvicorn.Server):
    """The stand-in behind a socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        connections = _Connections()

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await sandbox.app(scope, receive, send)
            except ConnectionCut:
                connections.cut(tuple(scope["client"]))
                while (await receive())["type"] != "http.disconnect":
                    pass

        config = uvicorn.Config(
            application,
            http=_protocol(connections),
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,  # whether a forwarded address counts is a setting of the server it stands for
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_GRACE,
        )
        super().__init__(config)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and begin to deliver webhooks."""
        await super().startup(sockets)
        self._sender = Sender(self._sandbox.state)
        self._sending = asyncio.create_task(self._sender.run())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams and the webhooks, then let running requests finish."""
        self._sandbox.state.broker.close()
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sending
        self._sender.close()
        await super().shutdown(sockets)


def bind(listen: str) -> socket.socket:
    """A listening socket for HOST:PORT; port 0 takes a free one."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(128)
    return listener


def url_of(listener: socket.socket) -> str:
    """The HTTP URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def running(sandbox: Sandbox, listen: str = "127.0.0.1:0") -> Iterator[str]:
    """Serve in a thread of its own for as long as the context lasts; gives the server's URL."""
    with bind(listen) as listener:
        url = sandbox.state.base_url = url_of(listener)
        server = Server(sandbox)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def run(
    listen: str, admin: str | None = None, *, demo: bool = False, webhook: tuple[str, str] | None = None, **options: Any
) -> None:
    """Serve on HOST:PORT until told to stop, saying where.

    `demo` adds the demonstration's people; `webhook` is an address and a secret, for reports of sign-ins.
    """
    with bind(listen) as listener:
        sandbox = Sandbox(base_url=url_of(listener), admin=admin, **options)
        if demo:
            from stalwart_sandbox.demo import populate

            populate(sandbox)
        if webhook is not None:
            from stalwart_sandbox.demo import HISTORY

            sandbox.add_webhook(*webhook, discard_after=HISTORY)
        sys.stdout.write(f"stand-in mail server: {sandbox.state.base_url}\n")
        sys.stdout.flush()
        Server(sandbox).run(sockets=[listener])
