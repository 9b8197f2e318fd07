"""Signing in elsewhere: leaving for the provider, and coming back.

It starts with a plain GET, because a form that ends on another site is blocked by `form-action 'self'`. The address
that comes back carries a code, so every answer to it is a 303 to an address without one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, get_args

import structlog
from starlette.responses import RedirectResponse
from starlette.routing import Route

from bulwark import errors
from bulwark.errors import ProviderProblem, ProviderWhy
from bulwark.sessions import cookies
from bulwark.sessions.panel import panel_of
from bulwark.signin import redirect_pages as texts
from bulwark.signin import redirect_service as service
from bulwark.signin import redirect_step_up
from bulwark.signin import redirect_targets as targets
from bulwark.signin.gate import bound, gate_page
from bulwark.signin.guard import serve
from bulwark.signin.pending import PendingRedirect
from bulwark.signin.routes import enter, inner, way
from bulwark.web.forms import Form
from bulwark.web.page_types import Link
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

log = structlog.get_logger("bulwark.redirect")


async def start(request: Request) -> Response:
    """GET /sign-in/redirect: leave for whoever signs this login in."""
    panel, login = panel_of(request), _login(request)
    target = await _target(request)
    afterwards = inner(request.query_params.get("next", ""))
    url, pending_id = await service.leave(panel, target, hint=login, target_path=afterwards)
    return bound(request, RedirectResponse(url, status_code=303), pending_id, PendingRedirect)


async def elsewhere(request: Request) -> Response:
    """GET /sign-in/elsewhere: the address that was typed belongs to a provider; the password was not sent."""
    login, target = _login(request), await _target(request)
    if target.provider is None:
        return RedirectResponse("/sign-in", status_code=303)
    page = texts.ElsewherePage(
        login=login,
        way=Link(label=target.name, href=way("/sign-in/redirect", login, inner(request.query_params.get("next", "")))),
    )
    return gate_page(request, texts.ELSEWHERE, page)


async def come_back(request: Request) -> Response:
    """GET /sign-in/callback: what the provider answered."""
    panel = panel_of(request)
    pending_id = Secret(cookies.Cookies(request).get(cookies.REDIRECT))
    try:
        waiting, code = await service.come_back(panel, pending_id, request.url.query)
        if waiting.account_id:
            redirect_step_up.require_same_account(request.state.session, waiting)
        signed = await service.open_account(panel, waiting, code, _address(request))
        if waiting.account_id:
            finish = partial(redirect_step_up.finish, signed=signed)
            response = await serve(request, request.state.session, Form({}), finish, narrow_ok=True, purpose="")
        else:
            response = await enter(request, signed, login=signed.session.username, target=waiting.next)
    except ProviderProblem as error:
        return _failed(request, error.why)
    except errors.ServerProblem as error:
        log.warning("problem", reference=request.state.reference, kind=type(error).__name__)
        return _failed(request, "mail-server")
    cookies.Cookies(request).drop(response, cookies.REDIRECT)
    return response


def _failed(request: Request, why: ProviderWhy) -> Response:
    log.warning("sign-in-elsewhere-failed", reference=request.state.reference, why=why)
    response = RedirectResponse(f"/sign-in/failed?why={why}", status_code=303)
    if why != "state":  # the real answer may still come
        cookies.Cookies(request).drop(response, cookies.REDIRECT)
    return response


async def failed(request: Request) -> Response:
    """GET /sign-in/failed: why it did not work; the page comes from the table of errors."""
    why: ProviderWhy = next((one for one in get_args(ProviderWhy) if one == request.query_params.get("why")), "expired")
    raise ProviderProblem(why)


async def _target(request: Request) -> targets.Target:
    panel, address = panel_of(request), _address(request)
    await service.count(panel, address)
    return await targets.target_for(panel, _login(request), address or None)


def _login(request: Request) -> str:
    return request.query_params.get("login", "")[:320]


def _address(request: Request) -> str:
    return str(request.state.peer.address)


ROUTES = (
    Route("/sign-in/redirect", start, methods=["GET"]),
    Route("/sign-in/elsewhere", elsewhere, methods=["GET"]),
    Route("/sign-in/callback", come_back, methods=["GET"]),
    Route("/sign-in/failed", failed, methods=["GET"]),
)
