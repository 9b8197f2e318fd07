"""Several accounts in one browser: going over to another one, and signing out one or all.

Switching is no page of an account: it is open to whoever holds the ids in this browser's cookies, and opens nothing
else. A form made for an account that is not in use any more may still switch, since it names where it wants to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from bulwark.sessions import cookies, others
from bulwark.sessions.keeper import Session
from bulwark.signin import sign_out_elsewhere
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind
from bulwark.web.forms import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit


async def switch(request: Request) -> Response:
    """POST /switch-account: the account in use and the one named change places."""
    form = await read_form(request)
    wanted = others.named(request, form.text("to"))
    present = request.state.session
    if wanted is None or (isinstance(present, Session) and present.is_read_only):
        # Gone meanwhile; or this session is getting a new id just now, which must reach the browser first.
        return RedirectResponse("/", status_code=303)
    if wanted.ended is not None:
        return RedirectResponse(f"/sign-in?again={wanted.mark}", status_code=303)
    response = RedirectResponse("/", status_code=303)
    cookies.Cookies(request).put(response, cookies.SESSION, wanted.id.reveal())
    others.keep(request, response, [*others.of(request), *([present] if isinstance(present, Session) else [])])
    return response


async def sign_out(visit: Visit) -> Response:
    """POST /sign-out: this account, or with `all` every account of this browser; others go on where they are."""
    is_all = bool(visit.form.text("all"))
    beside = others.of(visit.request)
    await visit.record(EventKind.SIGNED_OUT)
    await visit.panel.sessions.end(visit.session)
    response = await sign_out_elsewhere.leave(visit)
    cookies.Cookies(visit.request).drop(response, cookies.SESSION)
    if is_all:
        await visit.panel.sessions.end_all([one.id for one in beside])
        others.keep(visit.request, response, ())
    return response


ROUTES = (
    Route("/switch-account", switch, methods=["POST"]),
    Route("/sign-out", signed_in(sign_out, narrow_ok=True), methods=["POST"]),
)
