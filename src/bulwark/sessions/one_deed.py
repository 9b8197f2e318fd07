"""One deed at a time in a session, over all processes: a second click waits until the first one has its answer.

A new password kills the session's tokens at the mail server before the panel has others. Whoever came with the same
session in between was told that it had ended, or that the password was wrong. Such a deed is claimed in the database
before anything is sent; the claim lapses by itself a few seconds after a kill, and is prolonged as long as the deed
lasts.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from bulwark.errors import ServerUnreachable, StoreUnavailable
from bulwark.store import turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bulwark.sessions.keeper import Session
    from bulwark.sessions.panel import Panel

_LASTS = timedelta(seconds=5)
_PROLONGED_EVERY = 1.0  # seconds
_LOOK_EVERY = 0.1
_PATIENCE = 40.0  # seconds; a new password is two or three requests, each of fifteen at most


@asynccontextmanager
async def one_deed(panel: Panel, session: Session) -> AsyncIterator[None]:
    """Keep the session to oneself for the block, after waiting for another request that has it.

    Raises:
        StoreUnavailable: it cannot be claimed, so nothing may be sent. ServerUnreachable: the other one takes too long.
    """
    mark = hashlib.sha256(b"deed\0" + session.row.id_hash).digest()[:16]
    try:
        with anyio.fail_after(_PATIENCE):
            while not await turns.claim(panel.database, mark, panel.clock.now(), _LASTS):  # noqa: ASYNC110 - the other may be another process
                await anyio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise ServerUnreachable(nothing_changed=False) from None
    prolonging = asyncio.get_running_loop().create_task(_prolong(panel, mark))
    try:
        yield
    finally:
        prolonging.cancel()
        with anyio.CancelScope(shield=True), suppress(StoreUnavailable):  # then it lapses
            await turns.release(panel.database, mark)


async def _prolong(panel: Panel, mark: bytes) -> None:
    while True:
        await anyio.sleep(_PROLONGED_EVERY)
        with suppress(StoreUnavailable):
            await turns.prolong(panel.database, mark, panel.clock.now() + _LASTS)
