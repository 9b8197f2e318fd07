"""Rows of recovery sets and their codes. What wraps and seals them is decided above; here they are bytes.

Before anybody is signed in, only the login is known: `recovery_logins` names, by keyed hash, the logins of a set. A set
is *pending* from when its codes are shown until the server has taken the authenticator, then *current*. A code is
used in three steps, none of which holds a transaction over the network: `claim` (a lease by conditional update), the
sign-in at the server, then `spend` or `release`. Whoever's `spend` answers True has used the code; of two racing uses
exactly one does. After a kill the lease lapses and the code is still good.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from bulwark.store.schema import Moment, metadata, numbered, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Delete, RowMapping, Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bulwark.store.engine import Database

CODE_LEASE = timedelta(seconds=30)

recovery_sets = Table(
    "recovery_sets",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("account_key", LargeBinary, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("device_name_sealed", LargeBinary),
    Column("saved_confirmed_at", Moment),
    Column("sent_at", Moment),
    Column("enrolled_at", Moment),
    Index(None, "account_key"),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("set_id", LargeBinary, ForeignKey("recovery_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("lookup_id", LargeBinary, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("lease_until", Moment),
    UniqueConstraint("set_id", "number"),
)
recovery_logins = Table(
    "recovery_logins",
    metadata,
    Column("set_id", LargeBinary, ForeignKey("recovery_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("login_key", LargeBinary, primary_key=True),
    Index(None, "login_key"),
)

_IN_ORDER = select(recovery_sets).order_by(recovery_sets.c.kind, recovery_sets.c.created_at.desc(), recovery_sets.c.id)


@cache
def _of_account(keys: int) -> Select[Any]:
    return _IN_ORDER.where(one_of(recovery_sets.c.account_key, "key", keys))


@cache
def _of_login(keys: int) -> Select[Any]:
    leading = select(recovery_logins.c.set_id).where(one_of(recovery_logins.c.login_key, "key", keys))
    return _IN_ORDER.where(recovery_sets.c.id.in_(leading))


class SetKind(StrEnum):
    """Whether the server is known to have the authenticator of a set."""

    CURRENT = "current"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySet:
    """One set; `id` is 16 random bytes, `sent_at` when its authenticator may have reached the server."""

    id: bytes
    account_key: bytes
    created_at: datetime
    salt: bytes
    sealed_secret: bytes
    kind: SetKind = SetKind.PENDING
    device_name_sealed: bytes | None = None
    saved_confirmed_at: datetime | None = None
    sent_at: datetime | None = None
    enrolled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCode:
    """One code of a set, found by its lookup id; `lease_until` when somebody is using it."""

    set_id: bytes
    lookup_id: bytes
    number: int
    wrapped_key: bytes
    lease_until: datetime | None = None


class RecoveryStore:
    """Reads and writes `recovery_sets` and `recovery_codes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_set(
        self,
        new: RecoverySet,
        codes: Sequence[RecoveryCode],
        *,
        logins: Collection[bytes] = (),
        dropping: Sequence[bytes] = (),
    ) -> None:
        """Add a set with its codes and logins, drop the named sets, all or nothing; other sets of the account stay."""
        async with self._database.write() as connection:
            if dropping:
                await connection.execute(delete(recovery_sets).where(recovery_sets.c.id.in_(dropping)))
            await connection.execute(recovery_sets.insert(), {**asdict(new), "kind": new.kind.value})
            if codes:
                await connection.execute(recovery_codes.insert(), [asdict(code) for code in codes])
            if logins:
                named = [{"set_id": new.id, "login_key": key} for key in set(logins)]
                await connection.execute(recovery_logins.insert(), named)

    async def sets_of_login(self, login_keys: Sequence[bytes]) -> tuple[RecoverySet, ...]:
        """The sets that a login leads to, in the order of `sets_for`."""
        return await self._sets(_of_login(len(login_keys)), login_keys)

    async def logins_of(self, account_keys: Sequence[bytes]) -> frozenset[bytes]:
        """Every login known for the account's sets."""
        theirs = select(recovery_sets.c.id).where(recovery_sets.c.account_key.in_(account_keys))
        wanted = select(recovery_logins.c.login_key).where(recovery_logins.c.set_id.in_(theirs))
        async with self._database.read() as connection:
            return frozenset((await connection.execute(wanted)).scalars())

    async def add_login(self, account_keys: Sequence[bytes], login_key: bytes) -> None:
        """Let a login lead to all sets of the account; nothing is written where it does already."""
        theirs = recovery_sets.c.account_key.in_(account_keys)
        known = select(recovery_logins.c.set_id).where(recovery_logins.c.login_key == login_key)
        missing = select(recovery_sets.c.id).where(theirs, recovery_sets.c.id.not_in(known))
        async with self._database.read() as connection:
            if (await connection.execute(missing.limit(1))).first() is None:
                return
        rows = select(recovery_sets.c.id, bindparam("login", login_key, type_=LargeBinary)).where(theirs)
        new = self._database.insert(recovery_logins).from_select(["set_id", "login_key"], rows)
        async with self._database.write() as connection:
            await connection.execute(new.on_conflict_do_nothing())

    async def sets_for(self, account_keys: Sequence[bytes]) -> tuple[RecoverySet, ...]:
        """The sets of an account, the current one first, then the newest pending one."""
        return await self._sets(_of_account(len(account_keys)), account_keys)

    async def _sets(self, wanted: Select[Any], keys: Sequence[bytes]) -> tuple[RecoverySet, ...]:
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted, numbered("key", keys))).mappings()
            return tuple(_set(row) for row in rows)

    async def mark_sent(self, set_id: bytes, at: datetime, device_name_sealed: bytes | None = None) -> bool:
        """Note, before the request goes out, that the server may have the authenticator: from then on no purge.

        False when the set is not there (any more): then nothing may be sent.
        """
        values: dict[str, object] = {"sent_at": at}
        if device_name_sealed is not None:
            values["device_name_sealed"] = device_name_sealed
        return await self._changed(update(recovery_sets).where(recovery_sets.c.id == set_id).values(values))

    async def mark_not_sent(self, set_id: bytes) -> bool:
        """Take that back: the server refused it, or it never went out."""
        return await self._changed(update(recovery_sets).where(recovery_sets.c.id == set_id).values(sent_at=None))

    async def mark_saved(self, set_id: bytes, at: datetime) -> bool:
        """Note that the person typed one of the codes back."""
        return await self._changed(
            update(recovery_sets).where(recovery_sets.c.id == set_id).values(saved_confirmed_at=at),
        )

    async def promote(self, set_id: bytes, account_keys: Sequence[bytes], at: datetime) -> bool:
        """The server has this set's authenticator: make it the current one and drop all others of the account.

        New codes for the same authenticator keep the `enrolled_at` they were put with. False, with nothing changed,
        when the set is not there.
        """
        this = recovery_sets.c.account_key.in_(account_keys) & (recovery_sets.c.id == set_id)
        async with self._database.write() as connection:
            since = func.coalesce(recovery_sets.c.enrolled_at, bindparam("at", at, type_=Moment))
            made = update(recovery_sets).where(this).values(kind=SetKind.CURRENT.value, enrolled_at=since)
            if (await connection.execute(made)).rowcount != 1:
                return False
            others = recovery_sets.c.account_key.in_(account_keys) & (recovery_sets.c.id != set_id)
            await connection.execute(delete(recovery_sets).where(others))
        return True

    async def drop(self, set_id: bytes) -> bool:
        """Remove a set with its codes; False when there was none."""
        return await self._changed(delete(recovery_sets).where(recovery_sets.c.id == set_id))

    async def drop_unsent(self, set_id: bytes) -> bool:
        """Remove a pending set unless its authenticator may have been sent; False when nothing was removed."""
        this = (recovery_sets.c.id == set_id) & (recovery_sets.c.kind == SetKind.PENDING.value)
        return await self._changed(delete(recovery_sets).where(this, recovery_sets.c.sent_at.is_(None)))

    async def drop_for_account(self, account_keys: Sequence[bytes]) -> int:
        """Remove all sets of an account, because its second factor is off; how many there were."""
        async with self._database.write() as connection:
            theirs = delete(recovery_sets).where(recovery_sets.c.account_key.in_(account_keys))
            return (await connection.execute(theirs)).rowcount

    async def void(self, account_keys: Sequence[bytes], known_before: datetime) -> int:
        """Remove the sets whose authenticator the server may have had before a moment; how many there were.

        A read showed that the second factor is off. Younger ones stay, and so do those that were never sent: somebody
        may be setting them up just now.
        """
        since = func.coalesce(recovery_sets.c.sent_at, recovery_sets.c.enrolled_at)
        theirs = recovery_sets.c.account_key.in_(account_keys) & (
            since < bindparam("since", known_before, type_=Moment)
        )
        async with self._database.write() as connection:
            return (await connection.execute(delete(recovery_sets).where(theirs))).rowcount

    async def find(self, set_id: bytes, lookup_id: bytes) -> RecoveryCode | None:
        """A code, only looked at: for typing one back and for testing one."""
        wanted = select(recovery_codes).where(_this(set_id, lookup_id))
        async with self._database.read() as connection:
            found = (await connection.execute(wanted)).mappings().one_or_none()
        return None if found is None else RecoveryCode(**found)

    async def claim(
        self,
        set_id: bytes,
        lookup_id: bytes,
        now: datetime,
        lease: timedelta = CODE_LEASE,
    ) -> RecoveryCode | None:
        """Take the code for a while; None when there is no such code or somebody else is using it."""
        free = or_(recovery_codes.c.lease_until.is_(None), recovery_codes.c.lease_until <= now)
        taking = update(recovery_codes).where(_this(set_id, lookup_id), free).values(lease_until=now + lease)
        async with self._database.write() as connection:
            found = (await connection.execute(taking.returning(*recovery_codes.c))).mappings().one_or_none()
        return None if found is None else RecoveryCode(**found)

    async def spend(self, code: RecoveryCode) -> bool:
        """Remove a used code. Only the caller that gets True has used it; on False the sign-in must not go on."""
        async with self._database.write() as connection:
            return await self.spend_within(connection, code)

    async def spend_within(self, connection: AsyncConnection, code: RecoveryCode) -> bool:
        """The same in somebody else's transaction."""
        spent = delete(recovery_codes).where(_this(code.set_id, code.lookup_id))
        return (await connection.execute(spent)).rowcount == 1

    async def release(self, code: RecoveryCode) -> bool:
        """Give a claimed code back unused; False when the lease had lapsed and it is another's now."""
        mine = _this(code.set_id, code.lookup_id) & (recovery_codes.c.lease_until == code.lease_until)
        return await self._changed(update(recovery_codes).where(mine).values(lease_until=None))

    async def left(self, set_id: bytes) -> int:
        """How many codes of a set are not used up."""
        wanted = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.set_id == set_id)
        async with self._database.read() as connection:
            return await connection.scalar(wanted) or 0

    async def purge(self, made_before: datetime) -> int:
        """Remove pending sets that were abandoned before their authenticator was sent anywhere."""
        abandoned = (
            (recovery_sets.c.kind == SetKind.PENDING.value)
            & recovery_sets.c.sent_at.is_(None)
            & (recovery_sets.c.created_at < made_before)
        )
        async with self._database.write() as connection:
            return (await connection.execute(delete(recovery_sets).where(abandoned))).rowcount

    async def _changed(self, statement: Update | Delete) -> bool:
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1


def _this(set_id: bytes, lookup_id: bytes) -> ColumnElement[bool]:
    return (recovery_codes.c.set_id == set_id) & (recovery_codes.c.lookup_id == lookup_id)


def _set(row: RowMapping) -> RecoverySet:
    return RecoverySet(**{**row, "kind": SetKind(row["kind"])})
