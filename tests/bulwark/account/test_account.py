"""Reading: one request, the rights beside it when they are old, and again after a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stalwart_jmap as jmap
from account_kit import account_of
from bulwark import errors
from bulwark.account import entry
from stalwart_jmap import Transport
from stalwart_jmap.objects import account_password, app_password

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hand_clock import HandClock
    from mail_server import MailServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def transport(mail_server: MailServer, clock: HandClock) -> AsyncIterator[Transport]:
    async with Transport(mail_server.url, http=mail_server.transport, clock=clock.now) as made:
        yield made


def paths(mail_server: MailServer) -> list[str]:
    """What was asked of the server since the last look."""
    sandbox = mail_server.needs_sandbox("it counts requests")
    asked = sorted(one.path for one in sandbox.requests)
    sandbox.forget_requests()
    return asked


async def test_a_reading_is_one_request(mail_server: MailServer, transport: Transport, clock: HandClock) -> None:
    account = await account_of(transport, await mail_server.new_account(), clock)
    paths(mail_server)
    await account.read(account_password.get_call())

    assert paths(mail_server) == ["/jmap/"]


async def test_old_rights_are_read_beside_it(mail_server: MailServer, transport: Transport, clock: HandClock) -> None:
    account = await account_of(transport, await mail_server.new_account(), clock)
    clock.advance(minutes=5, seconds=1)
    paths(mail_server)
    await account.read(account_password.get_call())
    assert paths(mail_server) == ["/api/account", "/jmap/"]
    assert account.rights.read_at == clock.now()
    await account.read(account_password.get_call())

    assert paths(mail_server) == ["/jmap/"]


async def test_after_a_refusal_the_rights_are_read_again(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)
    taken = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": {"sysAppPasswordQuery": True}}
    await mail_server.change(alice, {"permissions": taken})
    assert account.rights.has("sysAppPasswordQuery")
    paths(mail_server)
    response = await account.read(app_password.query_call())

    assert isinstance(response.get(app_password.query_call()), jmap.MethodError)
    assert not account.rights.has("sysAppPasswordQuery")
    assert "/api/account" in paths(mail_server)


@pytest.mark.parametrize("fault", ["cut-before", "429", "500", "html"])
async def test_rights_that_cannot_be_read_stay(
    mail_server: MailServer, transport: Transport, clock: HandClock, fault: str
) -> None:
    account = await account_of(transport, await mail_server.new_account(), clock)
    before = account.rights
    mail_server.quirk(fault, path="/api/account")
    await account.read(account_password.get_call(), renew_rights=True)

    assert account.rights == before


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut-before", errors.ServerUnreachable),
        ("html", errors.ProtocolBroken),
        ("429", errors.TooManyRequests),
        ("ban", errors.AddressBlocked),
    ],
)
async def test_a_request_that_fails_as_a_whole_is_said_in_our_words(
    mail_server: MailServer, transport: Transport, clock: HandClock, fault: str, error: type[Exception]
) -> None:
    account = await account_of(transport, await mail_server.new_account(), clock)
    mail_server.quirk(fault)

    with pytest.raises(error):
        await account.read(account_password.get_call())


async def test_whose_address_is_blocked_is_asked_once(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    del clock
    blocked = errors.AddressBlocked("unknown")
    mail_server.needs_sandbox("it counts requests")
    theirs = await entry.whose_address(transport, blocked, "203.0.113.7")
    assert paths(mail_server) == ["/.well-known/oauth-authorization-server"]
    mail_server.quirk("ban")
    ours = await entry.whose_address(transport, blocked, "203.0.113.7")
    paths(mail_server)
    direct = await entry.whose_address(transport, blocked, None)
    other = errors.ServerUnreachable()

    assert isinstance(theirs, errors.AddressBlocked)
    assert isinstance(ours, errors.AddressBlocked)
    assert isinstance(direct, errors.AddressBlocked)
    assert (theirs.whose, ours.whose, direct.whose) == ("yours", "panel", "panel")
    assert await entry.whose_address(transport, other, None) is other
    assert paths(mail_server) == []
