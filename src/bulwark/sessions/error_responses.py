"""Joins the table of error pages with what a panel knows of the request: who is signed in, the reference, the time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Match

from bulwark.errors import AccountSwitched
from bulwark.sessions import cookies, others
from bulwark.sessions.frames import other_account, plain_frame
from bulwark.sessions.keeper import Session
from bulwark.web import problems
from bulwark.web.error_pages import Circumstances, place_of, respond
from bulwark.web.frame import OtherAccount

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.exceptions import HTTPException
    from starlette.responses import Response
    from starlette.types import Scope

    from bulwark.sessions.panel import Panel


def error_response(panel: Panel) -> Callable[[Scope, Exception], Awaitable[Response]]:
    """The function by which the front door turns an error into an answer."""

    async def answer(scope: Scope, error: Exception) -> Response:
        request = Request(scope)
        state = scope.get("state", {})
        session = state.get("session")
        here = Circumstances(
            server_name=panel.settings.server_name,
            public_url=panel.settings.public_url,
            path=place_of(scope),
            reference=state.get("reference", ""),
            account=session.state.address if isinstance(session, Session) else "",
            was_post=scope["method"] == "POST",
            now=panel.clock.now(),
            asked_for=_asked_for(panel, request, error) if isinstance(error, AccountSwitched) else None,
        )
        mark = panel.sessions.mark_of(session) if isinstance(session, Session) else ""
        response = respond(request, error, here, lambda asked: replace(plain_frame(panel, asked), account_mark=mark))
        if (fresh := state.get("fresh_session")) is not None:
            cookies.Cookies(request).put(response, cookies.SESSION, fresh.id.reveal())
        return response

    return answer


def _asked_for(panel: Panel, request: Request, error: AccountSwitched) -> OtherAccount | None:
    """The account a page was made for, if this browser is signed in to it."""
    if error.answer and isinstance(request.state.session, Session):
        return OtherAccount(address=request.state.session.state.address, mark=error.made_for)
    found = others.marked(request, error.made_for)
    return None if found is None else other_account(panel, found)


async def not_found(_request: Request, error: HTTPException) -> Response:
    """No route has this address."""
    raise problems.PageMissing from error


async def wrong_method(request: Request, error: HTTPException) -> Response:
    """Some routes have this address, but none for this method."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _scope = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= route.methods or set()
    raise problems.MethodNotAllowed(", ".join(sorted(methods))) from error
