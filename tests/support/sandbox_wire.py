"""The way to the stand-in within one process; a connection it cuts looks as it does on a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from stalwart_sandbox import ConnectionCut

if TYPE_CHECKING:
    from stalwart_sandbox import Sandbox


class SandboxWire(httpx2.AsyncBaseTransport):
    """Hands requests to the stand-in's application, from `client`, an address on the network."""

    def __init__(self, sandbox: Sandbox, *, client: str = "127.0.0.1") -> None:
        self._within = httpx2.ASGITransport(app=sandbox.app, client=(client, 40000))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange; `httpx2.ReadError` where the stand-in cut the connection."""
        try:
            return await self._within.handle_async_request(request)
        except ConnectionCut as error:
            raise httpx2.ReadError("the connection was cut", request=request) from error
