"""What is shown and set before anybody is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from bulwark.sessions import cookies, frames
from bulwark.sessions.panel import panel_of
from bulwark.signin.pending import lifetime_of
from bulwark.web import pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.web.page_types import Page
    from stalwart_jmap import Secret


def gate_page(request: Request, template: str, page: Page, status: int = 200) -> Response:
    """A page before anybody is known."""
    return HTMLResponse(
        pages.render(frames.plain_frame(panel_of(request), request), template, page), status_code=status
    )


def bound(request: Request, response: Response, pending_id: Secret, shape: type) -> Response:
    """The answer, with the cookie that alone opens what waits for somebody who is elsewhere."""
    cookies.Cookies(request).put(response, cookies.REDIRECT, pending_id.reveal(), max_age=lifetime_of(shape))
    return response
