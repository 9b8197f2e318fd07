"""The third outcome of a password change over HTTP: its answer was lost, and what holds is found out here."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from typing import TYPE_CHECKING

import msgspec

from bulwark import errors, language
from bulwark.features.password import FEATURE, forms, service
from bulwark.features.password import pages as texts
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.sessions.state import from_sign_in
from bulwark.signin.routes import wait_for
from bulwark.signin.service import counted_try, signed_in_visitor
from bulwark.store.events import EventKind
from bulwark.web.page_types import Link

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.account.entry import SignedIn
    from bulwark.features.password.service import PasswordState
    from bulwark.sessions.state import SessionState
    from bulwark.sessions.visit import Visit

SLUG = FEATURE.slug


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="password-unknown"):
    """A change whose answer was lost, until it is settled."""

    sent_at: datetime
    needs_code: bool
    app_passwords: int | None
    reference: str


async def show_check(visit: Visit) -> Response:
    """GET /password/check: the third outcome, and how to settle it."""
    unknown = receipts.peek(visit, Unknown)
    return visit.go("/password") if unknown is None else _unknown_page(visit, unknown)


async def submit_check(visit: Visit) -> Response:
    """POST /password/check: sign in with the new password, then with the old one, and say which holds."""
    unknown = receipts.peek(visit, Unknown)
    if unknown is None:
        return visit.go("/password")
    new, old = visit.form.secret("new_password"), visit.form.secret("password")
    code = visit.form.code("code") if visit.form.text("code") else None
    wrong = {}
    if not new.reveal():
        wrong["new_password"] = texts.new_password_missing()
    if not old.reveal():
        wrong["password"] = texts.current_password_missing()
    if code is not None and not forms.is_code(code):
        wrong["code"] = texts.code_unreadable()
    if wrong:
        return _unknown_page(visit, unknown, wrong=wrong, status=422)
    try:
        async with counted_try(visit.panel, "sign-in", visit.session.state.address, signed_in_visitor(visit)) as claim:
            found = await service.settle(visit.account, new=new, old=old, code=code)
            if found.holds is not service.Holds.NEITHER:
                claim.succeeded()
    except errors.TooManyAttempts as error:
        wait = wait_for(visit.panel, error.until)
        sentence = _("Too many attempts. You can try again at %(time)s.", time=wait.at.text)
        return _unknown_page(visit, unknown, form_error=sentence, status=429)
    except errors.ServerProblem:
        sentence = _("The mail server still does not answer, so this is not known yet.")
        return _unknown_page(visit, unknown, form_error=sentence, status=502)
    return await _settled(visit, unknown, found)


async def keep_unknown(visit: Visit, state: PasswordState, error: errors.OutcomeUnknown) -> Response:
    """Keep what was sent and when, and lead to the page that settles it."""
    unknown = Unknown(
        sent_at=error.sent_at,
        needs_code=state.has_two_factor,
        app_passwords=None if state.app_passwords is None else len(state.app_passwords),
        reference=visit.request.state.reference,
    )
    try:
        await receipts.keep(visit, unknown)
        await visit.record(EventKind.PASSWORD_CHANGE_UNKNOWN)
    except errors.StoreUnavailable:  # what is not known must be said, whether or not it can be noted
        raise error from None
    return visit.go("/password/check")


def _unknown_page(
    visit: Visit,
    unknown: Unknown,
    *,
    wrong: dict[str, str] | None = None,
    form_error: str = "",
    status: int = 200,
) -> Response:
    page = texts.PasswordUnknownPage(
        sent_at=language.time_of_day(unknown.sent_at, seconds=True),
        needs_code=unknown.needs_code,
        reference=unknown.reference,
        app_passwords=unknown.app_passwords,
        errors=wrong or {},
        form_error=form_error,
    )
    return visit.page(texts.UNKNOWN, page, slug=SLUG, status=status)


async def _settled(visit: Visit, unknown: Unknown, found: service.Found) -> Response:
    """Say which password holds, and go on with what it opened."""
    next_step = {
        service.Holds.NEW: Link(label=_("Back to overview"), href="/"),
        service.Holds.OLD: Link(label=_("Change the password"), href="/password"),
        service.Holds.NEITHER: Link(label=_("Try once more"), href="/password/check"),
    }[found.holds]
    state = visit.session.state
    if found.holds is not service.Holds.NEITHER:
        state = msgspec.structs.replace(state, receipt=None)
    if found.signed_in is not None:
        state = goes_on(found.signed_in, visit.now, visit.session.state)
        visit.account.rights = state.rights
    elif found.holds is service.Holds.NEW:
        next_step = Link(label=_("Sign in with the new password"), href="/")
    if state is not visit.session.state:
        await visit.keep(state)
    if found.holds is service.Holds.NEW:
        await visit.record(EventKind.PASSWORD_CHANGED)
        await visit.panel.sessions.end_others(visit.session)
    page = texts.PasswordCheckedPage(holds=found.holds.value, next_step=next_step, app_passwords=unknown.app_passwords)
    return visit.page(texts.CHECKED, page, slug=SLUG)


def goes_on(signed_in: SignedIn, now: datetime, before: SessionState) -> SessionState:
    """The session after the new password opened the account; rights that stay narrow now have another reason."""
    return msgspec.structs.replace(from_sign_in(signed_in, now, before), narrow_seen=signed_in.rights.is_narrow)
