"""Several accounts in one browser: going to another, signing out of all.

An account is named by its mark, which opens nothing: what opens a session is an id that this browser holds in its
cookies, and no page contains one. Going to another account is asked of the browser, not of an account, so its form is
good from a page of any of them; that it came from a page of this panel is proven as for every form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from bulwark import errors
from bulwark.sessions import cookies, others
from bulwark.sessions.panel import panel_of
from bulwark.signin.guard import signed_in
from bulwark.signin.in_browser import SIGNED_OUT, in_use
from bulwark.signin.routes import inner
from bulwark.store.events import Event, EventKind
from bulwark.web import problem_pages
from bulwark.web.forms import read_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit


async def switch(request: Request) -> Response:
    """POST /switch-account: `to` is the mark of the account, `next` the page to open there."""
    panel, jar, present = panel_of(request), cookies.Cookies(request), in_use(request)
    form = await read_form(request)
    mark = form.text("to")
    response = RedirectResponse(inner(form.text("next")) or "/", status_code=303)
    if present is not None and panel.sessions.mark_of(present) == mark:
        await panel.sessions.switch(None, present)
        return response
    wanted = others.marked(request, mark)
    if wanted is None:
        raise errors.AccountSwitched(mark)
    if wanted.ended is not None:
        return RedirectResponse(f"/sign-in?again={mark}", status_code=303)
    if not await panel.sessions.switch(present, wanted.session):
        return RedirectResponse("/", status_code=303)  # an id of theirs is being replaced: nothing is lost by waiting
    jar.put(response, cookies.SESSION, wanted.session.id.reveal())
    rest = [one.session for one in others.others_of(request) if one is not wanted]
    others.keep(jar, response, rest if present is None else [present, *rest])
    return response


async def show_signed_out(visit: Visit) -> Response:
    """GET /signed-out: one account less, and which one is in use now."""
    return visit.page(problem_pages.PROBLEM, problem_pages.account_signed_out(visit.session.state.address))


async def sign_out_of_all(visit: Visit) -> Response:
    """POST /sign-out/all: every account of this browser, and nothing of other browsers."""
    panel = visit.panel
    for session in (visit.session, *(one.session for one in others.good_ones(visit.request))):
        await panel.sessions.end(session)
        event = Event(kind=EventKind.SIGNED_OUT, at=visit.now, address=visit.address, device=visit.device)
        await panel.events.add(panel.sessions.account_keys(session.state.account_id)[0], event)
    response = visit.go("/sign-in?ended=signed-out")
    jar = cookies.Cookies(visit.request)
    jar.drop(response, cookies.SESSION)
    others.keep(jar, response, ())
    return response


ROUTES = (
    Route("/switch-account", switch, methods=["POST"]),
    Route("/sign-out/all", signed_in(sign_out_of_all, narrow_ok=True), methods=["POST"]),
    Route(SIGNED_OUT, signed_in(show_signed_out, narrow_ok=True), methods=["GET"]),
)
