"""Step-up: a proof of presence not older than ten minutes, checked by a sign-in at the server.

Never by a no-op change: the server answers those without checking anything. The request that asked for the proof is
carried through afterwards, inside the panel, so that nothing typed is lost and nothing is sent twice. With two-factor
on, a recovery code may stand in for the code; it is used up in one transaction with what it unlocks.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec
from starlette.requests import Request
from starlette.routing import Match, Route

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import entry, recovery_codes
from bulwark.language import N_, _
from bulwark.signin import pages as texts
from bulwark.signin import recovery, redirect_pages, service
from bulwark.signin.guard import Guarded, signed_in
from bulwark.signin.routes import CODE, inner, wait_for
from bulwark.store.events import EventKind
from bulwark.web.forms import Form
from bulwark.web.page_types import Link
from stalwart_jmap.objects import account_password

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from bulwark.account.recovery import Use
    from bulwark.account.token_source import TokenSource
    from bulwark.sessions.state import Carried, SessionState
    from bulwark.sessions.visit import Visit
    from bulwark.store.engine import Alongside
    from stalwart_jmap import Secret

RECOVERY = "recovery-code"
DEFAULT_PURPOSE = N_("You are about to change how your account is protected.")


async def show(visit: Visit) -> Response:
    """GET /step-up, GET /step-up?with=recovery-code; signed in elsewhere, the way there."""
    if (source := visit.session.state.source) is not None:
        return visit.page(redirect_pages.STEP_UP, _page_elsewhere(visit, source))
    with_recovery = visit.request.query_params.get("with") == RECOVERY
    return visit.page(texts.STEP_UP, await _page(visit, with_recovery=with_recovery))


async def submit(visit: Visit) -> Response:
    """POST /step-up: prove presence, then do what was asked for."""
    if visit.form.text("recovery_code"):
        return await _with_recovery_code(visit)
    password, code = visit.form.secret("password"), visit.form.code("code")
    needs_code = bool(code.reveal()) or await _needs_code(visit)
    wrong: dict[str, str] = {}
    if not password.reveal():
        wrong["password"] = texts.password_missing()
    if needs_code and not CODE.fullmatch(code.reveal()):
        wrong["code"] = texts.code_unreadable()
    if wrong:
        return visit.page(texts.STEP_UP, await _page(visit, needs_code=needs_code, wrong=wrong), status=422)
    try:
        tokens = await prove(visit, password, code if needs_code else None)
    except errors.TooManyAttempts as error:
        page = await _page(visit, needs_code=needs_code, blocked=error)
        return visit.page(texts.STEP_UP, page, status=429)
    except errors.CodeRequired:
        page = await _page(visit, needs_code=True, wrong={"code": texts.code_needed()})
        return visit.page(texts.STEP_UP, page, status=422)
    if tokens is None:
        page = await _page(visit, needs_code=needs_code, refused=True)
        return visit.page(texts.STEP_UP, page, status=422)
    return await go_on(visit, tokens)


async def _with_recovery_code(visit: Visit) -> Response:
    """The same with password and recovery code."""
    password, code = visit.form.secret("password"), recovery_codes.read(visit.form.secret("recovery_code"))
    wrong: dict[str, str] = {}
    if not password.reveal():
        wrong["password"] = texts.password_missing()
    if code is None:
        wrong["recovery_code"] = texts.recovery_code_unreadable()
    form_error, advice = "", ""
    if not wrong and code is not None:
        carried = carried_of(visit)
        try:
            entered = await recovery.prove(
                visit.panel,
                await visit.panel.recovery.sets_of(visit.account.account_id),
                login=visit.session.state.address,
                password=password,
                code=code,
                visitor=service.signed_in_visitor(visit),
                spend=partial(_spend, visit),
            )
        except errors.TooManyAttempts as error:
            page = await _page(visit, needs_code=True, with_recovery=True, blocked=error)
            return visit.page(texts.STEP_UP, page, status=429)
        except (errors.WrongRecoveryCode, errors.RecoveryCodeBusy) as error:
            wrong = {"recovery_code": recovery.refusal_of(error)}
        except errors.AuthenticatorChanged as error:
            form_error, advice = texts.authenticator_changed_step_up(replacing=error.replacing)
        except errors.SignInRefused:
            wrong = {"password": texts.wrong_step_up()}
        else:
            await visit.record(EventKind.RECOVERY_CODE_USED, left=str(entered.left))
            return await _unlocked(visit, carried)
    page = await _page(visit, needs_code=True, with_recovery=True, wrong=wrong)
    page = replace(page, form_error=form_error, form_advice=advice)
    return visit.page(texts.STEP_UP, page, status=422)


async def _spend(visit: Visit, use: Use, signed: entry.SignedIn) -> None:
    """Use the code up for the unlocked session: what did not unlock, because it was left meanwhile, cost no code."""
    await use.spend(partial(unlock, visit, _proven(visit, signed.tokens)))


async def prove(visit: Visit, password: Secret, code: Secret | None) -> jmap.Tokens | None:
    """Sign in with what was typed; the tokens when it was right, None when not.

    Raises:
        TooManyAttempts: the panel's own limit. ServerProblem: the server does not judge.
        CodeRequired: the password is right, and two-factor is on although that could not be read.
    """
    panel, login = visit.panel, visit.session.state.address
    async with service.counted_try(panel, "sign-in", login, service.signed_in_visitor(visit)) as claim:
        answer = await entry.exchange(
            panel.transport, login=login, password=password, code=code, forwarded_for=visit.address or None
        )
        if isinstance(answer, entry.CodeNeeded):
            claim.void()
            raise errors.CodeRequired
        if answer is not None:
            claim.succeeded()
    return answer


async def go_on(visit: Visit, tokens: jmap.Tokens) -> Response:
    """Give the session a new id and fresh tokens, then carry the kept request through."""
    carried = carried_of(visit)
    await unlock(visit, _proven(visit, tokens))
    return await _unlocked(visit, carried)


def _proven(visit: Visit, tokens: jmap.Tokens) -> SessionState:
    return msgspec.structs.replace(visit.session.state.with_tokens(tokens, visit.now), carried=None)


async def _unlocked(visit: Visit, carried: Carried | None) -> Response:
    response = await carry_on(visit, carried)
    visit.put_session_cookie(response)
    return response


async def unlock(visit: Visit, state: SessionState, alongside: Alongside | None = None) -> None:
    """Presence is proven: the session goes on under a new id, in a new state.

    Raises:
        SignInExpired: it ended, got another new id, or was left meanwhile; `alongside` is not written then.
    """
    fresh = await visit.panel.sessions.prove_presence(visit.session, state, alongside=alongside)
    if fresh is None:
        raise errors.SignInExpired
    visit.session = fresh
    visit.request.state.fresh_session = fresh  # its cookie goes out with whatever answer there will be
    await visit.record(EventKind.STEPPED_UP)


async def carry_on(visit: Visit, carried: Carried | None) -> Response:
    """Do what was asked for before presence was proven, unless the form was another tab's."""
    if carried is None:
        return visit.go("/")
    if visit.form.text("carried") and visit.form.text("carried") != carried.mark:
        return visit.go(carried.path if not carried.fields else "/")
    return await _carry_through(visit, carried) if carried.fields else visit.go(carried.path)


async def _carry_through(visit: Visit, carried: Carried) -> Response:
    """Serve the kept form as if it had just been sent, by the very handler it was sent to."""
    scope = {**visit.request.scope, "path": carried.path, "raw_path": carried.path.encode(), "query_string": b""}
    for route in visit.request.app.routes:
        match, matched = route.matches(scope)
        if match is Match.FULL and isinstance(route.endpoint, Guarded):
            request = Request({**scope, **matched})
            return await route.endpoint.serve(request, visit.session, Form.of(carried.fields))
    return visit.go("/")


async def lock(visit: Visit) -> Response:
    """POST /lock: forget the proof of presence at once."""
    await visit.panel.sessions.lock(visit.session)
    return visit.go(inner(visit.form.text("next")) or "/")


async def _page(
    visit: Visit,
    *,
    needs_code: bool | None = None,
    with_recovery: bool = False,
    wrong: dict[str, str] | None = None,
    blocked: errors.TooManyAttempts | None = None,
    refused: bool = False,
) -> texts.StepUpPage:
    asks_code = await _needs_code(visit) if needs_code is None else needs_code
    carried = carried_of(visit)
    has_codes = asks_code and bool(await visit.panel.recovery.sets_of(visit.account.account_id))
    proof: Literal["none", "code", "recovery-code"] = "code" if asks_code else "none"
    switch_href = f"/step-up?with={RECOVERY}" if has_codes else ""
    if asks_code and with_recovery:
        proof, switch_href = "recovery-code", "/step-up"
    sentence, advice = texts.wrong_step_up_or_code() if refused and asks_code else ("", "")
    if refused and not asks_code:
        wrong = {"password": texts.wrong_step_up()}
    return texts.StepUpPage(
        purpose=_purpose(carried),
        carried=carried.mark if carried is not None else "",
        proof=proof,
        switch_href=switch_href,
        cancel_href=_back(carried),
        errors=wrong or {},
        form_error=sentence,
        form_advice=advice,
        wait=wait_for(visit.panel, blocked.until) if blocked is not None else None,
    )


def _page_elsewhere(visit: Visit, source: TokenSource) -> redirect_pages.StepUpPage:
    settings, carried = visit.panel.settings, carried_of(visit)
    name = settings.sso.name_of(source.issuer) if source.is_external else settings.server_name
    return redirect_pages.StepUpPage(
        purpose=_purpose(carried), way=Link(label=name, href="/step-up/redirect"), cancel_href=_back(carried)
    )


def _purpose(carried: Carried | None) -> str:
    return _((carried.purpose if carried is not None else "") or DEFAULT_PURPOSE)


def _back(carried: Carried | None) -> str:
    return carried.path if carried is not None and not carried.fields else "/"


async def _needs_code(visit: Visit) -> bool:
    """Whether two-factor is on; where that cannot be read, no code is asked for and the server decides."""
    response = await visit.account.read(account_password.get_call("password"))
    result = response.get("password")
    found = None if isinstance(result, jmap.MethodError) else account_password.parse(result)
    return found is not None and found.has_two_factor


def carried_of(visit: Visit) -> Carried | None:
    """The request that waits for the proof, if it is not too old."""
    carried = visit.session.state.carried
    if carried is None or carried.ends_at < visit.now.timestamp():
        return None
    return carried


ROUTES: Sequence[BaseRoute] = (
    Route("/step-up", signed_in(show), methods=["GET"]),
    Route("/step-up", signed_in(submit), methods=["POST"]),
    Route("/lock", signed_in(lock), methods=["POST"]),
)
