"""The panel's own limit on wrong tries, stricter than the mail server's ban (100 wrong tries a day for a login name).

A try is registered *before* the server is asked, so that parallel requests cannot get more of them; a success or a try
that proved nothing is given back. Three counters, each known only by a keyed hash:

* account and network (IPv4 /32, IPv6 /64): `limit` tries in `window`;
* account alone, five times as loose, against many networks at once;
* account and browser, for a browser that proved an earlier success: it counts on this one only, so that a stranger who
  uses up the other two cannot lock the owner out.

An account is known here by the login as typed, so an alias has counters of its own: whose it is only the mail server
knows, and it tells nobody before a success. What stops somebody who goes through the aliases of one account is that
each of them has the second counter, and that the server counts a network's wrong tries over all logins.

When a counter is full, waiting begins: one minute, doubling with each further wrong try up to `longest_wait`. The wait
is forgotten after a day without a wrong try. Whoever stays below the limit in every window is stopped by the day: after
eight times `limit` tries in 24 hours each further one waits `longest_wait`.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, delete, select

from bulwark.errors import TooManyAttempts
from bulwark.store.schema import Moment, from_microseconds, metadata, to_microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bulwark.clock import Clock
    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer

FIRST_WAIT = timedelta(minutes=1)
DAY = timedelta(days=1)
ACCOUNT_FACTOR = 5
DAY_FACTOR = 8

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("recent", LargeBinary, nullable=False),  # moments of wrong tries in the last day, 8 bytes each, oldest first
    Column("waits", Integer, nullable=False),
    Column("blocked_at", Moment),
    Column("blocked_until", Moment),
    Column("forget_at", Moment, nullable=False),
    Index(None, "forget_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A registered try, to be given to `succeeded` or `give_back`; left alone it counts as a wrong one."""

    own: bytes  # the counter of account and network, or of account and browser
    shared: bytes | None  # the counter of the account alone; a known browser has no part in it
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    key: bytes
    recent: tuple[datetime, ...] = ()
    waits: int = 0
    blocked_at: datetime | None = None
    blocked_until: datetime | None = None


class Attempts:
    """Wrong tries for the accounts of one panel; `purpose` keeps sign-in, step-up, recovery and so on apart."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        limit: int,
        window: timedelta,
        longest_wait: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._limit = limit
        self._window = min(window, DAY)
        self._longest_wait = longest_wait
        self._clock = clock

    async def wait_until(
        self,
        account: str,
        address: str,
        browser: str | None = None,
        *,
        purpose: str = "sign-in",
    ) -> datetime | None:
        """When the next try is allowed; None: at once. `browser` is the id in a verified cookie for this account."""
        own, shared = self._keys(account, address, browser, purpose)
        wanted = select(attempts).where(attempts.c.key.in_([own, shared] if shared else [own]))
        async with self._database.read() as connection:
            counters = [_counter(row) for row in await connection.execute(wanted)]
        return _blocked_until(counters, self._clock.now())

    async def claim(self, account: str, address: str, browser: str | None = None, *, purpose: str = "sign-in") -> Claim:
        """Register a try before it is made; raises `TooManyAttempts` when none is allowed, and then registers none."""
        own, shared = self._keys(account, address, browser, purpose)
        async with self._database.write() as connection:
            counters = await self._locked(connection, own, shared)
            now = self._clock.now()
            until = _blocked_until(counters, now)
            if until is None:
                for counter in counters:
                    limit = self._limit if counter.key == own else self._limit * ACCOUNT_FACTOR
                    await self._store(connection, self._counted(counter, limit, now), now)
        if until is not None:
            raise TooManyAttempts(until)
        return Claim(own=own, shared=shared, at=now)

    async def succeeded(self, claim: Claim) -> None:
        """It was right: forget the wrong tries made from here, and take this one off the account's own counter."""
        await self._undo(claim, forget=claim.own)

    async def give_back(self, claim: Claim) -> None:
        """It proved nothing (the server did not answer, say): as if it had not been made."""
        await self._undo(claim, forget=None)

    async def purge(self, now: datetime) -> int:
        """Remove counters that have nothing to say any more."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(attempts).where(attempts.c.forget_at <= now))).rowcount

    def _keys(self, account: str, address: str, browser: str | None, purpose: str) -> tuple[bytes, bytes | None]:
        """The own and the shared counter's key, under the newest master key: a rotation starts the counting anew."""
        login = unicodedata.normalize("NFC", account.strip()).casefold()
        if browser is not None:
            return self._sealer.index_keys("attempts of a browser", purpose, login, browser)[0], None
        own = self._sealer.index_keys("attempts of a network", purpose, login, network(address))[0]
        return own, self._sealer.index_keys("attempts", purpose, login)[0]

    async def _locked(self, connection: AsyncConnection, own: bytes, shared: bytes | None) -> list[_Counter]:
        """The counters, locked until the transaction ends, in the order of their keys: nobody waits in a ring."""
        keys = sorted([own, shared] if shared else [own])
        now = self._clock.now()
        for key in keys:
            empty = {"key": key, "recent": b"", "waits": 0, "forget_at": now + DAY}
            await connection.execute(self._database.insert(attempts).values(empty).on_conflict_do_nothing())
        wanted = select(attempts).where(attempts.c.key.in_(keys)).order_by(attempts.c.key).with_for_update()
        return [_counter(row) for row in await connection.execute(wanted)]

    def _counted(self, counter: _Counter, limit: int, now: datetime) -> _Counter:
        """The counter after one more try at `now`."""
        day = tuple(moment for moment in counter.recent if moment > now - DAY)
        recent = (*day, now)
        waits = counter.waits if day else 0
        day_is_full = len(recent) >= self._limit * DAY_FACTOR
        window_is_full = sum(moment > now - self._window for moment in recent) >= limit
        if not (waits or day_is_full or window_is_full):
            return _Counter(key=counter.key, recent=recent)
        doubled = FIRST_WAIT * 2 ** min(waits, 20)
        wait = self._longest_wait if day_is_full else min(doubled, self._longest_wait)
        return _Counter(key=counter.key, recent=recent, waits=waits + 1, blocked_at=now, blocked_until=now + wait)

    async def _undo(self, claim: Claim, *, forget: bytes | None) -> None:
        async with self._database.write() as connection:
            for counter in await self._locked(connection, claim.own, claim.shared):
                left = _Counter(key=counter.key) if counter.key == forget else _without(counter, claim.at)
                await self._store(connection, left, claim.at)

    async def _store(self, connection: AsyncConnection, counter: _Counter, now: datetime) -> None:
        if not counter.recent:
            await connection.execute(delete(attempts).where(attempts.c.key == counter.key))
            return
        new = {
            "recent": b"".join(_MOMENT.pack(to_microseconds(moment)) for moment in counter.recent),
            "waits": counter.waits,
            "blocked_at": counter.blocked_at,
            "blocked_until": counter.blocked_until,
            "forget_at": max(now, counter.blocked_until or now) + DAY,
        }
        statement = self._database.insert(attempts).values(key=counter.key, **new)
        await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=new))


_MOMENT = struct.Struct(">q")


def network(address: str) -> str:
    """What counts as one place: an IPv4 address, or an IPv6 /64; a text that is no address stands for itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the protocol's own number
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed.packed, 64), strict=False))


def _counter(row: Row[tuple[object, ...]]) -> _Counter:
    return _Counter(
        key=row.key,
        recent=tuple(from_microseconds(number) for (number,) in _MOMENT.iter_unpack(row.recent)),
        waits=row.waits,
        blocked_at=row.blocked_at,
        blocked_until=row.blocked_until,
    )


def _blocked_until(counters: list[_Counter], now: datetime) -> datetime | None:
    """The latest moment at which all counters let a try through; None when they do now."""
    ends = [counter.blocked_until for counter in counters if counter.blocked_until is not None]
    latest = max(ends, default=now)
    return latest if latest > now else None


def _without(counter: _Counter, at: datetime) -> _Counter:
    """The counter without the try made at `at`, and without the wait that this try began."""
    recent = list(counter.recent)
    if at in recent:
        recent.remove(at)
    if counter.blocked_at == at:
        return _Counter(key=counter.key, recent=tuple(recent), waits=max(counter.waits - 1, 0))
    return replace(counter, recent=tuple(recent))
