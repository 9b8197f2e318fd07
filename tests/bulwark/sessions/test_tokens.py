"""Renewing a session's token: once for many requests, and never twice because somebody was late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import msgspec
import pytest

from bulwark import errors
from bulwark.sessions import tokens
from bulwark.sessions.keeper import Session

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def about_to_end(panel: RunningPanel, mail_server: MailServer) -> Browser:
    """Somebody whose access token ends within a minute, and who is still at it."""
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    for _ in range(2):
        panel.clock.advance(minutes=29.6)
        await browser.request("GET", "/healthz")
        found = await opened(panel, browser)
        await panel.app.state.panel.sessions.used(found)
    await panel.count_anew()
    return browser


async def opened(panel: RunningPanel, browser: Browser) -> Session:
    """The session of a browser."""
    found = await panel.app.state.panel.sessions.find(browser.cookies["__Host-bulwark"])
    assert isinstance(found, Session)
    return found


def renewals(panel: RunningPanel) -> int:
    """How often the mail server was asked for a token."""
    return sum(one.path == "/auth/token" for one in panel.upstream())


async def test_many_requests_at_once_renew_once(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await about_to_end(panel, mail_server)
    mail_server.quirk("slow", path="/auth/token", seconds=0.05)
    statuses: list[int] = []

    async def look() -> None:
        response = await browser.request("GET", "/password")
        statuses.append(response.status_code)

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(look)

    assert statuses == [200] * 4
    assert renewals(panel) == 1


async def test_who_comes_late_with_an_old_copy_does_not_renew_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    browser = await about_to_end(panel, mail_server)
    inside: Panel = panel.app.state.panel
    late = await opened(panel, browser)
    await tokens.refresh(inside, await opened(panel, browser))
    found = await tokens.refresh(inside, late)

    assert renewals(panel) == 1
    assert found.state.access != late.state.access
    assert not tokens.needs_refresh(inside, found)


async def test_a_renewal_survives_another_request_that_saves(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await about_to_end(panel, mail_server)
    inside: Panel = panel.app.state.panel
    session, other = await opened(panel, browser), await opened(panel, browser)
    await inside.sessions.save(other, other.state.with_rights(other.state.rights))
    await tokens.refresh(inside, session)

    assert not tokens.needs_refresh(inside, await opened(panel, browser))


async def test_a_refresh_token_that_is_dead_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await about_to_end(panel, mail_server)
    account = next(iter(panel.sandbox.state.accounts.values()))
    panel.sandbox.set_password(account.address, "something cAnArY9 else")

    with pytest.raises(errors.SignInExpired):
        await tokens.refresh(panel.app.state.panel, await opened(panel, browser))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("cut-before", errors.ServerUnreachable), ("500", errors.ServerUnreachable), ("html", errors.ProtocolBroken)],
)
async def test_a_server_that_does_not_renew_is_told_and_the_next_request_tries_again(
    panel: RunningPanel, mail_server: MailServer, fault: str, error: type[Exception]
) -> None:
    browser = await about_to_end(panel, mail_server)
    inside: Panel = panel.app.state.panel
    mail_server.quirk(fault, path="/auth/token", times=1)
    with pytest.raises(error):
        await tokens.refresh(inside, await opened(panel, browser))

    assert not tokens.needs_refresh(inside, await tokens.refresh(inside, await opened(panel, browser)))


async def test_a_session_that_ended_while_waiting_is_over(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await about_to_end(panel, mail_server)
    inside: Panel = panel.app.state.panel
    session = await opened(panel, browser)
    assert await inside.sessions.claim_refresh(session) is not None
    await inside.sessions.end(session)

    with pytest.raises(errors.SignInExpired):
        await tokens.refresh(inside, session)


async def test_a_token_that_died_before_its_time_is_renewed_for_a_page(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    inside: Panel = panel.app.state.panel
    session = await opened(panel, browser)
    await inside.sessions.save(session, msgspec.structs.replace(session.state, access="sw1.broken"))
    page = await browser.open("/")

    assert page.h1 == "Overview"
