"""Now and then, what has ended is removed: sessions, half sign-ins, old attempts, events past their keeping.

Any process may do it, and one does it for all of them at a time; several at once would do no harm: each removal is one
statement about rows that nobody can use.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import structlog

from bulwark.errors import StoreUnavailable
from bulwark.store.turns import take_turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bulwark.sessions.panel import Panel

EVERY = 300.0  # seconds
TURN = timedelta(seconds=EVERY - 10)  # so long nobody else does it

log = structlog.get_logger("bulwark.housekeeping")


@asynccontextmanager
async def running(panel: Panel) -> AsyncIterator[None]:
    """Keep house while the panel serves; what is under way when it stops is finished, never cut off."""
    stop = anyio.Event()
    async with anyio.create_task_group() as group:
        group.start_soon(_until, stop, panel)
        try:
            yield
        finally:
            stop.set()


async def _until(stop: anyio.Event, panel: Panel) -> None:
    while not stop.is_set():
        with anyio.move_on_after(EVERY):
            await stop.wait()
            return
        try:
            if await take_turn(panel.database, "housekeeping", panel.clock.now(), TURN):
                await once(panel)
        except StoreUnavailable:
            log.warning("housekeeping-postponed")


async def once(panel: Panel) -> None:
    """Remove what has ended."""
    now = panel.clock.now()
    await panel.sessions.purge()
    await panel.pending.purge(now)
    await panel.recovery.purge()
    await panel.attempts.purge(now)
    await panel.rates.purge(now)
    await panel.intake.purge(now, kept=panel.settings.events_kept)
    await panel.notices.purge(now)
    await panel.events.purge(now - panel.settings.events_kept)
