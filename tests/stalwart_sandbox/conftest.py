"""A stand-in in this process and somebody who talks to it over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from sandbox_talker import ALICE, PASSWORD, Talker
from stalwart_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hand_clock import HandClock


@pytest.fixture
def sandbox(clock: HandClock) -> Sandbox:
    """An empty server but for alice."""
    sandbox = Sandbox(base_url="https://mail.test", admin="admin:secret", clock=clock.time)
    sandbox.add_account(ALICE, PASSWORD, description="Alice Example")
    return sandbox


@pytest.fixture
async def talker(sandbox: Sandbox) -> AsyncIterator[Talker]:
    """Alice over HTTP, in this process."""
    transport = httpx2.ASGITransport(app=sandbox.app, client=("127.0.0.1", 40000))
    async with httpx2.AsyncClient(transport=transport, base_url="https://mail.test") as http:
        yield Talker(http)
