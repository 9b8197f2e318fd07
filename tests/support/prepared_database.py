"""A database with all tables and no rows, made once for many tests: migrating takes longer than most of them."""

from __future__ import annotations

from bulwark.store.engine import Database


async def prepare(url: str) -> None:
    """Make the tables, as the panel does when it starts."""
    opened = Database.open(url)
    await opened.prepare()
    await opened.dispose()
