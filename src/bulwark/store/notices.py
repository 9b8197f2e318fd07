"""Notices that wait to be placed into somebody's Inbox. No secret is in the queue: who sends signs in as that person.

A notice is claimed by a conditional update before it is sent, with a lease; what was tried before and never settled is
told by `tried_at`, so that nobody gets it twice without looking first. Known subjects (`heard` of `store.uses`) keep a
reminder or a first sight from being told again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, LargeBinary, String, Table, delete, or_, select, update

from bulwark.store.schema import Moment, metadata
from bulwark.store.uses import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.store.engine import Database

LEASE = timedelta(seconds=60)

notices = Table(
    "notices",
    metadata,
    Column("mark", LargeBinary, primary_key=True),
    Column("account_key", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),
    Column("tried_at", Moment),
    Column("lease_until", Moment),
    Index(None, "account_key", "at"),
    Index(None, "at"),
)

choices = Table(
    "notice_choices",
    metadata,
    Column("account_key", LargeBinary, primary_key=True),
    Column("turned_off", String(200), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice; `tried_at` is set when it may have been sent without anybody knowing."""

    mark: bytes
    account_key: bytes
    at: datetime
    details_sealed: bytes
    tried_at: datetime | None = None
    lease_until: datetime | None = None


class NoticeStore:
    """Reads and writes the queue and the choices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: NoticeRow) -> None:
        """Queue a notice."""
        async with self._database.write() as connection:
            await connection.execute(notices.insert(), asdict(row))

    async def waiting(self, account_keys: Sequence[bytes], now: datetime) -> tuple[NoticeRow, ...]:
        """What waits and nobody is sending, the oldest first."""
        free = or_(notices.c.lease_until.is_(None), notices.c.lease_until <= now)
        wanted = select(notices).where(notices.c.account_key.in_(account_keys), free).order_by(notices.c.at)
        async with self._database.read() as connection:
            return tuple(NoticeRow(**row) for row in (await connection.execute(wanted)).mappings())

    async def claim(self, mark: bytes, now: datetime) -> bool:
        """Win the right to send it; False when another has it, or sent it."""
        free = or_(notices.c.lease_until.is_(None), notices.c.lease_until <= now)
        claim = update(notices).where(notices.c.mark == mark, free).values(lease_until=now + LEASE, tried_at=now)
        async with self._database.write() as connection:
            return (await connection.execute(claim)).rowcount == 1

    async def give_back(self, mark: bytes, tried_at: datetime | None) -> None:
        """It was not sent (None), or nobody knows (the moment of the try)."""
        freed = update(notices).where(notices.c.mark == mark).values(lease_until=None, tried_at=tried_at)
        async with self._database.write() as connection:
            await connection.execute(freed)

    async def remove(self, mark: bytes) -> None:
        """It lies in the Inbox, or is not wanted."""
        async with self._database.write() as connection:
            await connection.execute(delete(notices).where(notices.c.mark == mark))

    async def is_first(self, mark: bytes, forget_at: datetime) -> bool:
        """Whether a subject is met for the first time; it is remembered until `forget_at`."""
        async with self._database.read() as connection:  # mostly it is known, and a look makes nobody wait
            if (await connection.execute(select(heard.c.mark).where(heard.c.mark == mark))).first() is not None:
                return False
        insert = self._database.insert(heard).values(mark=mark, forget_at=forget_at).on_conflict_do_nothing()
        async with self._database.write() as connection:
            return (await connection.execute(insert.returning(heard.c.mark))).first() is not None

    async def turned_off(self, account_keys: Sequence[bytes]) -> frozenset[str]:
        """The kinds that a person does not want."""
        wanted = select(choices).where(choices.c.account_key.in_(account_keys))
        async with self._database.read() as connection:
            rows = {row.account_key: row.turned_off for row in (await connection.execute(wanted)).all()}
        newest = next((rows[key] for key in account_keys if key in rows), "")
        return frozenset(newest.split())

    async def choose(self, account_keys: Sequence[bytes], turned_off: frozenset[str]) -> None:
        """Keep what a person does not want."""
        words = " ".join(sorted(turned_off))
        insert = self._database.insert(choices).values(account_key=account_keys[0], turned_off=words)
        insert = insert.on_conflict_do_update(index_elements=["account_key"], set_={"turned_off": words})
        async with self._database.write() as connection:
            await connection.execute(delete(choices).where(choices.c.account_key.in_(account_keys[1:])))
            await connection.execute(insert)

    async def purge(self, before: datetime) -> int:
        """Remove what could not be delivered for long."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(notices).where(notices.c.at < before))).rowcount
