"""Signing out everywhere over HTTP: confirmation, receipt, and the third outcome."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from bulwark import errors
from bulwark.features.activity import FEATURE, service
from bulwark.features.activity import pages as texts
from bulwark.language import _
from bulwark.sessions import receipts, unknown
from bulwark.sessions.device import described
from bulwark.sessions.state import from_sign_in
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.signin.routes import CODE, wait_for
from bulwark.signin.service import password_try, signed_in_visitor
from bulwark.store.events import EventKind
from bulwark.web.page_types import Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from bulwark.features.activity.service import Before, SignedOut
    from bulwark.sessions.visit import Visit
    from stalwart_jmap import Secret

SLUG = FEATURE.slug
PATH = "/activity/sign-out-everywhere"
DONE = "/activity/signed-out"
_SIGN_IN = "/sign-in?ended=signed-out"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="signed-out-everywhere"):
    """What it did, for the page after it."""

    at: datetime
    others: int
    app_passwords: int | None
    lost: bool


async def show(visit: Visit) -> Response:
    """GET /activity/sign-out-everywhere: what stops and what stays."""
    return await _form(visit, await service.look(visit.account))


async def submit(visit: Visit) -> Response:
    """POST /activity/sign-out-everywhere."""
    before = await service.look(visit.account)
    if before.unavailable is not None:
        return await _form(visit, before)
    password = visit.form.secret("password")
    code = visit.form.code("code") if before.has_two_factor else None
    wrong = {}
    if not password.reveal():
        wrong["password"] = texts.password_missing()
    if code is not None and not CODE.fullmatch(code.reveal()):
        wrong["code"] = texts.code_unreadable()
    if wrong:
        return await _form(visit, before, wrong=wrong, note=texts.nothing_done(), status=422)
    try:
        done = await _counted(visit, password, code)
    except errors.TooManyAttempts as error:
        note = texts.too_many(wait_for(visit.panel, error.until).at.text)
        return await _form(visit, before, note=note, status=429)
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome())
    except (errors.Refusal, errors.ManagedElsewhere, errors.PermissionMissing) as error:
        return await _refused(visit, before, error)
    return await _go_on(visit, before, done)


async def show_done(visit: Visit) -> Response:
    """GET /activity/signed-out: the receipt."""
    receipt = receipts.peek(visit, Receipt)
    if receipt is None:
        return visit.go("/activity")
    if await visit.panel.sessions.end_unreached(visit.session):
        response = visit.go(_SIGN_IN)
        visit.forget_session(response)
        return response
    page = texts.SignedOutPage(
        confirmed=texts.confirmed(visit.panel.settings.server_name, receipt.at),
        points=texts.receipt_points(
            receipt.others, receipt.app_passwords, lost=receipt.lost, href=_path_of(visit, "app-passwords")
        ),
    )
    return visit.page(texts.SIGNED_OUT, page, slug=SLUG)


async def show_unknown(visit: Visit) -> Response:
    """GET /activity/unknown: the third outcome; reading again shows by our own sign-in whether it was done."""
    return unknown.show(visit, FEATURE, check=PATH)


async def _counted(visit: Visit, password: Secret, code: Secret | None) -> SignedOut:
    """With the try counted: a wrong password counts towards the server's ban as well."""
    async with password_try(visit.panel, visit.session.state.address, signed_in_visitor(visit)):
        return await service.sign_out_everywhere(visit.account, password=password, code=code)


async def _go_on(visit: Visit, before: Before, done: SignedOut) -> Response:
    """This browser goes on with new tokens under a new id; every other session of the account ends."""
    await visit.record(EventKind.SIGNED_OUT_EVERYWHERE)
    others = await visit.panel.sessions.end_others(visit.session)
    if done.signed_in is None:
        await visit.panel.sessions.end(visit.session)
        return visit.go(_SIGN_IN)
    receipt = Receipt(at=done.at, others=others, app_passwords=before.app_passwords, lost=done.answer_was_lost)
    state = msgspec.structs.replace(from_sign_in(done.signed_in, visit.now), receipt=msgspec.to_builtins(receipt))
    fresh = await visit.panel.sessions.prove_presence(visit.session, state, answer=DONE)
    if fresh is None:
        return visit.go(_SIGN_IN)
    visit.session = fresh
    visit.account.rights = state.rights
    response = visit.go(DONE)
    visit.put_session_cookie(response)
    return response


async def _refused(visit: Visit, before: Before, error: errors.BulwarkError) -> Response:
    wrong: dict[str, str] = {}
    note, weak = texts.nothing_done(), False
    match error:
        case errors.WrongPassword():
            wrong = {"password": texts.wrong_password()}
        case errors.WrongPasswordOrCode():
            note = texts.wrong_password_or_code(visit.panel.settings.server_name)
            wrong = dict.fromkeys(("password", "code"), texts.wrong_one_of_two())
        case errors.WeakPassword():
            note, weak = texts.too_weak(error.text), True
        case errors.NotApplied():
            note = texts.not_applied()
        case errors.Refused():
            note = texts.refused(error.text)
        case errors.ManagedElsewhere() | errors.PermissionMissing() | errors.NoPassword():
            return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_sign_out())
        case errors.CodeRequired():  # turned on meanwhile: the form is asked for again, with the field
            return await _form(visit, await service.look(visit.account), note=note, status=422)
        case _:
            raise error
    return await _form(visit, before, wrong=wrong, note=note, weak=weak, status=422)


async def _form(
    visit: Visit,
    before: Before,
    *,
    wrong: Mapping[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    weak: bool = False,
    status: int = 200,
) -> Response:
    if before.unavailable is not None:
        return unavailable_page(visit, FEATURE, before.unavailable, cannot=texts.cannot_sign_out())
    others = [
        described(one.shown.device) for one in await visit.panel.sessions.listed(visit.session) if not one.is_this
    ]
    href = _path_of(visit, "app-passwords")
    page = texts.SignOutPage(
        radius=texts.radius(others, before.app_passwords, needs_code=before.has_two_factor),
        needs_code=before.has_two_factor,
        app_passwords=Link(label=_("Revoke those separately"), href=href) if href and before.app_passwords else None,
        weak=weak,
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(texts.SIGN_OUT, page, slug=SLUG, status=status)


def _path_of(visit: Visit, slug: str) -> str:
    return next((feature.path for feature in visit.panel.features if feature.slug == slug), "")


ROUTES = (
    Route(PATH, signed_in(show), methods=["GET"]),
    Route(PATH, signed_in(submit, answer=DONE), methods=["POST"]),
    Route(DONE, signed_in(show_done), methods=["GET"]),
    Route("/activity/unknown", signed_in(show_unknown), methods=["GET"]),
)
