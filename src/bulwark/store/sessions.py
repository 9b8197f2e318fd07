"""Rows of signed-in browsers. What is sealed stays bytes here; who may use a row is decided above.

A row is found by the SHA-256 of the 256-bit id in the cookie. At sign-in and step-up the id changes: the old row stays
good for reading for `REPLACED_READABLE`, so that requests already under way do not fail. A session that its browser
left for another account has `left_at`: it gets no new id then, because no answer could bring it to the browser.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, and_, bindparam, delete, func, or_, select, update

from bulwark.store.schema import Moment, metadata, numbered, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Delete, Select, Update

    from bulwark.store.engine import Alongside, Database

REPLACED_READABLE = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)
REFRESH_LEASE = timedelta(seconds=20)  # longer than the longest wait for the mail server

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("account_key", LargeBinary, nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),
    Column("shown_sealed", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("recent_auth_at", Moment),
    Column("replaced_at", Moment),
    Column("replaced_by", LargeBinary),
    Column("refresh_lease_until", Moment),
    Column("left_at", Moment),
    Index(None, "account_key"),
    Index(None, "last_used_at"),
    Index(None, "replaced_by"),
)


# Built once: every page asks one of them.
_ONE = select(sessions).where(sessions.c.id_hash == bindparam("wanted"))


@cache
def _several(count: int) -> Select[Any]:
    return select(sessions).where(one_of(sessions.c.id_hash, "wanted", count))


@cache
def _of_account(keys: int) -> Select[Any]:
    theirs = select(sessions).where(one_of(sessions.c.account_key, "key", keys), sessions.c.replaced_at.is_(None))
    return theirs.order_by(sessions.c.last_used_at.desc(), sessions.c.id_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One row; moments are aware and in UTC, `version` counts the writes of `state_sealed`."""

    id_hash: bytes
    account_key: bytes
    state_sealed: bytes
    shown_sealed: bytes
    created_at: datetime
    last_used_at: datetime
    ends_at: datetime
    recent_auth_at: datetime | None = None
    replaced_at: datetime | None = None
    replaced_by: bytes | None = None
    refresh_lease_until: datetime | None = None
    left_at: datetime | None = None
    version: int = 1


class SessionStore:
    """Reads and writes `sessions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def insert(self, row: SessionRow) -> None:
        """Add a session."""
        async with self._database.write() as connection:
            await connection.execute(sessions.insert(), asdict(row))

    async def get(self, id_hash: bytes) -> SessionRow | None:
        """The row, however old: whether it has ended is for the caller to say."""
        async with self._database.read() as connection:
            found = (await connection.execute(_ONE, {"wanted": id_hash})).mappings().one_or_none()
        return None if found is None else SessionRow(**found)

    async def get_several(self, id_hashes: Sequence[bytes]) -> dict[bytes, SessionRow]:
        """The rows there are, by hash, in one look."""
        wanted = _several(len(id_hashes))
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted, numbered("wanted", id_hashes))).mappings()
            return {row["id_hash"]: SessionRow(**row) for row in rows}

    async def switch(self, leaving: bytes | None, arriving: bytes | None, at: datetime) -> bool:
        """A browser leaves one session and comes to another: both or neither.

        False when one of them is gone or has a new id: the browser is about to learn that id and would lose it.
        """
        async with self._database.write() as connection:
            for id_hash, values in (
                (arriving, {"left_at": None, "last_used_at": at}),
                (leaving, {"left_at": at}),
            ):
                if id_hash is None:
                    continue
                this = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.replaced_at.is_(None))
                if (await connection.execute(this.values(values))).rowcount != 1:
                    await connection.rollback()
                    return False
        return True

    async def touch(self, id_hash: bytes, at: datetime) -> bool:
        """Note a use, at most once a minute; False when nothing was written."""
        fresh = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.last_used_at <= at - TOUCH_EVERY)
        return await self._changed(fresh.values(last_used_at=at))

    async def save_state(self, id_hash: bytes, state_sealed: bytes, expected_version: int) -> bool:
        """Replace the sealed state if nobody else did since; then its version is `expected_version + 1`."""
        same = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.version == expected_version)
        return await self._changed(same.values(state_sealed=state_sealed, version=expected_version + 1))

    async def set_recent_auth(self, id_hash: bytes, at: datetime | None) -> bool:
        """Note a proof of presence, or with None take it back."""
        return await self._changed(update(sessions).where(sessions.c.id_hash == id_hash).values(recent_auth_at=at))

    async def rotate(
        self,
        old_hash: bytes,
        new_row: SessionRow,
        at: datetime,
        *,
        expected_version: int,
        old_state_sealed: bytes | None = None,
        alongside: Alongside | None = None,
    ) -> bool:
        """Give the session a new id: all changes or none. False when the old row is gone, left, replaced or newer.

        `old_state_sealed` is what requests that still come with the old id find there. `alongside` is written in the
        same transaction; what it raises undoes everything.
        """
        old = update(sessions).where(
            sessions.c.id_hash == old_hash,
            sessions.c.replaced_at.is_(None),
            sessions.c.left_at.is_(None),
            sessions.c.version == expected_version,
        )
        async with self._database.write() as connection:
            gone = old.values(replaced_at=at, replaced_by=new_row.id_hash, recent_auth_at=None)
            if old_state_sealed is not None:
                gone = gone.values(state_sealed=old_state_sealed)
            if (await connection.execute(gone)).rowcount != 1:
                return False
            earlier = update(sessions).where(sessions.c.replaced_by == old_hash)
            await connection.execute(earlier.values(replaced_by=new_row.id_hash))
            await connection.execute(sessions.insert(), asdict(new_row))
            if alongside is not None:
                await alongside(connection)
        return True

    async def delete(self, id_hash: bytes) -> bool:
        """Forget one session and the ids it had before; False when there was none."""
        this = or_(sessions.c.id_hash == id_hash, sessions.c.replaced_by == id_hash)
        async with self._database.write() as connection:
            return (await connection.execute(delete(sessions).where(this))).rowcount > 0

    async def delete_for_account(self, account_keys: Sequence[bytes], *, except_hash: bytes | None = None) -> int:
        """Forget all sessions of an account but one; how many were forgotten, replaced ids not counted."""
        mine = sessions.c.account_key.in_(account_keys) & (sessions.c.id_hash != (except_hash or b""))
        async with self._database.write() as connection:
            count = await connection.scalar(
                select(func.count()).select_from(sessions).where(mine, sessions.c.replaced_at.is_(None)),
            )
            await connection.execute(delete(sessions).where(mine))
        return count or 0

    async def list_for_account(self, account_keys: Sequence[bytes]) -> tuple[SessionRow, ...]:
        """The sessions of an account, latest use first, without replaced ids."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_of_account(len(account_keys)), numbered("key", account_keys))).mappings()
            return tuple(SessionRow(**row) for row in rows)

    async def count(self) -> int:
        """How many sessions there are in all, without replaced ids."""
        async with self._database.read() as connection:
            wanted = select(func.count()).select_from(sessions).where(sessions.c.replaced_at.is_(None))
            return await connection.scalar(wanted) or 0

    async def claim_refresh(self, id_hash: bytes, now: datetime, lease: timedelta = REFRESH_LEASE) -> datetime | None:
        """Win the right to refresh the tokens: the lease's end, for `release_refresh`; None when another has it."""
        until = now + lease
        free = or_(sessions.c.refresh_lease_until.is_(None), sessions.c.refresh_lease_until <= now)
        claim = update(sessions).where(sessions.c.id_hash == id_hash, free).values(refresh_lease_until=until)
        return until if await self._changed(claim) else None

    async def release_refresh(self, id_hash: bytes, lease_until: datetime) -> bool:
        """Give the right back; False when the lease has lapsed and is another's now."""
        mine = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.refresh_lease_until == lease_until)
        return await self._changed(mine.values(refresh_lease_until=None))

    async def purge(self, now: datetime, idle: timedelta) -> int:
        """Remove sessions that have ended, were idle for too long, or were replaced a while ago.

        One that was left for another account stays until its end: its browser is still to be told that it idled out.
        """
        over = or_(
            sessions.c.ends_at <= now,
            and_(sessions.c.last_used_at <= now - idle, sessions.c.left_at.is_(None)),
            sessions.c.replaced_at <= now - REPLACED_READABLE,
        )
        async with self._database.write() as connection:
            return (await connection.execute(delete(sessions).where(over))).rowcount

    async def _changed(self, statement: Update | Delete) -> bool:
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1
