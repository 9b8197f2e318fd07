"""Signing in and out: the pages before anybody is known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import RedirectResponse
from starlette.routing import Route

from bulwark import errors, language
from bulwark.account import entry
from bulwark.sessions import cookies, frames, others
from bulwark.sessions.device import device_of
from bulwark.sessions.panel import panel_of
from bulwark.sessions.state import NOTHING_WAITS, Shown
from bulwark.signin import in_browser, pending, service, sign_out_elsewhere
from bulwark.signin import pages as texts
from bulwark.signin.gate import gate_page
from bulwark.signin.guard import signed_in
from bulwark.signin.known_browser import known_browser, remember
from bulwark.signin.pending import PendingSignIn
from bulwark.store.events import Event, EventKind
from bulwark.web.forms import read_form
from bulwark.web.page_types import Link, Notice, Wait, clock_time
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.panel import Panel
    from bulwark.sessions.state import Waits
    from bulwark.sessions.visit import Visit
    from bulwark.web.forms import Form

CODE = re.compile(r"\d{6,8}", re.ASCII)
MAX_PASSWORD = 4096  # bytes; no server takes longer ones, and a larger field is a mistake or worse
_INNER = re.compile(r"/[A-Za-z0-9/_-]{0,200}")


async def show(request: Request) -> Response:
    """GET /sign-in; somebody signed in comes here to add an account, or to sign in again to one that ended."""
    panel, asked = panel_of(request), request.query_params
    again = others.marked(request, asked.get("again", ""))
    if in_browser.in_use(request) is not None and "add" not in asked and again is None:
        return RedirectResponse("/", status_code=303)
    if again is not None and again.ended is not None:
        page = texts.SignInPage(login=again.session.state.address, notice=_notice(panel, again.ended))
        return sign_in_page(request, page)
    notice = _notice(panel, request.query_params.get("ended", ""))
    return sign_in_page(request, texts.SignInPage(notice=notice, next=inner(asked.get("next", ""))))


async def submit(request: Request) -> Response:
    """POST /sign-in: address and password."""
    panel = panel_of(request)
    form = await read_form(request)
    login, password, target = form.text("login"), form.secret("password"), inner(form.text("next"))
    wrong = _field_errors(form)
    if wrong:
        return sign_in_page(request, texts.SignInPage(login=login[:320], next=target, errors=wrong), 422)
    if panel.settings.sign_in == "redirect":
        return RedirectResponse("/sign-in", status_code=303)
    if in_browser.is_full(request):
        return sign_in_page(request, texts.SignInPage(), 422)
    try:
        visitor = visitor_of(request, panel, login)
        answer = await service.sign_in(panel, login=login, password=password, code=None, visitor=visitor)
    except (errors.SignInProblem, errors.TooManyAttempts) as error:
        return await _refused(request, panel, login, target, error)
    if isinstance(answer, service.Elsewhere):
        return RedirectResponse(way("/sign-in/elsewhere", login, target), status_code=303)
    if isinstance(answer, entry.CodeNeeded):
        kept = PendingSignIn(login=entry.normalised(login), password=password.reveal(), next=target)
        pending_id = await pending.keep(panel, kept)
        response: Response = RedirectResponse("/sign-in/code", status_code=303)
        cookies.Cookies(request).put(response, cookies.PENDING, pending_id.reveal(), max_age=300)
        return response
    return await enter(request, answer, login=entry.normalised(login), target=target)


async def show_code(request: Request) -> Response:
    """GET /sign-in/code."""
    waiting = await pending.peek(panel_of(request), pending_id_of(request), PendingSignIn)
    if waiting is None:
        return start_again(request)
    return gate_page(request, texts.CODE, texts.CodePage(login=waiting.login))


async def submit_code(request: Request) -> Response:
    """POST /sign-in/code: the second step; the password comes out of its seal, never out of the form."""
    panel = panel_of(request)
    form = await read_form(request)
    pending_id = pending_id_of(request)
    waiting = await pending.peek(panel, pending_id, PendingSignIn)
    if waiting is None:
        return start_again(request)
    code = form.code("code")
    if not CODE.fullmatch(code.reveal()):
        page = texts.CodePage(login=waiting.login, errors={"code": texts.code_unreadable()})
        return gate_page(request, texts.CODE, page, 422)
    if not await pending.spend_try(panel, pending_id):
        await pending.drop(panel, pending_id)
        return start_again(request)
    try:
        visitor = visitor_of(request, panel, waiting.login)
        answer = await service.sign_in(
            panel, login=waiting.login, password=Secret(waiting.password), code=code, visitor=visitor
        )
    except errors.TooManyAttempts as error:
        page = texts.CodePage(login=waiting.login, wait=wait_for(panel, error.until))
        return gate_page(request, texts.CODE, page, 429)
    except errors.WrongCode:
        page = texts.CodePage(login=waiting.login, errors={"code": texts.wrong_code()})
        return gate_page(request, texts.CODE, page, 422)
    except errors.SignInProblem:
        await pending.drop(panel, pending_id)
        return start_again(request)
    if not isinstance(answer, entry.SignedIn):  # the server wanted a code and got one: it can only say yes or no
        raise errors.ProtocolBroken
    await pending.drop(panel, pending_id)
    return await enter(request, answer, login=waiting.login, target=waiting.next, with_code=True)


async def enter(
    request: Request,
    signed: entry.SignedIn,
    *,
    login: str,
    target: str,
    with_code: bool = False,
    waits: Waits = NOTHING_WAITS,
) -> Response:
    """Begin a session for fresh tokens and lead to the page that was wanted; `waits` is what already waits in it.

    Other accounts of this browser stay signed in beside it.
    """
    panel = panel_of(request)
    shown = Shown(address=request.state.peer.address, device=device_of(request.headers.get("user-agent", "")))
    session = await panel.sessions.begin(signed, shown, login=login, waits=waits)
    await panel.recovery.note_login(session.state.account_id, login)
    await panel.events.add(
        panel.sessions.account_keys(session.state.account_id)[0],
        Event(
            kind=EventKind.SIGNED_IN,
            at=panel.clock.now(),
            address=shown.address,
            device=shown.device,
            params={"code": "yes"} if with_code else {},
        ),
    )
    response = RedirectResponse(target or "/", status_code=303)
    await in_browser.begin(request, response, session)
    cookies.Cookies(request).drop(response, cookies.PENDING)
    remember(request, response, panel.sealer, login)
    return response


async def sign_out(visit: Visit) -> Response:
    """POST /sign-out: this account; the browser goes on with another one that is signed in."""
    await visit.record(EventKind.SIGNED_OUT)
    await visit.panel.sessions.end(visit.session)
    source = visit.session.state.source
    is_ours = (
        source is None or not source.is_external
    )  # else the person learns first that the provider still knows them
    if is_ours and (following := await in_browser.go_on(visit)) is not None:
        return following
    response = await sign_out_elsewhere.leave(visit)
    cookies.Cookies(visit.request).drop(response, cookies.SESSION)
    return response


async def appearance(request: Request) -> Response:
    """POST /appearance: theme and language of this browser, signed in or not."""
    form = await read_form(request)
    response = RedirectResponse(inner(form.text("next")) or "/", status_code=303)
    jar = cookies.Cookies(request)
    if form.text("theme") in {"auto", "light", "dark"}:
        jar.put(response, cookies.THEME, form.text("theme"), max_age=cookies.YEAR)
    if form.text("language") == "auto":  # like the profile
        jar.drop(response, cookies.LANGUAGE)
    elif form.text("language") in language.available():
        jar.put(response, cookies.LANGUAGE, form.text("language"), max_age=cookies.YEAR)
    return response


def start_again(request: Request) -> Response:
    """Back to the first step: what waited has ended."""
    response = RedirectResponse("/sign-in?add=1&ended=pending", status_code=303)
    cookies.Cookies(request).drop(response, cookies.PENDING)
    return response


def inner(path: str) -> str:
    """A path of this panel to go to afterwards; empty for anything else, so that nobody is led away."""
    return path if _INNER.fullmatch(path) and not path.startswith("//") else ""


def wait_for(panel: Panel, until: datetime) -> Wait:
    """What the waiting note tells."""
    now = panel.clock.now()
    seconds = max(1, int((until - now).total_seconds()) + 1)
    return Wait(at=clock_time(until), left=language.until(until, now), seconds=seconds)


def _notice(panel: Panel, ended: str) -> Notice | None:
    match ended:
        case "signed-out":
            return texts.signed_out()
        case "idle":
            return texts.timed_out(int(panel.settings.session_idle.total_seconds() // 60))
        case "pending":
            return texts.pending_sign_in_ended()
        case "password-changed":
            return texts.password_changed()
        case "lifetime" | "unknown":
            return texts.session_ended()
        case _:
            return None


def _field_errors(form: Form) -> dict[str, str]:
    wrong: dict[str, str] = {}
    login, password = form.text("login"), form.text("password")
    if not login.strip():
        wrong["login"] = texts.login_missing()
    elif "%" in login or len(login.encode()) > entry.MAX_LOGIN:
        wrong["login"] = texts.login_not_allowed() if "%" in login else texts.login_missing()
    if not password:
        wrong["password"] = texts.password_missing()
    elif len(password.encode()) > MAX_PASSWORD:
        wrong["password"] = texts.password_too_long()
    return wrong


def visitor_of(request: Request, panel: Panel, login: str) -> service.Visitor:
    """Who tries to sign in."""
    name = entry.normalised(login)
    return service.Visitor(address=request.state.peer.address, browser=known_browser(request, panel.sealer, name))


async def _refused(request: Request, panel: Panel, login: str, target: str, error: errors.SignInProblem) -> Response:
    """The sign-in page again, with what was wrong; the password is never refilled."""
    page: texts.SignInPage
    status = 422
    match error:
        case errors.TooManyAttempts():
            page = texts.SignInPage(login=login, next=target, wait=wait_for(panel, error.until))
            status = 429
        case errors.WrongKindOfSecret():
            wrong = {"password": texts.wrong_kind_of_secret(error.kind)}
            page = texts.SignInPage(login=login, next=target, errors=wrong)
        case errors.LoginNotAllowed():
            wrong = {"login": texts.login_not_allowed() if "%" in login else texts.login_missing()}
            page = texts.SignInPage(login=login, next=target, errors=wrong)
        case errors.SignInNotPermitted():
            sentence, advice = texts.not_permitted()
            page = texts.SignInPage(login=login, next=target, form_error=sentence, form_advice=advice)
        case _:
            sentence, advice = texts.wrong_sign_in()
            page = texts.SignInPage(login=login, next=target, form_error=sentence, form_advice=advice)
    return sign_in_page(request, page, status)


def sign_in_page(request: Request, page: texts.SignInPage, status: int = 200) -> Response:
    """The sign-in page, with the accounts of this browser, and the way to the provider, which may be the only one."""
    settings, present = panel_of(request).settings, in_browser.in_use(request)
    if present is not None:
        page = replace(page, beside=present.state.address)
    else:
        page = replace(page, others=frames.other_accounts(panel_of(request), request))
    if in_browser.is_full(request):
        sentence, advice = texts.no_more_accounts(others.MOST + 1)
        page = replace(page, form_error=sentence, form_advice=advice, is_full=True)
    elif settings.sign_in == "redirect" or settings.sso.issuer is not None:
        name = settings.sso.name_of(settings.sso.issuer) if settings.sso.issuer is not None else settings.server_name
        page = replace(
            page,
            provider=Link(label=name, href=way("/sign-in/redirect", "", page.next)),
            asks_password=settings.sign_in == "password",
        )
    return gate_page(request, texts.SIGN_IN, page, status)


def way(path: str, login: str, target: str) -> str:
    """An address of signing in elsewhere: for a login, and with the page to go to afterwards."""
    query = urlencode({name: value for name, value in (("login", login), ("next", target)) if value})
    return f"{path}?{query}" if query else path


def pending_id_of(request: Request) -> Secret:
    """What opens the sign-in that waits for its code in this browser."""
    return Secret(cookies.Cookies(request).get(cookies.PENDING))


ROUTES = (
    Route("/sign-in", show, methods=["GET"]),
    Route("/sign-in", submit, methods=["POST"]),
    Route("/sign-in/code", show_code, methods=["GET"]),
    Route("/sign-in/code", submit_code, methods=["POST"]),
    Route("/sign-out", signed_in(sign_out, narrow_ok=True), methods=["POST"]),
    Route("/appearance", appearance, methods=["POST"]),
)
