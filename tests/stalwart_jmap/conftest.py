"""A person with an account on the test's mail server, and the library pointed at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from library_kit import Person, signed_in
from stalwart_jmap import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mail_server import MailServer


@pytest.fixture
async def transport(mail_server: MailServer) -> AsyncIterator[Transport]:
    """The library's transport to the test's mail server, with the test's clock."""
    async with Transport(mail_server.url, http=mail_server.transport, clock=mail_server.clock) as opened:
        yield opened


@pytest.fixture
async def alice(mail_server: MailServer, transport: Transport) -> Person:
    """Somebody with an ordinary account, signed in."""
    return await signed_in(transport, await mail_server.new_account("alice"))
