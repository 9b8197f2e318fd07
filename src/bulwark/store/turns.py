"""Whose turn it is: work that one process does for all, such as removing what has ended; one deed at a time.

One conditional write decides, on both databases alike: the first to come has the turn until it ends. Unlike a lock it
cannot be left behind by a killed process, and processes whose timers differ do not repeat each other's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from bulwark.store.uses import feed, heard

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bulwark.store.engine import Database


async def take_turn(database: Database, name: str, now: datetime, lasts: timedelta) -> bool:
    """Whether this process has the turn; nobody else gets it until `lasts` is over. `name` has at most 16 letters."""
    insert = database.insert(feed).values(name=name, at=now + lasts)
    insert = insert.on_conflict_do_update(index_elements=["name"], set_={"at": now + lasts}, where=feed.c.at <= now)
    async with database.write() as connection:
        return (await connection.execute(insert.returning(feed.c.name))).first() is not None


async def claim(database: Database, mark: bytes, now: datetime, lasts: timedelta) -> bool:
    """Whether the caller may go on with what `mark` names; nobody else may until `lasts` is over, or it is released."""
    until, free = {"forget_at": now + lasts}, heard.c.forget_at <= now
    insert = database.insert(heard).values(mark=mark, **until)
    insert = insert.on_conflict_do_update(index_elements=["mark"], set_=until, where=free)
    async with database.write() as connection:
        return (await connection.execute(insert.returning(heard.c.mark))).first() is not None


async def prolong(database: Database, mark: bytes, until: datetime) -> None:
    """Keep what was claimed for longer."""
    async with database.write() as connection:
        await connection.execute(update(heard).where(heard.c.mark == mark).values(forget_at=until))


async def release(database: Database, mark: bytes) -> None:
    """Let the next one go on at once."""
    async with database.write() as connection:
        await connection.execute(delete(heard).where(heard.c.mark == mark))
