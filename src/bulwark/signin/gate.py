"""A page before anybody is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from bulwark.sessions import frames
from bulwark.sessions.panel import panel_of
from bulwark.web import pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.web.page_types import Page


def gate_page(request: Request, template: str, page: Page, status: int = 200) -> Response:
    """Answer with such a page."""
    return HTMLResponse(
        pages.render(frames.plain_frame(panel_of(request), request), template, page), status_code=status
    )
