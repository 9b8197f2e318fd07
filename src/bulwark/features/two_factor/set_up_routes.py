"""The three steps of a set-up, first or replacement, over HTTP. Reload, back and no script are all the same to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bulwark import errors, language
from bulwark.account import authenticator
from bulwark.account.enrolment import Enrolment
from bulwark.account.recovery import Label
from bulwark.features.two_factor import FEATURE, forms, main_password, pages, progress, refusal_texts, service, texts
from bulwark.features.two_factor.answers import Refused, receipt_page, refused_by, with_both_marked
from bulwark.language import N_
from bulwark.sessions.unavailable import unavailable_page
from bulwark.signin import opened
from bulwark.signin.guard import signed_in
from bulwark.signin.service import password_try, signed_in_visitor
from bulwark.store.events import EventKind
from bulwark.web import qr
from stalwart_jmap import Secret
from stalwart_jmap.totp import base32

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.responses import Response

    from bulwark.features.two_factor.service import Done, State
    from bulwark.sessions.visit import Visit
    from bulwark.signin.guard import Handler

SLUG = FEATURE.slug
PURPOSE = N_("You are about to set up two-factor authentication.")
PURPOSE_REPLACE = N_("You are about to replace the authenticator app.")


def place_of(enrolment: Enrolment) -> str:
    """Where a set-up goes on."""
    if not enrolment.codes:
        return "/two-factor/set-up/1"
    return "/two-factor/set-up/2" if enrolment.proof is None else "/two-factor/set-up/3"


async def start(visit: Visit) -> Response:
    """POST /two-factor/set-up: begin, or go on with what was begun."""
    visit.require_recent_auth()
    state = await service.look(visit.account, visit.panel.recovery)
    if state.unavailable is not None:
        return unavailable_page(visit, FEATURE, state.unavailable, cannot=texts.cannot_change())
    if state.is_on:
        return visit.go("/two-factor")
    known = {choice.value for choice in texts.use_choices()}
    picks = tuple(one for one in visit.form.many("pick") if one in known)
    begun = await progress.waiting(visit, Enrolment)
    if begun is not None and begun.replaces is None:
        await progress.go_on(visit, msgspec.structs.replace(begun, picks=picks))
        return visit.go(place_of(begun))
    await progress.begin(visit, Enrolment(url=_new_url(visit), picks=picks))
    return visit.go("/two-factor/set-up/1")


async def start_replacing(visit: Visit) -> Response:
    """POST /two-factor/replace: the same three steps, while the old app keeps working."""
    visit.require_recent_auth()
    state = await service.look(visit.account, visit.panel.recovery)
    if state.unavailable is not None:
        return unavailable_page(visit, FEATURE, state.unavailable, cannot=texts.cannot_change())
    if not state.is_on:
        return visit.go("/two-factor")
    if state.recovery is not None and state.recovery.replacement is not None:
        return visit.go("/two-factor/check")
    begun = await progress.waiting(visit, Enrolment)
    if begun is not None and begun.replaces is not None:
        return visit.go(place_of(begun))
    shown = state.recovery.shown if state.recovery is not None else None
    await progress.begin(
        visit, Enrolment(url=_new_url(visit), replaces=shown.label.device if shown is not None else "")
    )
    return visit.go("/two-factor/set-up/1")


async def cancel(visit: Visit) -> Response:
    """POST /two-factor/set-up/cancel: nothing was sent, so nothing is to be undone."""
    await progress.abandon(visit)
    await visit.keep(msgspec.structs.replace(visit.session.state, enrolment=""))
    return visit.go("/two-factor?ended=cancelled")


def in_set_up(handler: Callable[[Visit, Enrolment], Awaitable[Response]], *, needs_codes: bool = False) -> Handler:
    """A step: called with the set-up under way; without one the person is told that it ended."""

    async def step(visit: Visit) -> Response:
        enrolment = await progress.waiting(visit, Enrolment)
        if enrolment is None:
            return visit.go("/two-factor?ended=set-up" if visit.session.state.enrolment else "/two-factor")
        if needs_codes and not enrolment.codes:
            return visit.go("/two-factor/set-up/1")
        return await handler(visit, enrolment)

    return step


async def show_add(visit: Visit, enrolment: Enrolment) -> Response:
    """GET /two-factor/set-up/1: QR code, link and key."""
    url = Secret(enrolment.url)
    parts = authenticator.parse(url)
    came = enrolment.came_with_code
    page = pages.AddPage(
        qr=qr.draw(url.reveal()),
        otpauth=url.reveal(),
        key=base32(parts.key).reveal(),
        issuer=parts.issuer or "",
        label=parts.account,
        device=enrolment.device,
        replacing=_replacing(enrolment),
        notice=None if came is None else texts.signed_in_with_recovery_code(came),
    )
    return visit.page(pages.ADD, page, slug=SLUG)


async def submit_add(visit: Visit, enrolment: Enrolment) -> Response:
    """POST /two-factor/set-up/1: the name of the device; the recovery set is made and durable before it is shown."""
    changed = msgspec.structs.replace(enrolment, device=forms.device_name(visit.form), came_with_code=None)
    if not changed.codes:
        logins = (visit.account.address, visit.session.state.signed_in_as)
        new = await visit.panel.recovery.make(visit.account.account_id, logins, Secret(enrolment.url))
        changed = msgspec.structs.replace(
            changed,
            codes=tuple(code.reveal() for code in new.codes),
            set_id=new.set_id,
            asked=progress.any_number(new.codes),
        )
    await progress.go_on(visit, changed)
    return visit.go("/two-factor/set-up/2")


async def show_save(visit: Visit, enrolment: Enrolment) -> Response:
    """GET /two-factor/set-up/2: the codes, before anything is on."""
    return _save_page(visit, enrolment)


async def submit_save(visit: Visit, enrolment: Enrolment) -> Response:
    """POST /two-factor/set-up/2: one code typed back, or the check left out on purpose."""
    is_proven = forms.is_proof(visit.form, enrolment.codes, enrolment.asked)
    if not is_proven and not visit.form.ticked("skip"):
        return _save_page(visit, enrolment, wrong=refusal_texts.wrong_proof(enrolment.asked))
    if is_proven:
        await visit.panel.recovery.saved(enrolment.set_id)
    await progress.go_on(visit, msgspec.structs.replace(enrolment, proof=is_proven or bool(enrolment.proof)))
    return visit.go("/two-factor/set-up/3")


async def download(visit: Visit, enrolment: Enrolment) -> Response:
    """POST /two-factor/set-up/codes.txt: the codes as a text file."""
    return codes_file(visit, enrolment.codes)


async def sheet(visit: Visit, enrolment: Enrolment) -> Response:
    """GET /two-factor/set-up/sheet: the codes to print."""
    return codes_sheet(visit, enrolment.codes)


async def show_confirm(visit: Visit, enrolment: Enrolment) -> Response:
    """GET /two-factor/set-up/3."""
    if enrolment.proof is None:
        return visit.go("/two-factor/set-up/2")
    return await _confirm_page(visit, enrolment)


async def submit_confirm(visit: Visit, enrolment: Enrolment) -> Response:
    """POST /two-factor/set-up/3: checked here first, then one call that turns it on or replaces it."""
    if enrolment.proof is None:
        return visit.go("/two-factor/set-up/2")
    state = await service.look(visit.account, visit.panel.recovery)
    if state.unavailable is not None:
        return unavailable_page(visit, FEATURE, state.unavailable, cannot=texts.cannot_change())
    old_url = await opened.url_of(visit) if enrolment.replaces is not None else None
    needs_old_code = _needs_old_code(enrolment, state, old_url)
    typed, wrong = forms.read(visit.form, code=True, old_code=needs_old_code)
    if typed is None:
        return await _confirm_page(visit, enrolment, Refused(fields=wrong, sentence=refusal_texts.look_below()[0]))
    try:
        done = await _send(visit, enrolment, state, typed, old_url)
    except errors.Gone:
        await progress.abandon(visit)
        return visit.go("/two-factor?ended=set-up")
    except errors.OutcomeUnknown as error:
        return await unknown(visit, "replaced" if state.is_on else "on", error, enrolment)
    except errors.WrongPasswordOrCode as error:
        told = with_both_marked(refused_by(visit, error), "old_code", "password")
        return await _confirm_page(visit, enrolment, told)
    except errors.BulwarkError as error:
        return await _confirm_page(visit, enrolment, refused_by(visit, error))
    what: Literal["on", "replaced"] = "replaced" if state.is_on else "on"
    receipt = progress.Receipt(what=what, at=done.at, answer_was_lost=done.answer_was_lost)
    return await finished(
        visit, receipt, EventKind.TWO_FACTOR_REPLACED if state.is_on else EventKind.TWO_FACTOR_ENROLLED
    )


async def unknown(
    visit: Visit,
    what: Literal["on", "off", "replaced"],
    error: errors.OutcomeUnknown,
    enrolment: Enrolment | None = None,
) -> Response:
    """The third outcome: kept in the session, with its own page."""
    question = progress.Unknown(
        what=what,
        sent_at=error.sent_at,
        reference=visit.request.state.reference,
        set_id=enrolment.set_id.hex() if enrolment is not None else "",
    )
    await progress.finish(visit, question, keep_enrolment=True)
    return visit.go("/two-factor/check")


async def finished(visit: Visit, receipt: progress.Receipt, kind: EventKind) -> Response:
    """Note what the mail server has confirmed, and lead to the receipt.

    Where our own records do not answer any more, the receipt is this very answer: what was done is not hidden.
    """
    try:
        await visit.record(kind)
        await progress.finish(visit, receipt)
    except errors.StoreUnavailable:
        return receipt_page(visit, receipt)
    return visit.go("/two-factor/done")


def codes_file(visit: Visit, codes: Sequence[str]) -> Response:
    """The codes as a text file."""
    lines = texts.text_file(
        visit.session.state.address,
        visit.panel.settings.public_url or "",
        language.long_moment(visit.now),
        progress.written(codes),
    )
    headers = {"content-disposition": 'attachment; filename="recovery-codes.txt"'}
    return PlainTextResponse(lines, headers=headers)


def codes_sheet(visit: Visit, codes: Sequence[str], *, back: str = "/two-factor/set-up/2") -> Response:
    """The codes to print."""
    page = pages.SheetPage(
        codes=progress.written(codes),
        made=language.long_moment(visit.now),
        address=visit.panel.settings.public_url or "",
        back_href=back,
    )
    return visit.page(pages.SHEET, page, slug=SLUG)


async def _send(visit: Visit, enrolment: Enrolment, state: State, typed: forms.Typed, old_url: Secret | None) -> Done:
    label = Label(device=enrolment.device, replaces=state.is_on)
    kept = service.Kept(recovery=visit.panel.recovery, set_id=enrolment.set_id, label=label)
    url, password, code = Secret(enrolment.url), typed.password, typed.code or Secret("")
    async with password_try(visit.panel, visit.session.state.address, signed_in_visitor(visit)):
        if state.is_on and old_url is not None:
            return await service.replace_opened(
                visit.account, url, password=password, code=code, old_url=old_url, kept=kept
            )
        return await service.turn_on(
            visit.account, url, password=password, code=code, old_code=typed.old_code, kept=kept
        )


def _save_page(visit: Visit, enrolment: Enrolment, *, wrong: str = "") -> Response:
    page = pages.SavePage(
        codes=progress.written(enrolment.codes),
        asked=enrolment.asked,
        replacing=_replacing(enrolment),
        errors={"proof": wrong} if wrong else {},
    )
    return visit.page(pages.SAVE, page, slug=SLUG, status=422 if wrong else 200)


async def _confirm_page(visit: Visit, enrolment: Enrolment, refused: Refused | None = None) -> Response:
    told = refused or Refused()
    seen = main_password.stops(await main_password.reported(visit)) if enrolment.replaces is None else ()
    heading, text = texts.reported_will_stop(seen) if seen else texts.ticked_will_stop(frozenset(enrolment.picks))
    features = {feature.slug: feature.path for feature in visit.panel.features}
    page = pages.ConfirmPage(
        device=enrolment.device or (texts.app_without_name() if enrolment.replaces is None else texts.new_app()),
        replacing=_replacing(enrolment),
        needs_old_code=enrolment.replaces is not None and await opened.url_of(visit) is None,
        stops_heading=heading,
        stops_text=text,
        app_password_href=features.get("app-passwords", ""),
        errors=told.fields,
        form_error=told.sentence,
        form_advice=told.advice,
    )
    return visit.page(pages.CONFIRM, page, slug=SLUG, status=told.status if refused is not None else 200)


def _needs_old_code(enrolment: Enrolment, state: State, old_url: Secret | None) -> bool:
    return enrolment.replaces is not None and state.is_on and old_url is None


def _replacing(enrolment: Enrolment) -> str | None:
    """The device in use, by its name or in words; None for a first set-up."""
    return None if enrolment.replaces is None else enrolment.replaces or texts.old_app()


def _new_url(visit: Visit) -> str:
    return authenticator.new_url(visit.panel.settings.totp_issuer, visit.session.state.address).reveal()


ROUTES = (
    Route("/two-factor/set-up", signed_in(start, purpose=PURPOSE), methods=["POST"]),
    Route("/two-factor/replace", signed_in(start_replacing, purpose=PURPOSE_REPLACE), methods=["POST"]),
    Route("/two-factor/set-up/cancel", signed_in(cancel), methods=["POST"]),
    Route("/two-factor/set-up/1", signed_in(in_set_up(show_add)), methods=["GET"]),
    Route("/two-factor/set-up/1", signed_in(in_set_up(submit_add)), methods=["POST"]),
    Route("/two-factor/set-up/2", signed_in(in_set_up(show_save, needs_codes=True)), methods=["GET"]),
    Route("/two-factor/set-up/2", signed_in(in_set_up(submit_save, needs_codes=True)), methods=["POST"]),
    Route("/two-factor/set-up/codes.txt", signed_in(in_set_up(download, needs_codes=True)), methods=["POST"]),
    Route("/two-factor/set-up/sheet", signed_in(in_set_up(sheet, needs_codes=True)), methods=["GET"]),
    Route("/two-factor/set-up/3", signed_in(in_set_up(show_confirm, needs_codes=True)), methods=["GET"]),
    Route("/two-factor/set-up/3", signed_in(in_set_up(submit_confirm, needs_codes=True)), methods=["POST"]),
)
