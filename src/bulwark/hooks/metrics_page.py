"""GET /metrics: for whoever sends the token. Without one in the settings the address does not exist."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bulwark.sessions.panel import panel_of
from bulwark.web.problems import PageMissing

if TYPE_CHECKING:
    from starlette.requests import Request

    from bulwark.hooks.metrics import Metrics

_FORMAT = "text/plain; version=1.0.0; charset=utf-8"


async def show(request: Request) -> Response:
    """Answer Prometheus."""
    panel = panel_of(request)
    token = panel.settings.metrics_token
    metrics: Metrics | None = request.app.state.metrics
    if token is None or metrics is None:
        raise PageMissing
    given = request.headers.get("authorization", "").encode("utf-8", "replace")
    if not compare_digest(given, f"Bearer {token.reveal()}".encode()):
        return PlainTextResponse("a token is needed\n", 401, headers={"www-authenticate": "Bearer"})
    return Response(metrics.text(panel), media_type=_FORMAT)


ROUTES = (Route("/metrics", show, methods=["GET"]),)
