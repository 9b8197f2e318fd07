"""A signed-in `Account` for the tests of services: the real client, speaking to the test's mail server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark.account import entry
from bulwark.account.account import Account
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mail_server import MailAccount, MailServer


@asynccontextmanager
async def account_on(mail_server: MailServer, person: MailAccount) -> AsyncIterator[Account]:
    """Sign in as a person does, and give what a service gets."""
    clock = mail_server.clock
    async with jmap.Transport(mail_server.url, http=mail_server.transport, clock=clock.now) as transport:
        tokens = await entry.exchange(
            transport, login=person.login, password=Secret(person.password), code=None, forwarded_for=None
        )
        assert isinstance(tokens, jmap.Tokens)
        signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=clock)
        client = jmap.StalwartClient(transport, jmap.BearerToken(tokens.access)).with_session(signed.session)
        yield Account(
            transport=transport,
            client=client,
            address=signed.session.username,
            account_id=signed.session.account_id,
            rights=signed.rights,
            jmap_state=signed.session.state,
            forwarded_for=None,
            clock=clock,
        )
