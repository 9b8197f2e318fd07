"""Two answers for whoever runs the panel: it lives, and it can serve. Neither asks the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from bulwark.errors import StoreUnavailable
from bulwark.sessions.panel import panel_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def alive(_request: Request) -> Response:
    """GET /healthz: this process answers."""
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """GET /readyz: the database answers and is migrated; the mail server's state says nothing about ours."""
    try:
        await panel_of(request).database.ping()
    except StoreUnavailable:
        return PlainTextResponse("database unavailable\n", status_code=503)
    return PlainTextResponse("ok\n")
