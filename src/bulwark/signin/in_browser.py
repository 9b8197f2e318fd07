"""Which sessions a browser holds after a sign-in and after a sign-out: one in use, up to five beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.sessions import cookies, others
from bulwark.sessions.keeper import Session
from bulwark.sessions.panel import panel_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit

SIGNED_OUT = "/signed-out"


def in_use(request: Request) -> Session | None:
    """The session in use, if it is good."""
    session = request.state.session
    return session if isinstance(session, Session) else None


def is_full(request: Request) -> bool:
    """Whether no further account fits into this browser."""
    return in_use(request) is not None and len(others.good_ones(request)) >= others.MOST


async def begin(request: Request, response: Response, session: Session) -> None:
    """Give a browser its new session: those of other accounts stay beside it, one of the same account ends."""
    sessions, jar, present = panel_of(request).sessions, cookies.Cookies(request), in_use(request)
    beside = [one.session for one in others.others_of(request)]
    kept = []
    for one in beside if present is None else [present, *beside]:
        if one.state.account_id == session.state.account_id:
            await sessions.end(one)
        else:
            kept.append(one)
    if present in kept and not await sessions.switch(present, None):
        # It got a new id just now, and another answer brings that to this browser: the new account waits beside it.
        others.keep(jar, response, [session, *(one for one in kept if one is not present)])
        return
    jar.put(response, cookies.SESSION, session.id.reveal())
    others.keep(jar, response, kept)


async def go_on(visit: Visit) -> Response | None:
    """After a sign-out, go on with the account used before; None when no other is signed in."""
    request, jar = visit.request, cookies.Cookies(visit.request)
    for following in others.good_ones(request):
        if await visit.panel.sessions.switch(None, following.session):
            response = visit.go(SIGNED_OUT)
            jar.put(response, cookies.SESSION, following.session.id.reveal())
            others.keep(jar, response, [one.session for one in others.others_of(request) if one is not following])
            return response
    return None
