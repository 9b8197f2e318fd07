"""Two-factor authentication for programs: the same service as the pages, for a person's own token of the mail server.

The password is asked for whatever changes something on the mail server, and checked by the mail server itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors
from bulwark.account import authenticator, recovery_codes
from bulwark.account.enrolment import Enrolment, NewCodes
from bulwark.account.recovery import Label
from bulwark.features.two_factor import documents, forms, service
from bulwark.signin import recovery as recovery_sign_in
from bulwark.signin.bearer import Nothing, with_token
from bulwark.signin.service import counted_try, password_try
from bulwark.store.events import EventKind
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.signin.bearer import Body, TokenVisit


async def status(visit: TokenVisit[Nothing]) -> documents.Status:
    """GET /api/v1/two-factor."""
    state = await _look(visit)
    recovery = state.recovery
    shown = recovery.shown if recovery is not None else None
    if shown is None:
        return documents.Status(
            is_on=state.is_on, replacement_unsettled=recovery is not None and recovery.replacement is not None
        )
    since = shown.enrolled_at or shown.sent_at or shown.made_at
    return documents.Status(
        is_on=state.is_on,
        set_up_here=True,
        device=shown.label.device,
        since=since.isoformat(timespec="seconds"),
        codes_left=shown.left,
        codes_saved=shown.saved,
        replacement_unsettled=recovery is not None and recovery.replacement is not None,
    )


async def begin(visit: TokenVisit[documents.Begin]) -> documents.Begun:
    """POST /api/v1/two-factor/set-up: a new key and its codes; nothing has changed yet."""
    state = await _look(visit)
    if state.is_on is not visit.body.replace:
        raise errors.CodeRequired if state.is_on else errors.Gone
    if state.recovery is not None and state.recovery.replacement is not None:
        raise errors.OutcomeUnknown(state.recovery.replacement.sent_at or visit.now)
    url = authenticator.new_url(visit.panel.settings.totp_issuer, visit.account.address)
    new = await visit.panel.recovery.make(visit.account.account_id, (visit.account.address,), url)
    shown = state.recovery.shown if state.recovery is not None else None
    old = (shown.label.device if shown is not None else "") if visit.body.replace else None
    record = Enrolment(
        url=url.reveal(),
        device=forms.tidy_device_name(visit.body.device),
        replaces=old,
        codes=tuple(code.reveal() for code in new.codes),
        set_id=new.set_id,
    )
    key = await visit.panel.waiting.keep(record, visit.account_keys[0], visit.now)
    codes = tuple(recovery_codes.written(code) for code in new.codes)
    return documents.Begun(set_up=key.reveal(), otpauth=url.reveal(), codes=codes)


async def saved(visit: TokenVisit[documents.Saved]) -> documents.IsSaved:
    """POST /api/v1/two-factor/set-up/saved: one of the codes, typed back."""
    enrolment = await _enrolment(visit, visit.body.key)
    is_right = _is_right(visit.body, enrolment.codes)
    if is_right:
        await visit.panel.recovery.saved(enrolment.set_id)
    return documents.IsSaved(is_right=is_right)


async def confirm(visit: TokenVisit[documents.Confirm]) -> documents.Done:
    """POST /api/v1/two-factor/set-up/confirm."""
    enrolment = await _enrolment(visit, visit.body.set_up)
    is_replacing = enrolment.replaces is not None
    kept = service.Kept(
        recovery=visit.panel.recovery,
        set_id=enrolment.set_id,
        label=Label(device=enrolment.device, replaces=is_replacing),
    )
    await authenticator.learn_clock(visit.account.transport)
    async with password_try(visit.panel, visit.account.address, visit.visitor):
        done = await service.turn_on(
            visit.account,
            Secret(enrolment.url),
            password=Secret(visit.body.password),
            code=_code(visit.body.code),
            old_code=_code(visit.body.old_code or "") if is_replacing else None,
            kept=kept,
        )
    await visit.panel.waiting.drop(Secret(visit.body.set_up))
    await visit.record(EventKind.TWO_FACTOR_REPLACED if is_replacing else EventKind.TWO_FACTOR_ENROLLED)
    return documents.Done(
        what="replaced" if is_replacing else "on", at=done.at.isoformat(), answer_was_lost=done.answer_was_lost
    )


async def drop(visit: TokenVisit[documents.Drop]) -> documents.Done:
    """POST /api/v1/two-factor/set-up/drop: forget a set-up that was begun."""
    enrolment = await _enrolment(visit, visit.body.key)
    await visit.panel.recovery.abandon(enrolment.set_id)
    await visit.panel.waiting.drop(Secret(visit.body.key))
    return documents.Done(what="dropped", at=visit.now.isoformat())


async def turn_off(visit: TokenVisit[documents.TurnOff]) -> documents.Done:
    """POST /api/v1/two-factor/off."""
    password, recovery = Secret(visit.body.password), visit.panel.recovery
    async with password_try(visit.panel, visit.account.address, visit.visitor):
        if visit.body.recovery_code is None:
            code = _code(visit.body.code or "")
            done = await service.turn_off(visit.account, password=password, code=code, recovery=recovery)
        else:
            async with recovery_sign_in.counted(visit.panel, visit.account.address, visit.visitor):
                done = await service.turn_off_with_recovery_code(
                    visit.account,
                    password=password,
                    recovery_code=_recovery_code(visit.body.recovery_code),
                    recovery=recovery,
                )
    await visit.record(EventKind.TWO_FACTOR_TURNED_OFF)
    return documents.Done(what="off", at=done.at.isoformat(), answer_was_lost=done.answer_was_lost)


async def settle(visit: TokenVisit[documents.Settle]) -> documents.Settled:
    """POST /api/v1/two-factor/check: which app holds, after a replacement whose answer was lost."""
    replacement = (await visit.panel.recovery.state(visit.account.account_id)).replacement
    if replacement is None:
        raise errors.Gone
    new, old = _code(visit.body.code), _code(visit.body.old_code)
    async with counted_try(visit.panel, "sign-in", visit.account.address, visit.visitor) as claim:
        holds = await service.which_holds(visit.account, password=Secret(visit.body.password), new=new, old=old)
        if holds is not service.Holds.NEITHER:
            claim.succeeded()
    await service.settle(visit.account, visit.panel.recovery, replacement.set_id, holds)
    if holds is service.Holds.NEW:
        await visit.record(EventKind.TWO_FACTOR_REPLACED)
    return documents.Settled(holds=holds.value)


async def make_codes(visit: TokenVisit[documents.MakeCodes]) -> documents.CodesMade:
    """POST /api/v1/recovery-codes."""
    state = await _look(visit)
    if state.recovery is not None and state.recovery.replacement is not None:
        raise errors.OutcomeUnknown(state.recovery.replacement.sent_at or visit.now)
    async with recovery_sign_in.counted(visit.panel, visit.account.address, visit.visitor):
        set_id, codes = await service.make_new_codes(
            visit.account, visit.panel.recovery, _recovery_code(visit.body.recovery_code)
        )
    record = NewCodes(codes=tuple(code.reveal() for code in codes), set_id=set_id, asked=1)
    key = await visit.panel.waiting.keep(record, visit.account_keys[0], visit.now)
    return documents.CodesMade(new_codes=key.reveal(), codes=tuple(recovery_codes.written(code) for code in codes))


async def codes_saved(visit: TokenVisit[documents.Saved]) -> documents.IsSaved:
    """POST /api/v1/recovery-codes/saved: one typed back; they replace the old ones."""
    new = await visit.panel.waiting.find(NewCodes, Secret(visit.body.key), visit.account_keys, visit.now)
    if new is None:
        raise errors.Gone
    is_right = _is_right(visit.body, new.codes)
    if is_right:
        await service.new_codes_saved(visit.account, visit.panel.recovery, new.set_id)
        await visit.panel.waiting.drop(Secret(visit.body.key))
        await visit.record(EventKind.RECOVERY_CODES_MADE)
    return documents.IsSaved(is_right=is_right)


async def test_codes(visit: TokenVisit[documents.TestCodes]) -> documents.Tested:
    """POST /api/v1/recovery-codes/test."""
    try:
        async with recovery_sign_in.counted(visit.panel, visit.account.address, visit.visitor):
            await service.test_codes(
                visit.account,
                visit.panel.recovery,
                recovery_code=_recovery_code(visit.body.recovery_code),
                code=_code(visit.body.code),
            )
    except errors.CodeDoesNotMatch as error:
        return documents.Tested(belong_together=bool(error.minutes), minutes=error.minutes)
    return documents.Tested(belong_together=True)


async def _look(visit: TokenVisit[Body]) -> service.State:
    state = await service.look(visit.account, visit.panel.recovery)
    if state.unavailable is not None:
        raise state.unavailable
    if state.voided:
        await visit.record(EventKind.RECOVERY_CODES_VOID)
    return state


async def _enrolment(visit: TokenVisit[Body], key: str) -> Enrolment:
    found = await visit.panel.waiting.find(Enrolment, Secret(key), visit.account_keys, visit.now)
    if found is None or not found.set_id:
        raise errors.Gone
    return found


def _is_right(typed: documents.Saved, codes: tuple[str, ...]) -> bool:
    code = recovery_codes.read(Secret(typed.code))
    return code is not None and 1 <= typed.number <= len(codes) and code == Secret(codes[typed.number - 1])


def _code(text: str) -> Secret:
    code = Secret("".join(text.split()).replace("-", ""))
    if not authenticator.is_code(code):
        raise errors.CodeDoesNotMatch
    return code


def _recovery_code(text: str) -> Secret:
    code = recovery_codes.read(Secret(text))
    if code is None:
        raise errors.WrongRecoveryCode
    return code


ROUTES = (
    Route("/api/v1/two-factor", with_token(status, Nothing), methods=["GET"]),
    Route("/api/v1/two-factor/set-up", with_token(begin, documents.Begin), methods=["POST"]),
    Route("/api/v1/two-factor/set-up/saved", with_token(saved, documents.Saved), methods=["POST"]),
    Route("/api/v1/two-factor/set-up/confirm", with_token(confirm, documents.Confirm), methods=["POST"]),
    Route("/api/v1/two-factor/set-up/drop", with_token(drop, documents.Drop), methods=["POST"]),
    Route("/api/v1/two-factor/check", with_token(settle, documents.Settle), methods=["POST"]),
    Route("/api/v1/two-factor/off", with_token(turn_off, documents.TurnOff), methods=["POST"]),
    Route("/api/v1/recovery-codes", with_token(make_codes, documents.MakeCodes), methods=["POST"]),
    Route("/api/v1/recovery-codes/saved", with_token(codes_saved, documents.Saved), methods=["POST"]),
    Route("/api/v1/recovery-codes/test", with_token(test_codes, documents.TestCodes), methods=["POST"]),
)
