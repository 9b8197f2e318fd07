"""Short-lived sealed values between two requests: a sign-in waiting for its code, an enrolment, a form carried on.

Found by the SHA-256 of a random id. Tries are spent by one conditional update, so that parallel requests cannot get
more of them than there are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, bindparam, delete, select, update

from bulwark.store.schema import Moment, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.store.engine import Database

pending = Table(
    "pending",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("account_key", LargeBinary),
    Column("sealed", LargeBinary, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "account_key"),
    Index(None, "ends_at"),
)

_ONE = select(pending).where(
    pending.c.id_hash == bindparam("id"), pending.c.kind == bindparam("kind"), pending.c.ends_at > bindparam("now")
)  # built once: putting a statement together takes as long as carrying it out


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRow:
    """One value; `kind` is a short word such as `sign-in`, `enrolment` or `form`."""

    id_hash: bytes
    kind: str
    sealed: bytes
    ends_at: datetime
    account_key: bytes | None = None
    tries_left: int = 1


class PendingStore:
    """Reads and writes `pending`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, row: PendingRow) -> None:
        """Add the value, or replace the one with the same id."""
        new = asdict(row)
        statement = self._database.insert(pending).values(new)
        del new["id_hash"]
        async with self._database.write() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=["id_hash"], set_=new))

    async def get(self, id_hash: bytes, kind: str, now: datetime) -> PendingRow | None:
        """The value, if it is of this kind and has not ended."""
        async with self._database.read() as connection:
            found = (await connection.execute(_ONE, {"id": id_hash, "kind": kind, "now": now})).mappings().one_or_none()
        return None if found is None else PendingRow(**found)

    async def take(self, id_hash: bytes, kind: str, now: datetime) -> PendingRow | None:
        """Remove the value and give it to one caller only."""
        this = delete(pending).where(pending.c.id_hash == id_hash, pending.c.kind == kind, pending.c.ends_at > now)
        async with self._database.write() as connection:
            found = (await connection.execute(this.returning(*pending.c))).mappings().one_or_none()
        return None if found is None else PendingRow(**found)

    async def spend_try(self, id_hash: bytes, kind: str, now: datetime) -> int | None:
        """Spend one try before it is made: how many remain after it (0 and up), or None when it may not be made."""
        spend = (
            update(pending)
            .where(pending.c.id_hash == id_hash, pending.c.kind == kind)
            .where(pending.c.tries_left > 0, pending.c.ends_at > now)
            .values(tries_left=pending.c.tries_left - 1)
            .returning(pending.c.tries_left)
        )
        async with self._database.write() as connection:
            remaining: int | None = (await connection.execute(spend)).scalar_one_or_none()
        return remaining

    async def delete(self, id_hash: bytes) -> bool:
        """Remove one value; False when there was none."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(pending).where(pending.c.id_hash == id_hash))).rowcount == 1

    async def delete_for_account(self, account_keys: Sequence[bytes], kind: str | None = None) -> int:
        """Remove what is pending for an account, of one kind or of all; how many there were."""
        theirs = delete(pending).where(pending.c.account_key.in_(account_keys))
        if kind is not None:
            theirs = theirs.where(pending.c.kind == kind)
        async with self._database.write() as connection:
            return (await connection.execute(theirs)).rowcount

    async def purge(self, now: datetime) -> int:
        """Remove what has ended."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(pending).where(pending.c.ends_at <= now))).rowcount
