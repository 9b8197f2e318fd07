"""A signed-in `Account` for the tests of services: the real client, speaking to the test's mail server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bulwark.account import entry
from stalwart_jmap import Secret, Tokens, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bulwark.account.account import Account
    from hand_clock import HandClock
    from mail_server import MailAccount, MailServer


@asynccontextmanager
async def account_on(mail_server: MailServer, person: MailAccount) -> AsyncIterator[Account]:
    """Sign in as a person does, and give what a service gets."""
    clock = mail_server.clock
    async with Transport(mail_server.url, http=mail_server.transport, clock=clock.now) as transport:
        yield await account_of(transport, person, clock)


async def account_of(transport: Transport, person: MailAccount, clock: HandClock) -> Account:
    """The same over a transport that the test holds."""
    code = Secret(person.code()) if person.totp_secret is not None else None
    tokens = await entry.exchange(
        transport, login=person.login, password=Secret(person.password), code=code, forwarded_for=None
    )
    assert isinstance(tokens, Tokens)
    signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=clock)
    return entry.account_of(transport, signed, forwarded_for=None, clock=clock)
