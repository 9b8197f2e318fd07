"""The guard of every signed-in page: session, account of the form, fresh tokens, step-up, narrow sign-ins.

A route handler behind it gets a `Visit` and need not think of any of these.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse

from bulwark import errors
from bulwark.account import entry
from bulwark.sessions import cookies, notices, others
from bulwark.sessions.keeper import Ended, Session
from bulwark.sessions.one_deed import one_deed
from bulwark.sessions.panel import panel_of
from bulwark.sessions.state import Carried
from bulwark.sessions.tokens import account_of, needs_refresh, refresh
from bulwark.sessions.visit import Visit
from bulwark.web.forms import Form, read_form

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

CARRIED_FOR = timedelta(minutes=10)


class Handler(Protocol):
    """A route handler behind the guard."""

    async def __call__(self, visit: Visit, /) -> Response:
        """Answer one request of a signed-in person."""
        ...


class ReadsForm(Protocol):
    """How the form of a request is read."""

    async def __call__(self, request: Request, /) -> Form:
        """Read it, or raise what is wrong with the request."""
        ...


class Guarded:
    """An endpoint behind the guard; step-up calls `serve` again for the form it carried through."""

    def __init__(
        self, handler: Handler, *, narrow_ok: bool, purpose: str, reads: ReadsForm = read_form, answer: str = ""
    ) -> None:
        self._handler = handler
        self._reads = reads
        self._answer_at = answer
        self._narrow_ok = narrow_ok
        self._purpose = purpose
        self.__name__ = getattr(handler, "__name__", "guarded")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or lead to the sign-in page."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        panel = panel_of(request)
        session = request.state.session
        if not isinstance(session, Session):
            return to_sign_in(request, session)
        is_post = request.method == "POST"
        form = await self._reads(request) if is_post else Form({})
        mark = panel.sessions.mark_of(session)
        made_for = form.text("account") if is_post else request.query_params.get("account", mark)
        if made_for != mark:
            raise errors.AccountSwitched(made_for)
        if not is_post:
            return await self.serve(request, session, form)
        if session.is_read_only:
            return self._overtaken(session)
        await panel.sessions.can_be_written(session)
        if session.row.left_at is not None:  # the answer that took the browser elsewhere never reached it
            await panel.sessions.switch(None, session)
        response = await self._act(request, session, form)
        if response.status_code == HTTPStatus.SEE_OTHER and await panel.sessions.was_left(session):
            raise errors.AccountSwitched(mark, answer=response.headers["location"])
        return response

    async def _act(self, request: Request, session: Session, form: Form) -> Response:
        if not self._answer_at:
            return await self.serve(request, session, form)
        sessions = panel_of(request).sessions
        async with one_deed(panel_of(request), session):
            current = await sessions.find(session.id.reveal())
            if not isinstance(current, Session):
                return to_sign_in(request, current)
            return self._overtaken(current) if current.is_read_only else await self.serve(request, current, form)

    def _overtaken(self, session: Session) -> Response:
        """A form with an old id does nothing; a second click of the form that gave the new one finds its answer."""
        is_second = bool(self._answer_at) and session.state.answer == self._answer_at
        return RedirectResponse(self._answer_at if is_second else "/", status_code=303)

    async def serve(self, request: Request, session: Session, form: Form) -> Response:
        """Run the handler for an open session, with everything the guard promises."""
        return await serve(request, session, form, self._handler, narrow_ok=self._narrow_ok, purpose=self._purpose)


def signed_in(
    handler: Handler, *, narrow_ok: bool = False, purpose: str = "", reads: ReadsForm = read_form, answer: str = ""
) -> Guarded:
    """Put a handler behind the guard.

    `narrow_ok`: the page is open to a sign-in that may only change the password. `purpose` is the message id of what
    step-up is asked for ("You are about to …"). `reads` is how the form is read, for pages that take files. `answer`
    is where a form leads that gives the session new tokens and a new id: it is acted upon one at a time, so that a
    second click finds that answer.
    """
    return Guarded(handler, narrow_ok=narrow_ok, purpose=purpose, reads=reads, answer=answer)


async def serve(
    request: Request, session: Session, form: Form, handler: Handler, *, narrow_ok: bool, purpose: str
) -> Response:
    """Run a handler for an open session, with everything the guard promises."""
    panel = panel_of(request)
    try:
        if needs_refresh(panel, session):
            session = await refresh(panel, session)
        visit = _visit(request, session, form)
        if _must_change_password(visit) and not narrow_ok:
            return RedirectResponse("/password", status_code=303)
        try:
            response = await handler(visit)
        except errors.SignInExpired:
            if request.method == "POST":
                raise
            # The token may have died before its time (the server was restored, its clock differs): one fresh one.
            visit = _visit(request, await refresh(panel, session), form)
            response = await handler(visit)
    except errors.SignInExpired as error:
        if await panel.sessions.was_left(session):
            raise errors.AccountSwitched(panel.sessions.mark_of(session), answer=request.url.path) from error
        await panel.sessions.end(session)
        return to_sign_in(request, Ended.UNKNOWN)
    except errors.RecentAuthRequired:
        return await _ask_for_proof(request, session, form, purpose)
    except errors.StoreUnavailable as error:
        error.nothing_changed = request.method != "POST"
        raise
    except errors.AddressBlocked as error:
        raise await entry.whose_address(panel.transport, error, request.state.peer.address or None) from error
    await _keep_what_was_read(visit)
    notices.place(visit)
    return response


def to_sign_in(request: Request, ended: Ended | None) -> Response:
    """Lead to the sign-in page, and back afterwards where that is possible."""
    query = f"?ended={ended.value}" if ended is not None else ""
    if request.method == "GET" and request.url.path != "/":
        query += f"{'&' if query else '?'}next={quote(request.url.path)}"
    response = RedirectResponse(f"/sign-in{query}", status_code=303)
    if ended is not None:
        others.forget_session(request, cookies.Cookies(request), response)
    return response


def _visit(request: Request, session: Session, form: Form) -> Visit:
    panel = panel_of(request)
    return Visit(
        request=request,
        panel=panel,
        session=session,
        account=account_of(panel, session, request.state.peer.address),
        form=form,
    )


def _must_change_password(visit: Visit) -> bool:
    return visit.account.rights.is_narrow and not visit.session.state.narrow_seen


async def _keep_what_was_read(visit: Visit) -> None:
    """Save rights and JMAP session state when the page read newer ones; never a reason for the page to fail."""
    state = visit.session.state
    newer = state
    read = visit.account.rights
    if read.read_at.timestamp() >= state.rights_read_at and read != state.rights:
        newer = newer.with_rights(read)
    if visit.account.jmap_state != state.jmap_state and visit.account.account_id == state.account_id:
        newer = msgspec.structs.replace(newer, jmap_state=visit.account.jmap_state)
    if newer is not state:
        with suppress(errors.StoreUnavailable):
            await visit.keep(newer)


async def _ask_for_proof(request: Request, session: Session, form: Form, purpose: str) -> Response:
    """Step-up: keep what was to be done, sealed in the session, and ask who it is."""
    panel = panel_of(request)
    query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
    carried = Carried(
        path=request.url.path + query,
        fields=list(form.items()),
        purpose=purpose,
        ends_at=(panel.clock.now() + CARRIED_FOR).timestamp(),
    )
    await panel.sessions.save(session, msgspec.structs.replace(session.state, carried=carried))
    return RedirectResponse("/step-up", status_code=303)
