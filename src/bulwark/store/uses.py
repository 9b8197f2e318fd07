"""What the mail server reported of sign-ins: the last use of each credential, counts per day, and what was heard.

Credentials are told by their number on the server (0 is the main password), accounts by their keyed hash; addresses are
sealed with the master key. A report counts once: its mark is kept until it would be refused as too old anyway. Batches
are written in the order of their keys, so that two processes never wait for each other in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    case,
    delete,
    select,
)

from bulwark.store.schema import Moment, metadata, numbered, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bulwark.store.engine import Database

    Aggregate = Callable[[set[bytes]], tuple[Iterable["UseRow"], Iterable["DayRow"]]]

MAIN_PASSWORD = 0
_FIRST, _LAST = "first", "last"

uses = Table(
    "uses",
    metadata,
    Column("account_key", LargeBinary, primary_key=True),
    Column("credential", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("protocol", String(32), nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Index(None, "at"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("account_key", LargeBinary, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),  # days since 1970 in UTC
    Column("outcome", String(16), primary_key=True),
    Column("credential", BigInteger, primary_key=True, autoincrement=False),
    Column("protocol", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Index(None, "last_at"),
)

heard = Table(
    "heard",
    metadata,
    Column("mark", LargeBinary, primary_key=True),
    Column("forget_at", Moment, nullable=False),
    Index(None, "forget_at"),
)

feed = Table(
    "feed",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """When a credential was last used, over what, and from where (sealed)."""

    account_key: bytes
    credential: int
    at: datetime
    protocol: str
    address_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """How often something happened on one day; the address is the latest one."""

    account_key: bytes
    day: int
    outcome: str
    credential: int
    protocol: str
    count: int
    first_at: datetime
    last_at: datetime
    address_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Since when the server reports, and when it did last; None where it never did."""

    first_at: datetime | None
    last_at: datetime | None


_FEED = select(feed)


@cache
def _of_account(keys: int) -> Select[Any]:
    return select(uses).where(one_of(uses.c.account_key, "key", keys))


class UseStore:
    """Reads and writes what was reported."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(
        self,
        marks: Mapping[bytes, datetime],
        aggregate: Aggregate,
        now: datetime,
    ) -> int:
        """Note which reports are new and add those up, in one transaction; how many were new.

        `marks` name the reports with the moment at which they may be forgotten; `aggregate` is called with the new
        ones and gives the rows to write.
        """
        rows = [{"mark": mark, "forget_at": marks[mark]} for mark in sorted(marks)]
        insert = self._database.insert(heard).on_conflict_do_nothing().returning(heard.c.mark)
        async with self._database.write() as connection:
            new = set((await connection.execute(insert, rows)).scalars()) if rows else set()
            used, days = aggregate(new)
            if used:
                statement = self._database.insert(uses)
                fresh = statement.excluded
                statement = statement.on_conflict_do_update(
                    index_elements=["account_key", "credential"],
                    set_={"at": fresh.at, "protocol": fresh.protocol, "address_sealed": fresh.address_sealed},
                    where=fresh.at > uses.c.at,
                )
                ordered = sorted(used, key=lambda row: (row.account_key, row.credential))
                await connection.execute(statement, [_values(row) for row in ordered])
            if days:
                await connection.execute(self._adding(), [_values(row) for row in sorted(days, key=_key)])
            if new:
                await self._note_feed(connection, now)
        return len(new)

    def _adding(self) -> sqlite.Insert | postgresql.Insert:
        statement = self._database.insert(sign_ins)
        fresh = statement.excluded
        is_later = fresh.last_at >= sign_ins.c.last_at
        return statement.on_conflict_do_update(
            index_elements=["account_key", "day", "outcome", "credential", "protocol"],
            set_={
                "count": sign_ins.c.count + fresh.count,
                "first_at": case((fresh.first_at < sign_ins.c.first_at, fresh.first_at), else_=sign_ins.c.first_at),
                "last_at": case((is_later, fresh.last_at), else_=sign_ins.c.last_at),
                "address_sealed": case((is_later, fresh.address_sealed), else_=sign_ins.c.address_sealed),
            },
        )

    async def _note_feed(self, connection: AsyncConnection, now: datetime) -> None:
        first = self._database.insert(feed).values(name=_FIRST, at=now).on_conflict_do_nothing()
        last = self._database.insert(feed).values(name=_LAST, at=now)
        last = last.on_conflict_do_update(index_elements=["name"], set_={"at": now}, where=feed.c.at < now)
        await connection.execute(first)
        await connection.execute(last)

    async def feed(self) -> Feed:
        """Since when the server reports sign-ins, and when it did last."""
        async with self._database.read() as connection:
            found = {row.name: row.at for row in (await connection.execute(_FEED)).all()}
        return Feed(first_at=found.get(_FIRST), last_at=found.get(_LAST))

    async def uses_of(self, account_keys: Sequence[bytes]) -> tuple[UseRow, ...]:
        """The last use of every credential of an account."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_of_account(len(account_keys)), numbered("key", account_keys))).mappings()
            return tuple(UseRow(**row) for row in rows)

    async def days_of(
        self, account_keys: Sequence[bytes], *, since: datetime | None, until: datetime | None, limit: int
    ) -> tuple[DayRow, ...]:
        """Counts whose latest moment lies after `since` and not after `until`, the latest first."""
        within: list[ColumnElement[bool]] = [sign_ins.c.account_key.in_(account_keys)]
        if since is not None:
            within.append(sign_ins.c.last_at > since)
        if until is not None:
            within.append(sign_ins.c.last_at <= until)
        wanted = select(sign_ins).where(and_(*within)).order_by(sign_ins.c.last_at.desc()).limit(limit)
        async with self._database.read() as connection:
            return tuple(DayRow(**row) for row in (await connection.execute(wanted)).mappings())

    async def purge(self, now: datetime, *, days_before: datetime, uses_before: datetime) -> int:
        """Remove marks that are no longer needed, counts and uses past their keeping."""
        removed = 0
        for statement in (
            delete(heard).where(heard.c.forget_at <= now),
            delete(sign_ins).where(sign_ins.c.last_at < days_before),
            delete(uses).where(uses.c.at < uses_before),
        ):
            async with self._database.write() as connection:
                removed += (await connection.execute(statement)).rowcount
        return removed


def _values(row: UseRow | DayRow) -> dict[str, object]:
    """The columns of a row; `dataclasses.asdict` would copy every moment, which takes as long as all the rest."""
    return {name: getattr(row, name) for name in row.__slots__}


def _key(row: DayRow) -> tuple[bytes, int, str, int, str]:
    return (row.account_key, row.day, row.outcome, row.credential, row.protocol)
