"""Two-factor authentication over HTTP: how it stands, turning it off, receipts, and the third outcome.

The set-up is `set_up_routes`, the recovery codes `code_routes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from starlette.routing import Route

from bulwark import errors, language
from bulwark.account.enrolment import Enrolment
from bulwark.features.two_factor import (
    FEATURE,
    code_routes,
    forms,
    main_password,
    pages,
    progress,
    refusal_texts,
    service,
    set_up_routes,
    texts,
)
from bulwark.features.two_factor.answers import Refused, receipt_page, refused_by
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin import opened
from bulwark.signin import recovery as recovery_sign_in
from bulwark.signin.guard import signed_in
from bulwark.signin.service import counted_try, password_try, signed_in_visitor
from bulwark.store.events import EventKind
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark.features.two_factor.service import State
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice

SLUG = FEATURE.slug
RECOVERY = "recovery-code"


async def show(visit: Visit) -> Response:
    """GET /two-factor: on, off, or why it cannot be managed here."""
    state = await look(visit)
    if state.unavailable is not None:
        return unavailable(visit, state)
    notice = _notice(visit.request.query_params.get("ended", ""))
    return await _on(visit, state, notice) if state.is_on else await _off(visit, state, notice)


async def look(visit: Visit) -> State:
    """Read the state; what became void by it is noted."""
    state = await service.look(visit.account, visit.panel.recovery)
    if state.voided:
        await visit.record(EventKind.RECOVERY_CODES_VOID)
    return state


def unavailable(visit: Visit, state: State) -> Response:
    """The section's page with the reason in its place."""
    error = state.unavailable or errors.FeatureAbsent()
    return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_change())


async def _off(visit: Visit, state: State, notice: Notice | None) -> Response:
    begun = await progress.waiting(visit, Enrolment)
    names = None if state.app_passwords is None else tuple(one.description for one in state.app_passwords)
    stops = await main_password.reported(visit)
    page = pages.OffPage(
        stops=stops,
        choices=() if stops else texts.use_choices(frozenset(begun.picks) if begun is not None else frozenset()),
        keeps=texts.keeps(names),
        app_password_href=_app_passwords_href(visit),
        how_known=main_password.how_known() if stops else "",
        resume_href=set_up_routes.place_of(begun) if begun is not None and begun.replaces is None else "",
        notice=notice,
    )
    return visit.page(pages.OFF, page, slug=SLUG, facts={SLUG: language.pgettext("two-factor", "Off")})


async def _on(visit: Visit, state: State, notice: Notice | None) -> Response:
    recovery = state.recovery
    shown = recovery.shown if recovery is not None else None
    page = pages.OnPage(
        since=texts.set_up_elsewhere(),
        device=texts.app_without_name().capitalize(),
        codes_note=texts.codes_not_possible(),
        app_passwords=None if state.app_passwords is None else len(state.app_passwords),
        app_passwords_href=_app_passwords_href(visit),
        notice=notice,
        unsettled_href="/two-factor/check" if recovery is not None and recovery.replacement is not None else "",
    )
    if shown is not None:
        since = shown.enrolled_at or shown.sent_at or shown.made_at
        used = await visit.panel.events.list(visit.account_keys, limit=1, kinds=[EventKind.RECOVERY_CODE_USED])
        used_day = language.long_date(used[0].at) if used and used[0].at >= shown.made_at else ""
        page = replace(
            page,
            since=texts.since(language.long_date(since)),
            device=shown.label.device or page.device,
            device_note=texts.device_note(language.long_date(since), await _last_code(visit)),
            codes_left=shown.left,
            codes_note=texts.codes_note(language.long_date(shown.made_at), used_day, saved=shown.saved),
        )
    return visit.page(pages.ON, page, slug=SLUG, facts={SLUG: language.pgettext("two-factor", "On")})


async def _last_code(visit: Visit) -> str:
    signed_in_with = await visit.panel.events.list(visit.account_keys, limit=10, kinds=[EventKind.SIGNED_IN])
    last = next((one for one in signed_in_with if one.params.get("code") == "yes"), None)
    return "" if last is None else language.moment(last.at, visit.now)


async def show_done(visit: Visit) -> Response:
    """GET /two-factor/done: the receipt of the last write."""
    receipt = receipts.peek(visit, progress.Receipt)
    return visit.go("/two-factor") if receipt is None else receipt_page(visit, receipt)


async def show_turn_off(visit: Visit) -> Response:
    """GET /two-factor/off, GET /two-factor/off?with=recovery-code."""
    state = await look(visit)
    if state.unavailable is not None:
        return unavailable(visit, state)
    if not state.is_on:
        return visit.go("/two-factor")
    with_recovery = visit.request.query_params.get("with") == RECOVERY
    return _turn_off_page(visit, state, with_recovery=with_recovery)


async def turn_off(visit: Visit) -> Response:
    """POST /two-factor/off: with a code of the app, or with a recovery code."""
    state = await look(visit)
    if state.unavailable is not None:
        return unavailable(visit, state)
    if not state.is_on:
        return visit.go("/two-factor")
    with_recovery = "recovery_code" in dict(visit.form.items())
    typed, wrong = forms.read(visit.form, code=not with_recovery, recovery_code=with_recovery)
    if typed is None:
        refused = Refused(fields=wrong, sentence=refusal_texts.look_below()[0])
        return _turn_off_page(visit, state, with_recovery=with_recovery, refused=refused)
    try:
        result = await _turn_off(visit, typed)
    except errors.OutcomeUnknown as error:
        return await set_up_routes.unknown(visit, "off", error)
    except errors.BulwarkError as error:
        return _turn_off_page(visit, state, with_recovery=with_recovery, refused=refused_by(visit, error))
    receipt = progress.Receipt(what="off", at=result.at, answer_was_lost=result.answer_was_lost)
    return await set_up_routes.finished(visit, receipt, EventKind.TWO_FACTOR_TURNED_OFF)


async def _turn_off(visit: Visit, typed: forms.Typed) -> service.Done:
    recovery, who, login = visit.panel.recovery, signed_in_visitor(visit), visit.session.state.address
    async with password_try(visit.panel, login, who):
        if typed.recovery_code is None:
            code = typed.code or Secret("")
            return await service.turn_off(visit.account, password=typed.password, code=code, recovery=recovery)
        async with recovery_sign_in.counted(visit.panel, login, who):
            return await service.turn_off_with_recovery_code(
                visit.account, password=typed.password, recovery_code=typed.recovery_code, recovery=recovery
            )


_IN_ORDER = ("password", "code", "recovery_code")  # as the page has them: the first wrong one gets the focus


def _turn_off_page(visit: Visit, state: State, *, with_recovery: bool, refused: Refused | None = None) -> Response:
    shown = state.recovery.shown if state.recovery is not None else None
    has_codes = shown is not None and shown.left > 0
    told = refused or Refused()
    page = pages.TurnOffPage(
        radius=texts.turning_off(
            shown.left if shown is not None else None,
            None if state.app_passwords is None else len(state.app_passwords),
        ),
        device=shown.label.device if shown is not None else "",
        proof="recovery-code" if with_recovery and has_codes else "code",
        switch_href=f"/two-factor/off?with={RECOVERY}" if has_codes and not with_recovery else "",
        errors={name: told.fields[name] for name in _IN_ORDER if name in told.fields},
        form_error=told.sentence,
        form_advice=told.advice,
    )
    return visit.page(pages.TURN_OFF, page, slug=SLUG, status=told.status if refused is not None else 200)


async def show_check(visit: Visit) -> Response:
    """GET /two-factor/check: a write whose answer was lost, and how to settle it."""
    unknown = await _open_question(visit)
    return visit.go("/two-factor") if unknown is None else await _unknown_page(visit, unknown)


async def check(visit: Visit) -> Response:
    """POST /two-factor/check: read what holds; after a replacement sign in with a code of each app."""
    unknown = await _open_question(visit)
    if unknown is None:
        return visit.go("/two-factor")
    try:
        if unknown.what == "replaced":
            return await _check_replacement(visit, unknown)
        state = await look(visit)
    except errors.TooManyAttempts as error:
        return await _unknown_page(visit, unknown, refused_by(visit, error))
    except errors.ServerProblem:
        return await _unknown_page(visit, unknown, Refused(sentence=refusal_texts.still_unknown()[0], status=502))
    if state.unavailable is not None:
        return unavailable(visit, state)
    if unknown.what == "on" and state.is_on:
        await visit.panel.recovery.took(visit.account.account_id, bytes.fromhex(unknown.set_id))
        await visit.record(EventKind.TWO_FACTOR_ENROLLED)
    if unknown.what == "off" and not state.is_on:
        await visit.panel.recovery.turned_off(visit.account.account_id)
        await visit.record(EventKind.TWO_FACTOR_TURNED_OFF)
    await _settled(visit, is_over=state.is_on is (unknown.what == "on"))
    return visit.page(pages.SETTLED, texts.settled("on" if state.is_on else "off"), slug=SLUG)


async def _check_replacement(visit: Visit, unknown: progress.Unknown) -> Response:
    enrolment, old_url = await _enrolment_of(visit, unknown), await opened.url_of(visit)
    typed, wrong = forms.read(visit.form, code=enrolment is None, old_code=old_url is None)
    if typed is None:
        missing = Refused(fields=wrong, sentence=_("Something is still missing below."))
        return await _unknown_page(visit, unknown, missing)
    new, old = typed.code or Secret(""), typed.old_code or Secret("")
    if enrolment is not None:
        new = await service.code_of(visit.account, Secret(enrolment.url))
    if old_url is not None:
        old = await service.code_of(visit.account, old_url)
    async with counted_try(visit.panel, "sign-in", visit.session.state.address, signed_in_visitor(visit)) as claim:
        holds = await service.which_holds(visit.account, password=typed.password, new=new, old=old)
        if holds is not service.Holds.NEITHER:
            claim.succeeded()
    await service.settle(visit.account, visit.panel.recovery, bytes.fromhex(unknown.set_id), holds)
    if holds is service.Holds.NEITHER:
        return visit.page(pages.SETTLED, texts.settled("neither"), slug=SLUG)
    if holds is service.Holds.NEW:
        await visit.record(EventKind.TWO_FACTOR_REPLACED)
    await _settled(visit, is_over=holds is service.Holds.NEW)
    said = texts.settled("new-app" if holds is service.Holds.NEW else "old-app")
    return visit.page(pages.SETTLED, said, slug=SLUG)


async def _open_question(visit: Visit) -> progress.Unknown | None:
    """What is not known: from this session, or a replacement that another one (or a killed process) left open."""
    unknown = receipts.peek(visit, progress.Unknown)
    if unknown is not None:
        return unknown
    late = (await visit.panel.recovery.state(visit.account.account_id)).replacement
    if late is None or late.sent_at is None:
        return None
    return progress.Unknown(
        what="replaced", sent_at=late.sent_at, reference=visit.request.state.reference, set_id=late.set_id.hex()
    )


async def _enrolment_of(visit: Visit, unknown: progress.Unknown) -> Enrolment | None:
    enrolment = await progress.waiting(visit, Enrolment)
    return enrolment if enrolment is not None and enrolment.set_id.hex() == unknown.set_id else None


async def _settled(visit: Visit, *, is_over: bool) -> None:
    """The question is answered; the set-up is over when it was saved, and can be tried again when not."""
    state = msgspec.structs.replace(visit.session.state, receipt=None)
    if is_over:
        await visit.panel.waiting.drop(Secret(state.enrolment))
        state = msgspec.structs.replace(state, enrolment="")
    await visit.keep(state)


async def _unknown_page(visit: Visit, unknown: progress.Unknown, refused: Refused | None = None) -> Response:
    told = refused or Refused()
    recovery = await visit.panel.recovery.state(visit.account.account_id)
    page = pages.UnknownPage(
        what=unknown.what,
        sent_at=language.time_of_day(unknown.sent_at, seconds=True),
        reference=unknown.reference,
        device=recovery.current.label.device if recovery.current is not None else "",
        asks_code=await _enrolment_of(visit, unknown) is None,
        asks_old_code=await opened.url_of(visit) is None,
        errors=told.fields,
        form_error=told.sentence,
        form_advice=told.advice,
    )
    return visit.page(pages.UNKNOWN, page, slug=SLUG, status=told.status if refused is not None else 200)


def _notice(ended: str) -> Notice | None:
    match ended:
        case "set-up":
            return texts.set_up_ended()
        case "cancelled":
            return texts.set_up_cancelled()
        case "codes":
            return texts.new_codes_ended()
        case _:
            return None


def _app_passwords_href(visit: Visit) -> str:
    return next((feature.path for feature in visit.panel.features if feature.slug == "app-passwords"), "")


ROUTES = (
    Route("/two-factor", signed_in(show), methods=["GET"]),
    Route("/two-factor/done", signed_in(show_done), methods=["GET"]),
    Route("/two-factor/off", signed_in(show_turn_off), methods=["GET"]),
    Route("/two-factor/off", signed_in(turn_off), methods=["POST"]),
    Route("/two-factor/check", signed_in(show_check), methods=["GET"]),
    Route("/two-factor/check", signed_in(check), methods=["POST"]),
    *set_up_routes.ROUTES,
    *code_routes.ROUTES,
)
