"""Serving the static files: compressed, named after their content, kept for a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from bulwark.web import assets
from bulwark.web.problems import PageMissing

if TYPE_CHECKING:
    from starlette.requests import Request


async def serve_asset(request: Request) -> Response:
    """GET /static/{name}."""
    asset = assets.find(request.url.path)
    if asset is None:
        raise PageMissing
    headers = {"cache-control": assets.CACHE_CONTROL, "etag": asset.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == asset.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(asset.gzip_body, media_type=asset.content_type, headers=headers)
    return Response(asset.body, media_type=asset.content_type, headers=headers)
