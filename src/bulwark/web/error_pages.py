"""The second translation: from every error to a page and a status. One table, nothing else decides a status.

Pages carry a reference that is in the log, never a trace, a token or anything of the wire.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal, NamedTuple

import structlog
from starlette.responses import HTMLResponse

from bulwark import errors, language
from bulwark.errors import SealBroken, StoreFromNewerVersion, StoreUnavailable
from bulwark.language import _, series
from bulwark.web import pages, problem_pages, problems, provider_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

    from bulwark.web.frame import Frame, OtherAccount
    from bulwark.web.problem_pages import ProblemPage

    MakesFrame = Callable[[Request], Frame]

log = structlog.get_logger("bulwark.web")


class Circumstances(NamedTuple):
    """What a page of an error may mention."""

    server_name: str
    public_url: str | None
    path: str  # where *Try again* leads
    reference: str
    account: str  # empty when nobody is signed in
    was_post: bool
    now: datetime
    asked_for: OtherAccount | None = None  # the account a page was made for, when that is not the one in use


class Row(NamedTuple):
    """One line of the table: the status, and how the page is made."""

    status: int
    page: Callable[..., ProblemPage]


def _unreachable(error: errors.ServerUnreachable, here: Circumstances) -> ProblemPage:
    return problem_pages.unreachable(
        here.server_name,
        language.time_of_day(here.now, seconds=True),
        here.path,
        nothing_changed=error.nothing_changed,
        signed_in=bool(here.account),
        reference=here.reference,
    )


def _unknown(_error: errors.OutcomeUnknown, here: Circumstances) -> ProblemPage:
    return problem_pages.unreachable(
        here.server_name,
        language.time_of_day(here.now, seconds=True),
        here.path,
        nothing_changed=False,
        signed_in=bool(here.account),
        reference=here.reference,
    )


def _missing(error: errors.PermissionMissing, here: Circumstances) -> ProblemPage:
    names = series(error.names) or "authenticate"
    return problem_pages.forbidden(_("The permission %(names)s is missing.", names=names), here.reference)


def _refused(error: errors.BulwarkError, here: Circumstances) -> ProblemPage:
    text = error.text if isinstance(error, errors.Refused | errors.WeakPassword) else ""
    said = _("The server refused it: “%(text)s”", text=text) if text else _("The mail server refused it.")
    return problem_pages.forbidden(said, here.reference)


def _elsewhere(_error: errors.BulwarkError, here: Circumstances) -> ProblemPage:
    return problem_pages.forbidden(_("This is managed outside the mail server."), here.reference)


def _edition(_error: errors.BulwarkError, here: Circumstances) -> ProblemPage:
    return problem_pages.forbidden(_("This mail server does not have this feature."), here.reference)


def _wait(error: errors.TooManyAttempts, here: Circumstances) -> ProblemPage:
    seconds = max(1, int((error.until - here.now).total_seconds()) + 1)
    return problem_pages.slow_down(here.path, seconds, here.reference)


def _too_many(error: errors.TooManyRequests, here: Circumstances) -> ProblemPage:
    return problem_pages.slow_down(here.path, error.retry_after, here.reference)


def _blocked(error: errors.AddressBlocked, here: Circumstances) -> ProblemPage:
    whose: Literal["yours", "panel"] = "yours" if error.whose == "yours" else "panel"
    return problem_pages.address_blocked(whose, here.server_name, here.path, here.reference)


def _provider(error: errors.ProviderProblem, here: Circumstances) -> ProblemPage:
    is_on_the_way = here.path.startswith("/sign-in")
    again = ("/step-up" if here.account else "/sign-in") if is_on_the_way else here.path
    return provider_pages.problem(error.why, again, here.reference)


def _switched(error: errors.AccountSwitched, here: Circumstances) -> ProblemPage:
    if error.answer and here.asked_for is not None:
        return problem_pages.switched_meanwhile(here.asked_for, error.answer)
    return problem_pages.switched_accounts(here.account, here.asked_for)


def _ended(_error: Exception, _here: Circumstances) -> ProblemPage:
    return problem_pages.session_ended()


def _broken(_error: Exception, here: Circumstances) -> ProblemPage:
    return problem_pages.protocol_broken(
        here.server_name, here.path, nothing_changed=not here.was_post, reference=here.reference
    )


def _fault(_error: Exception, here: Circumstances) -> ProblemPage:
    return problem_pages.panel_fault(here.reference)


def _store(error: StoreUnavailable, here: Circumstances) -> ProblemPage:
    return problem_pages.store_unavailable(here.path, here.reference, nothing_changed=error.nothing_changed)


TABLE: Mapping[type[Exception], Row] = {
    # the mail server
    errors.ServerUnreachable: Row(502, _unreachable),
    errors.UnsupportedServer: Row(
        501, lambda _error, here: problem_pages.unsupported_server(here.server_name, here.path, here.reference)
    ),
    errors.ProtocolBroken: Row(502, _broken),
    errors.TooManyRequests: Row(429, _too_many),
    errors.AddressBlocked: Row(502, _blocked),
    # signing in
    errors.SignInExpired: Row(401, _ended),
    errors.SignInRefused: Row(422, _refused),
    errors.SignInNotPermitted: Row(403, lambda _error, here: _missing(errors.PermissionMissing("authenticate"), here)),
    errors.WrongCode: Row(422, _refused),
    errors.WrongRecoveryCode: Row(422, _refused),
    errors.RecoveryCodeBusy: Row(409, _refused),
    errors.AuthenticatorChanged: Row(422, _refused),
    errors.WrongKindOfSecret: Row(422, _refused),
    errors.LoginNotAllowed: Row(422, _refused),
    errors.ProviderProblem: Row(403, _provider),
    errors.TooManyAttempts: Row(429, _wait),
    errors.RecentAuthRequired: Row(403, _ended),
    errors.AccountSwitched: Row(409, _switched),
    # sections
    errors.PermissionMissing: Row(403, _missing),
    errors.ManagedElsewhere: Row(403, _elsewhere),
    errors.FeatureAbsent: Row(403, _edition),
    # refusals that no form claimed
    errors.WrongPassword: Row(422, _refused),
    errors.WrongPasswordOrCode: Row(422, _refused),
    errors.CodeRequired: Row(422, _refused),
    errors.CodeDoesNotMatch: Row(422, _refused),
    errors.WeakPassword: Row(422, _refused),
    errors.NoPassword: Row(422, _refused),
    errors.QuotaReached: Row(422, _refused),
    errors.InUse: Row(422, _refused),
    errors.Gone: Row(404, lambda _error, _here: problem_pages.not_found()),
    errors.OwnAccount: Row(422, _refused),
    errors.NotApplied: Row(502, lambda _error, here: _unreachable(errors.ServerUnreachable(), here)),
    errors.Refused: Row(422, _refused),
    errors.OutcomeUnknown: Row(502, _unknown),
    # our own records
    StoreUnavailable: Row(503, _store),
    StoreFromNewerVersion: Row(503, _store),
    SealBroken: Row(500, _fault),
    # the request itself
    problems.PageMissing: Row(404, lambda _error, _here: problem_pages.not_found()),
    problems.MethodNotAllowed: Row(405, lambda _error, _here: problem_pages.method_not_allowed()),
    problems.FormUnreadable: Row(400, lambda _error, _here: problem_pages.form_unreadable()),
    problems.BodyTooLarge: Row(413, lambda _error, _here: problem_pages.body_too_large()),
    problems.ForeignOrigin: Row(403, lambda _error, _here: problem_pages.foreign_origin()),
    problems.WrongHost: Row(421, lambda _error, here: problem_pages.wrong_host(here.public_url)),
    problems.PlainHttp: Row(400, lambda _error, here: problem_pages.plain_http(here.public_url)),
}


def row_of(error: Exception) -> Row | None:
    """The table's row for an error, looking through its family; None for one nobody expected."""
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)


def respond(request: Request, error: Exception, here: Circumstances, frame_of: MakesFrame) -> Response:
    """The page of an error, in the language of the request."""
    row = row_of(error)
    if row is None:
        log.error("fault", reference=here.reference, path=request.url.path[:200], exc_info=error)
        status, make = 500, _fault
    else:
        status, make = row.status, row.page
        if status >= 500:  # noqa: PLR2004 - the class of server errors
            log.warning("problem", reference=here.reference, kind=type(error).__name__)
    with language.use(*_speaks(request)):
        page = make(error, here)
        html = pages.render(frame_of(request), problem_pages.PROBLEM, page)
    headers = {}
    if isinstance(error, errors.TooManyRequests):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, problems.MethodNotAllowed):
        headers["allow"] = error.allowed
    if isinstance(error, problems.BodyTooLarge):
        headers["connection"] = "close"
    return HTMLResponse(html, status_code=status, headers=headers)


def _speaks(request: Request) -> tuple[str, tzinfo]:
    state = request.scope.get("state", {})
    if "language" in state:
        return state["language"], state["zone"]
    return language.negotiate(request.headers.get("accept-language")), UTC


def place_of(scope: Scope) -> str:
    """Where *Try again* may lead: a GET can be repeated, a form cannot."""
    return str(scope["path"]) if scope["method"] in {"GET", "HEAD"} and scope["path"].startswith("/") else "/"
