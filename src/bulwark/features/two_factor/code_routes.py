"""Recovery codes over HTTP: new ones for the app that is on, and the test whether both belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from bulwark import errors
from bulwark.account.enrolment import NewCodes
from bulwark.features.two_factor import FEATURE, forms, pages, progress, refusal_texts, service, texts
from bulwark.features.two_factor.answers import Refused, refused_by
from bulwark.features.two_factor.set_up_routes import codes_file, codes_sheet
from bulwark.language import N_
from bulwark.signin import recovery as recovery_sign_in
from bulwark.signin.guard import signed_in
from bulwark.signin.service import signed_in_visitor
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.responses import Response

    from bulwark.sessions.visit import Visit
    from bulwark.signin.guard import Handler
    from bulwark.web.page_types import Notice

SLUG = FEATURE.slug
PURPOSE = N_("You are about to make new recovery codes.")


async def show_new(visit: Visit) -> Response:
    """GET /two-factor/codes/new: what it does, and the field for one of the present codes."""
    return await _new_page(visit)


async def make(visit: Visit) -> Response:
    """POST /two-factor/codes/new: one of the present codes opens what is kept; it is not used up."""
    visit.require_recent_auth()
    if (await visit.panel.recovery.state(visit.account.account_id)).replacement is not None:
        return visit.go("/two-factor/check")
    typed, wrong = forms.read(visit.form, password=False, recovery_code=True)
    if typed is None or typed.recovery_code is None:
        return await _new_page(visit, Refused(fields=wrong))
    try:
        async with _counted(visit):
            set_id, codes = await service.make_new_codes(visit.account, visit.panel.recovery, typed.recovery_code)
    except (errors.WrongRecoveryCode, errors.TooManyAttempts) as error:
        return await _new_page(visit, refused_by(visit, error))
    record = NewCodes(codes=tuple(code.reveal() for code in codes), set_id=set_id, asked=progress.any_number(codes))
    await progress.begin(visit, record)
    return visit.go("/two-factor/codes")


def with_new_codes(handler: Callable[[Visit, NewCodes], Awaitable[Response]]) -> Handler:
    """A page about codes that were just made; without any the person is told that they ended."""

    async def step(visit: Visit) -> Response:
        new = await progress.waiting(visit, NewCodes)
        if new is None:
            return visit.go("/two-factor?ended=codes" if visit.session.state.enrolment else "/two-factor")
        return await handler(visit, new)

    return step


async def show_codes(visit: Visit, new: NewCodes) -> Response:
    """GET /two-factor/codes: the new codes; the old ones work until one of these is typed back."""
    return _codes_page(visit, new)


async def submit_codes(visit: Visit, new: NewCodes) -> Response:
    """POST /two-factor/codes/saved: one is typed back, so they are the account's codes from now on."""
    if not forms.is_proof(visit.form, new.codes, new.asked):
        return _codes_page(visit, new, wrong=refusal_texts.wrong_proof(new.asked))
    try:
        await service.new_codes_saved(visit.account, visit.panel.recovery, new.set_id)
    except errors.Gone:
        return visit.go("/two-factor?ended=codes")
    await visit.record(EventKind.RECOVERY_CODES_MADE)
    await progress.finish(visit, progress.Receipt(what="codes", at=visit.now))
    return visit.go("/two-factor/done")


async def download(visit: Visit, new: NewCodes) -> Response:
    """POST /two-factor/codes/codes.txt."""
    return codes_file(visit, new.codes)


async def sheet(visit: Visit, new: NewCodes) -> Response:
    """GET /two-factor/codes/sheet."""
    return codes_sheet(visit, new.codes, back="/two-factor/codes")


async def show_test(visit: Visit) -> Response:
    """GET /two-factor/codes/test."""
    if not await visit.panel.recovery.sets_of(visit.account.account_id):
        return visit.go("/two-factor")
    return visit.page(pages.TEST, pages.TestPage(), slug=SLUG)


async def test(visit: Visit) -> Response:
    """POST /two-factor/codes/test: do this code and the app belong together? Compared here, nothing is used up."""
    typed, wrong = forms.read(visit.form, password=False, code=True, recovery_code=True)
    if typed is None or typed.recovery_code is None or typed.code is None:
        return _test_page(visit, Refused(fields=wrong))
    try:
        async with _counted(visit):
            await service.test_codes(
                visit.account, visit.panel.recovery, recovery_code=typed.recovery_code, code=typed.code
            )
    except errors.CodeDoesNotMatch as error:
        if error.minutes:
            return _test_page(visit, Refused(fields={"code": refusal_texts.clock_is_off_in_test(error.minutes)}))
        return _test_page(visit, result=texts.do_not_belong())
    except (errors.WrongRecoveryCode, errors.TooManyAttempts) as error:
        return _test_page(visit, refused_by(visit, error))
    return _test_page(visit, result=texts.belong_together())


def _counted(visit: Visit) -> AbstractAsyncContextManager[None]:
    return recovery_sign_in.counted(visit.panel, visit.session.state.address, signed_in_visitor(visit))


async def _new_page(visit: Visit, refused: Refused | None = None) -> Response:
    shown = (await visit.panel.recovery.state(visit.account.account_id)).shown
    if shown is None:
        return visit.go("/two-factor")
    told = refused or Refused()
    page = pages.NewCodesPage(
        radius=texts.making_codes(shown.left),
        errors=told.fields,
        form_error=told.sentence,
        form_advice=told.advice,
    )
    return visit.page(pages.NEW_CODES, page, slug=SLUG, status=told.status if refused is not None else 200)


def _codes_page(visit: Visit, new: NewCodes, *, wrong: str = "") -> Response:
    page = pages.CodesPage(
        codes=progress.written(new.codes),
        asked=new.asked,
        old_codes=texts.old_codes_until_saved(),
        errors={"proof": wrong} if wrong else {},
    )
    return visit.page(pages.CODES, page, slug=SLUG, status=422 if wrong else 200)


def _test_page(visit: Visit, refused: Refused | None = None, *, result: Notice | None = None) -> Response:
    told = refused or Refused()
    page = pages.TestPage(result=result, errors=told.fields, form_error=told.sentence, form_advice=told.advice)
    return visit.page(pages.TEST, page, slug=SLUG, status=told.status if refused is not None else 200)


ROUTES = (
    Route("/two-factor/codes/new", signed_in(show_new), methods=["GET"]),
    Route("/two-factor/codes/new", signed_in(make, purpose=PURPOSE), methods=["POST"]),
    Route("/two-factor/codes", signed_in(with_new_codes(show_codes)), methods=["GET"]),
    Route("/two-factor/codes/saved", signed_in(with_new_codes(submit_codes)), methods=["POST"]),
    Route("/two-factor/codes/codes.txt", signed_in(with_new_codes(download)), methods=["POST"]),
    Route("/two-factor/codes/sheet", signed_in(with_new_codes(sheet)), methods=["GET"]),
    Route("/two-factor/codes/test", signed_in(show_test), methods=["GET"]),
    Route("/two-factor/codes/test", signed_in(test), methods=["POST"]),
)
