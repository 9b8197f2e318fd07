"""After signing out here: the provider may still know the person. Where it offers a way to end that, it is shown.

RP-Initiated Logout 1.0. It is a link and not part of the form, for the form may not end on another site; the ID token
that it carries waits sealed until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from bulwark.language import _
from bulwark.sessions import cookies
from bulwark.sessions.panel import panel_of
from bulwark.signin import pending
from bulwark.signin import redirect_pages as texts
from bulwark.signin.gate import bound, gate_page
from bulwark.signin.pending import PendingSignOut
from bulwark.web.page_types import Link
from bulwark.web.problem_pages import PROBLEM
from stalwart_jmap import Secret
from stalwart_jmap.oauth.provider import end_session_query, with_query

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit

ENDED = "/sign-in?ended=signed-out"


async def leave(visit: Visit) -> Response:
    """Where the browser goes after its session was ended."""
    source, panel = visit.session.state.source, visit.panel
    if source is None or not source.is_external:
        return visit.go(ENDED)
    url = ""
    if panel.settings.sso.may_send_to(source.end_session_endpoint) and panel.settings.public_url is not None:
        query = end_session_query(
            client_id=panel.settings.sso.client_id,
            id_token=Secret(source.id_token),
            redirect_uri=panel.settings.public_url + "/sign-in",
        )
        url = with_query(source.end_session_endpoint, query)
    record = PendingSignOut(provider=panel.settings.sso.name_of(source.issuer), url=url)
    pending_id = await pending.keep(panel, record)
    return bound(visit.request, visit.go("/sign-out/elsewhere"), pending_id, PendingSignOut)


async def show(request: Request) -> Response:
    """GET /sign-out/elsewhere: signed out here, perhaps not there."""
    waiting = await pending.peek(panel_of(request), _id_of(request), PendingSignOut)
    if waiting is None:
        return RedirectResponse(ENDED, status_code=303)
    way = Link(label=_("Sign out there too"), href="/sign-out/provider", icon="out") if waiting.url else None
    return gate_page(request, PROBLEM, texts.signed_out(waiting.provider, way))


async def at_provider(request: Request) -> Response:
    """GET /sign-out/provider: leave for the provider's own sign-out, once."""
    waiting = await pending.take(panel_of(request), _id_of(request), PendingSignOut)
    response = RedirectResponse(waiting.url if waiting is not None and waiting.url else ENDED, status_code=303)
    cookies.Cookies(request).drop(response, cookies.REDIRECT)
    return response


def _id_of(request: Request) -> Secret:
    return Secret(cookies.Cookies(request).get(cookies.REDIRECT))


ROUTES = (
    Route("/sign-out/elsewhere", show, methods=["GET"]),
    Route("/sign-out/provider", at_provider, methods=["GET"]),
)
