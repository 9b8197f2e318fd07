"""So many a second, over all processes: a counter per key and window, one row each.

For requests that prove nothing and cost something (the strength estimate). Wrong tries are `attempts`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, case, delete

from bulwark.store.schema import Moment, metadata, to_microseconds

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bulwark.store.engine import Database

rates = Table(
    "rates",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("window", BigInteger, nullable=False),  # which window is counted, numbered since 1970
    Column("count", Integer, nullable=False),
    Column("forget_at", Moment, nullable=False),
    Index(None, "forget_at"),
)


class RateStore:
    """Counts requests; `key` is already a keyed hash and tells nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def allow(self, key: bytes, purpose: str, most: int, per: timedelta, now: datetime) -> bool:
        """Whether this request is among the first `most` in the present window of length `per`."""
        window = to_microseconds(now) // (per.days * 86_400_000_000 + per.seconds * 1_000_000 + per.microseconds)
        name = hashlib.sha256(purpose.encode() + b"\0" + key).digest()
        insert = self._database.insert(rates).values(key=name, window=window, count=1, forget_at=now + 2 * per)
        statement = insert.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": case((rates.c.window == window, rates.c.count + 1), else_=1),
                "window": window,
                "forget_at": now + 2 * per,
            },
        ).returning(rates.c.count)
        async with self._database.write() as connection:
            count: int = (await connection.execute(statement)).scalar_one()
        return count <= most

    async def purge(self, now: datetime) -> int:
        """Remove counters of windows that are over."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(rates).where(rates.c.forget_at <= now))).rowcount
