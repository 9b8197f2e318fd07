"""The password over HTTP: form, receipt, and the page of the third outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse
from starlette.routing import Route

from bulwark import errors, language
from bulwark.features.password import FEATURE, forms, service
from bulwark.features.password import pages as texts
from bulwark.features.password.check_routes import goes_on, keep_unknown, show_check, submit_check
from bulwark.features.password.strength import estimate
from bulwark.language import _
from bulwark.sessions import cookies, receipts
from bulwark.sessions.device import described
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin import opened
from bulwark.signin.guard import signed_in
from bulwark.signin.routes import wait_for
from bulwark.signin.service import password_try, signed_in_visitor
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.password.service import Change, Changed, PasswordState
    from bulwark.sessions.visit import Visit

SLUG = FEATURE.slug
CHANGED = "/password/changed"
ESTIMATES_A_SECOND = 5
MAX_ESTIMATED = 1024  # bytes


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="password-changed"):
    """What the last change did, for the page after it."""

    at: datetime
    others: int
    after: service.AppPasswordsAfter
    kept: int
    revoked: int
    answer_was_lost: bool


async def show(visit: Visit) -> Response:
    """GET /password."""
    return await _form(visit, await service.look(visit.account))


async def submit(visit: Visit) -> Response:
    """POST /password: change it."""
    state = await service.look(visit.account)
    if state.unavailable is not None:
        return await _form(visit, state)
    computed = await opened.code_of(visit) if state.has_two_factor else None
    wanted, wrong = forms.read(visit.form, needs_code=state.has_two_factor and computed is None)
    if wanted is None:
        sentence, advice = texts.not_saved_look_below()
        return await _form(visit, state, errors_=wrong, form_error=sentence, form_advice=advice, status=422)
    if computed is not None:
        wanted = replace(wanted, code=computed)
    try:
        changed = await _change(visit, wanted)
    except errors.TooManyAttempts as error:
        wait = wait_for(visit.panel, error.until)
        sentence = _("Not saved. Too many attempts: you can try again at %(time)s.", time=wait.at.text)
        return await _form(visit, state, form_error=sentence, status=429)
    except (errors.Refusal, errors.ManagedElsewhere, errors.PermissionMissing) as error:
        return await _refused(visit, state, error)
    except errors.OutcomeUnknown as error:
        return await keep_unknown(visit, state, error)
    try:
        return await _go_on(visit, changed)
    except errors.StoreUnavailable:  # the change is done and must not look undone because our own records fail
        return _sign_in_again(visit)


async def show_changed(visit: Visit) -> Response:
    """GET /password/changed: the receipt of the last change."""
    receipt = receipts.peek(visit, Receipt)
    if receipt is None:
        return visit.go("/password")
    if await visit.panel.sessions.end_unreached(visit.session):
        return _sign_in_again(visit)
    points = [texts.signed_in_again()]
    if receipt.answer_was_lost:
        points = [texts.answer_was_lost(), *points]
    if receipt.others:
        points.append(texts.sessions_ended(receipt.others))
    points.append(texts.browsers_signed_out())
    match receipt.after:
        case service.AppPasswordsAfter.KEPT if receipt.kept:
            points.append(texts.app_passwords_kept(receipt.kept, _app_passwords_href(visit)))
        case service.AppPasswordsAfter.REVOKED:
            points.append(texts.app_passwords_revoked(receipt.revoked))
        case service.AppPasswordsAfter.PARTLY:
            points.append(texts.app_passwords_not_revoked(receipt.kept))
        case service.AppPasswordsAfter.UNREAD:
            points.append(texts.app_passwords_unread())
        case _:
            pass
    page = texts.PasswordSavedPage(
        confirmed=texts.confirmed_sentence(visit.panel.settings.server_name, receipt.at),
        points=tuple(points),
        report_href="/activity/not-me",
    )
    return visit.page(texts.SAVED, page, slug=SLUG)


async def strength(visit: Visit) -> Response:
    """POST /password/strength: an estimate while typing; nothing of it is kept or logged."""
    account_key = visit.account_keys[0]
    if not await visit.panel.rates.allow(account_key, "strength", ESTIMATES_A_SECOND, timedelta(seconds=1), visit.now):
        return JSONResponse({"error": "too many"}, status_code=429)
    typed = visit.form.secret("new_password")
    if len(typed.reveal().encode()) > MAX_ESTIMATED:
        return JSONResponse({"score": 0, "message": texts.strength(0, too_long=True).message})
    found = await estimate(typed)
    return JSONResponse({"score": found.score, "message": found.message} if found is not None else {})


async def _change(visit: Visit, wanted: Change) -> Changed:
    """Change it with the try counted: a wrong current password counts towards the server's ban as well."""
    async with password_try(visit.panel, visit.session.state.address, signed_in_visitor(visit)):
        return await service.change(visit.account, wanted)


async def _go_on(visit: Visit, changed: Changed) -> Response:
    """The session goes on with the new tokens; every other one of this account has dead tokens and ends."""
    await visit.record(EventKind.PASSWORD_CHANGED)
    others = await visit.panel.sessions.end_others(visit.session)
    if changed.signed_in is None:
        await visit.panel.sessions.end(visit.session)
        return _sign_in_again(visit)
    receipt = Receipt(
        at=changed.at,
        others=others,
        after=changed.app_passwords,
        kept=changed.kept,
        revoked=changed.revoked,
        answer_was_lost=changed.answer_was_lost,
    )
    state = msgspec.structs.replace(
        goes_on(changed.signed_in, visit.now, visit.session.state), receipt=msgspec.to_builtins(receipt)
    )
    fresh = await visit.panel.sessions.prove_presence(visit.session, state, answer=CHANGED)
    if fresh is None:
        return _sign_in_again(visit)
    visit.session = fresh
    visit.account.rights = state.rights
    response = visit.go(CHANGED)
    visit.put_session_cookie(response)
    return response


def _sign_in_again(visit: Visit) -> Response:
    """The change is confirmed, and this session cannot go on."""
    response = visit.go("/sign-in?ended=password-changed")
    cookies.Cookies(visit.request).drop(response, cookies.SESSION)
    return response


async def _refused(visit: Visit, state: PasswordState, error: errors.BulwarkError) -> Response:
    """The form again, with the refusal at its field."""
    wrong: dict[str, str] = {}
    sentence, advice = "", ""
    match error:
        case errors.WrongPassword():
            wrong = {"password": texts.wrong_password()}
        case errors.WrongPasswordOrCode():
            sentence, advice = texts.wrong_password_or_code(visit.panel.settings.server_name)
            wrong = dict.fromkeys(("password", "code"), texts.wrong_one_of_two())
        case errors.CodeRequired():
            wrong = {"code": texts.code_required()}
            state = replace(state, has_two_factor=True)
        case errors.WeakPassword():
            wrong = {"new_password": texts.weak_password(error.text)}
        case errors.NoPassword():
            sentence, advice = texts.no_password()
        case errors.NotApplied():
            sentence, advice = texts.not_applied()
        case errors.ManagedElsewhere() | errors.PermissionMissing():
            return await _form(visit, replace(state, unavailable=error), status=403)
        case errors.Refused():
            sentence, advice = texts.not_saved(error.text)
        case _:
            raise error
    if not sentence:
        sentence, advice = texts.not_saved_nothing_changed()
    return await _form(visit, state, errors_=wrong, form_error=sentence, form_advice=advice, status=422)


async def _other_sessions(visit: Visit) -> tuple[str, ...]:
    listed = await visit.panel.sessions.listed(visit.session)
    return tuple(
        _(
            "%(device)s, %(address)s, last active %(when)s",
            device=described(one.shown.device),
            address=one.shown.address,
            when=language.moment(one.last_used_at, visit.now),
        )
        for one in listed
        if not one.is_this
    )


async def _form(
    visit: Visit,
    state: PasswordState,
    *,
    errors_: dict[str, str] | None = None,
    form_error: str = "",
    form_advice: str = "",
    status: int = 200,
) -> Response:
    if state.unavailable is not None:
        return unavailable_page(visit, FEATURE, state.unavailable, cannot=texts.cannot_change())
    needs_code = state.has_two_factor and await opened.url_of(visit) is None
    policy = visit.panel.settings.policy_text or texts.usual_policy()
    measured = await estimate(visit.form.secret("new_password"))
    if visit.account.rights.is_narrow and not visit.session.state.narrow_seen:
        page: texts.PasswordExpiredPage | texts.PasswordPage = texts.PasswordExpiredPage(
            needs_code=needs_code,
            policy=policy,
            strength=measured,
            errors=errors_ or {},
            form_error=form_error,
            form_advice=form_advice,
        )
        return visit.page(texts.EXPIRED, page, slug=SLUG, status=status)
    page = texts.PasswordPage(
        needs_code=needs_code,
        policy=policy,
        app_passwords=None if state.app_passwords is None else len(state.app_passwords),
        can_revoke_app_passwords=state.why_not_revoke is None,
        revoke=visit.form.text("app_passwords") == "revoke",
        other_sessions=await _other_sessions(visit),
        strength=measured,
        errors=errors_ or {},
        form_error=form_error,
        form_advice=form_advice,
    )
    return visit.page(texts.PASSWORD, page, slug=SLUG, status=status)


def _app_passwords_href(visit: Visit) -> str:
    return next((feature.path for feature in visit.panel.features if feature.slug == "app-passwords"), "")


ROUTES = (
    Route("/password", signed_in(show, narrow_ok=True), methods=["GET"]),
    Route("/password", signed_in(submit, narrow_ok=True, answer=CHANGED), methods=["POST"]),
    Route(CHANGED, signed_in(show_changed, narrow_ok=True), methods=["GET"]),
    Route("/password/check", signed_in(show_check, narrow_ok=True), methods=["GET"]),
    Route("/password/check", signed_in(submit_check, narrow_ok=True), methods=["POST"]),
    Route("/password/strength", signed_in(strength, narrow_ok=True), methods=["POST"]),
)
