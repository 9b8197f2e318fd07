"""Signing in with a recovery code: the way back without the phone, which leads straight to a new authenticator.

The password was proven in the step before and waits under its seal. What the code opened is kept for a quarter of an
hour, so that the new set-up asks for no code of the lost app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors
from bulwark.account import authenticator, recovery_codes, recovery_entry
from bulwark.account.enrolment import Enrolment, OpenedAuthenticator
from bulwark.sessions.device import device_of
from bulwark.sessions.panel import panel_of
from bulwark.sessions.state import Waits
from bulwark.signin import pages as texts
from bulwark.signin import pending, service
from bulwark.signin.gate import gate_page
from bulwark.signin.pending import PendingSignIn
from bulwark.signin.routes import enter, pending_id_of, start_again, visitor_of, wait_for
from bulwark.store.events import Event, EventKind
from bulwark.web.forms import read_form
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.account.recovery_entry import EnteredWithCode, Spend
    from bulwark.sessions.panel import Panel
    from bulwark.signin.service import Visitor
    from bulwark.store.recovery import RecoverySet

PURPOSE = "recovery"
REPLACE = "/two-factor/set-up/1"


async def show(request: Request) -> Response:
    """GET /sign-in/recovery."""
    waiting = await pending.peek(panel_of(request), pending_id_of(request), PendingSignIn)
    if waiting is None:
        return start_again(request)
    return gate_page(request, texts.RECOVERY, texts.RecoveryPage(login=waiting.login))


async def submit(request: Request) -> Response:
    """POST /sign-in/recovery."""
    panel = panel_of(request)
    form = await read_form(request)
    pending_id = pending_id_of(request)
    waiting = await pending.peek(panel, pending_id, PendingSignIn)
    if waiting is None:
        return start_again(request)
    code = recovery_codes.read(form.secret("recovery_code"))
    if code is None:
        wrong = {"recovery_code": texts.recovery_code_unreadable()}
        return gate_page(request, texts.RECOVERY, texts.RecoveryPage(login=waiting.login, errors=wrong), 422)
    if not await pending.spend_try(panel, pending_id):
        await pending.drop(panel, pending_id)
        return start_again(request)
    try:
        visitor = visitor_of(request, panel, waiting.login)
        sets = await panel.recovery.sets_of_login(waiting.login)
        if not sets:
            sentence, advice = texts.no_recovery_codes_known()
            page = texts.RecoveryPage(login=waiting.login, form_error=sentence, form_advice=advice)
            return gate_page(request, texts.RECOVERY, page, 422)
        entered = await prove(
            panel, sets, login=waiting.login, password=Secret(waiting.password), code=code, visitor=visitor
        )
    except errors.TooManyAttempts as error:
        page = texts.RecoveryPage(login=waiting.login, wait=wait_for(panel, error.until))
        return gate_page(request, texts.RECOVERY, page, 429)
    except (errors.WrongRecoveryCode, errors.RecoveryCodeBusy) as error:
        wrong = {"recovery_code": refusal_of(error)}
        return gate_page(request, texts.RECOVERY, texts.RecoveryPage(login=waiting.login, errors=wrong), 422)
    except errors.AuthenticatorChanged as error:
        sentence, advice = texts.authenticator_changed(replacing=error.replacing)
        page = texts.RecoveryPage(login=waiting.login, form_error=sentence, form_advice=advice)
        return gate_page(request, texts.RECOVERY, page, 422)
    except errors.SignInProblem:
        await pending.drop(panel, pending_id)
        return start_again(request)
    await pending.drop(panel, pending_id)
    return await _go_in(request, panel, entered, waiting.login)


async def prove(
    panel: Panel,
    sets: Sequence[RecoverySet],
    *,
    login: str,
    password: Secret,
    code: Secret,
    visitor: Visitor,
    spend: Spend = recovery_entry.at_once,
) -> EnteredWithCode:
    """Sign in with password and recovery code, both counted as tries.

    Raises:
        TooManyAttempts: the panel's own limit. Otherwise as `recovery_entry.enter`.
    """
    async with counted(panel, login, visitor), service.counted_try(panel, "sign-in", login, visitor) as claim:
        try:
            entered = await recovery_entry.enter(
                panel.transport,
                panel.recovery,
                sets,
                login=login,
                password=password,
                code=code,
                forwarded_for=visitor.address or None,
                clock=panel.clock,
                spend=spend,
            )
        except (
            errors.WrongRecoveryCode,
            errors.RecoveryCodeBusy,
            errors.AuthenticatorChanged,
            errors.SignInExpired,
        ):
            claim.void()  # the password was not judged, or was right
            raise
        claim.succeeded()
    return entered


def counted(panel: Panel, login: str, visitor: Visitor) -> AbstractAsyncContextManager[None]:
    """Count a try of a recovery code: only a wrong one stays counted. Raises as `judged_try`."""
    return service.judged_try(panel, PURPOSE, login, visitor, errors.WrongRecoveryCode)


def refusal_of(error: errors.WrongRecoveryCode | errors.RecoveryCodeBusy) -> str:
    """The sentence at the field `recovery_code`."""
    if isinstance(error, errors.RecoveryCodeBusy):
        return texts.recovery_code_busy()
    return texts.wrong_recovery_code()


async def _go_in(request: Request, panel: Panel, entered: EnteredWithCode, login: str) -> Response:
    """Begin the session with a replacement under way, for which what was opened answers."""
    account = entered.signed.session
    now, key = panel.clock.now(), panel.recovery.account_keys(account.account_id)[0]
    opened = OpenedAuthenticator(url=entered.opened.url.reveal())
    enrolment = Enrolment(
        url=authenticator.new_url(panel.settings.totp_issuer, account.username).reveal(),
        replaces=entered.opened.facts.label.device,
        came_with_code=entered.left,
    )
    waits = Waits(
        enrolment=await panel.waiting.keep(enrolment, key, now),
        opened=await panel.waiting.keep(opened, key, now),
    )
    event = Event(
        kind=EventKind.RECOVERY_CODE_USED,
        at=now,
        address=request.state.peer.address,
        device=device_of(request.headers.get("user-agent", "")),
        params={"left": str(entered.left)},
    )
    await panel.events.add(key, event)
    return await enter(request, entered.signed, login=login, target=REPLACE, with_code=True, waits=waits)


ROUTES = (
    Route("/sign-in/recovery", show, methods=["GET"]),
    Route("/sign-in/recovery", submit, methods=["POST"]),
)
