"""What is removed in time, table by table; any process may do it, and doing it twice does no harm."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from bulwark.store.attempts import attempts
from bulwark.store.events import events
from bulwark.store.pending import pending
from bulwark.store.recovery import RecoveryStore
from bulwark.store.sessions import SessionStore

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.store.engine import Database

ABANDONED_AFTER = timedelta(days=1)


async def purge(database: Database, now: datetime, *, session_idle: timedelta, events_kept: timedelta) -> int:
    """Remove everything whose time is over, in one short transaction per table; how many rows that were."""
    removed = await SessionStore(database).purge(now, session_idle)
    removed += await RecoveryStore(database).purge(now - ABANDONED_AFTER)
    for old in (
        delete(pending).where(pending.c.ends_at <= now),
        delete(attempts).where(attempts.c.forget_at <= now),
        delete(events).where(events.c.at < now - events_kept),
    ):
        async with database.write() as connection:
            removed += (await connection.execute(old)).rowcount
    return removed
