"""A connection that is lost for good in the middle of a write: the server did it, and nobody can ask it any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    import pytest

    from mail_server import MailServer


class DarkWire:
    """Once armed, the first request that names `method` is carried out and its answer lost; then nothing answers."""

    def __init__(self, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        mail_server.needs_sandbox("the wire is cut")
        assert mail_server.transport is not None
        self._method = method.encode()
        self._within = mail_server.transport.handle_async_request
        self.is_dark = False
        monkeypatch.setattr(mail_server.transport, "handle_async_request", self._handle)

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_dark:
            raise httpx2.ReadError("nobody is there", request=request)
        body = await request.aread() if request.method == "POST" else b""
        answer = await self._within(request)
        if self._method in body:
            self.is_dark = True
            raise httpx2.ReadError("the answer is lost", request=request)
        return answer
