"""Every error has a page with its own status, its own words, and a way on; nothing of the wire is on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.routing import Route

from bulwark import errors
from bulwark.signin.guard import signed_in
from bulwark.web import problems
from bulwark.web.error_pages import TABLE, row_of
from hand_clock import START

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.visit import Visit
    from mail_server import MailServer
    from panel_kit import RunningPanel

WHEN = datetime(2026, 11, 23, 14, 32, 7, tzinfo=UTC)
MADE: dict[type[Exception], Exception] = {
    errors.TooManyRequests: errors.TooManyRequests(17),
    errors.AddressBlocked: errors.AddressBlocked("yours"),
    errors.WrongKindOfSecret: errors.WrongKindOfSecret("api-key"),
    errors.TooManyAttempts: errors.TooManyAttempts(START + timedelta(minutes=9)),
    errors.PermissionMissing: errors.PermissionMissing("sysAppPasswordGet", "sysAppPasswordQuery"),
    errors.ProviderProblem: errors.ProviderProblem("issuer"),
    errors.WeakPassword: errors.WeakPassword("Password is too <b>weak</b>."),
    errors.QuotaReached: errors.QuotaReached(5),
    errors.InUse: errors.InUse("one"),
    errors.Refused: errors.Refused("No <script> here."),
    errors.OutcomeUnknown: errors.OutcomeUnknown(WHEN),
    problems.MethodNotAllowed: problems.MethodNotAllowed("GET, HEAD"),
}


def leaves(of: type[Exception]) -> list[type[Exception]]:
    """The errors below a root that are really raised."""
    below = [kind for kind in of.__subclasses__() if kind.__module__.startswith("bulwark.")]
    return [leaf for kind in below for leaf in leaves(kind)] if below else [of]


def made(kind: type[Exception]) -> Exception:
    """An error of this kind, with something in it where it carries something."""
    if kind in MADE:
        return MADE[kind]
    try:
        return kind()
    except TypeError:
        return kind("a reason")


ALL = sorted({*leaves(errors.BulwarkError), *leaves(problems.RequestProblem)}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_that_is_raised_is_in_the_table(kind: type[Exception]) -> None:
    assert row_of(made(kind)) is not None


def test_an_error_that_nobody_expected_is_not_in_the_table() -> None:
    assert row_of(ValueError("x")) is None
    assert row_of(KeyError("x")) is None


def test_statuses_tell_machines_the_same_as_people() -> None:
    assert all(400 <= row.status < 600 for row in TABLE.values())
    assert TABLE[errors.AccountSwitched].status == 409
    assert TABLE[errors.TooManyRequests].status == TABLE[errors.TooManyAttempts].status == 429
    assert TABLE[problems.WrongHost].status == 421
    assert TABLE[problems.BodyTooLarge].status == 413


@pytest.mark.anyio
@pytest.mark.parametrize("language", ["en", "de"])
async def test_every_page_of_an_error_keeps_the_rules_and_leads_on(
    panel: RunningPanel, mail_server: MailServer, language: str
) -> None:
    current: list[Exception] = []

    async def fail(_request: Request) -> Response:
        raise current[0]

    async def fail_signed_in(_visit: Visit) -> Response:
        raise current[0]

    panel.app.router.routes.append(Route("/fail", fail, methods=["GET", "POST"]))
    panel.app.router.routes.append(Route("/fail-signed-in", signed_in(fail_signed_in)))
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice, panel.browser(language=language))
    for kind in ALL:
        current[:] = [made(kind)]
        for method, path in (("GET", "/fail"), ("POST", "/fail"), ("GET", "/fail-signed-in")):
            response = await browser.request(method, path, accepts_faults=True)
            if response.status_code == 303:  # the guard claims two: it leads to sign-in, or to a proof of presence
                assert kind in {errors.SignInExpired, errors.RecentAuthRequired}
                continue
            page = browser.read(response)

            assert page.status == TABLE[next(parent for parent in kind.__mro__ if parent in TABLE)].status, kind
            assert page.h1
            assert "<script> here" not in page.html
            assert "Traceback" not in page.text
            assert kind.__name__ not in page.text
            assert page.language == language
        if kind is errors.SignInExpired:
            await panel.sign_in(alice, browser)


@pytest.mark.anyio
async def test_a_fault_of_ours_has_a_reference_that_is_in_the_log(
    panel: RunningPanel, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    del mail_server

    async def fail(_request: Request) -> Response:
        raise ZeroDivisionError("secret text")

    panel.app.router.routes.append(Route("/fail", fail, methods=["GET"]))
    browser = panel.browser()
    response = await browser.request("GET", "/fail", accepts_faults=True)
    page = browser.read(response)

    assert page.status == 500
    assert page.h1 == "This is our fault, not yours"
    assert "secret text" not in page.html
    reference = page.root.first(id="reference").text
    assert len(reference) == 14
    assert reference in capsys.readouterr().out


@pytest.mark.anyio
async def test_waiting_is_told_to_machines_too(panel: RunningPanel) -> None:
    async def fail(_request: Request) -> Response:
        raise errors.TooManyRequests(41)

    panel.app.router.routes.append(Route("/fail", fail, methods=["GET"]))
    response = await panel.browser().request("GET", "/fail")

    assert response.headers["retry-after"] == "41"
