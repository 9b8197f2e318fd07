"""Notices into a person's own Inbox: queued when something happens, placed with that person's next session.

Placing one never holds up or fails what it is about: it happens beside, and what could not be placed waits. The queue
holds no secret. What may have been placed by a try whose answer was lost is looked for by its mark before another try.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import msgspec
import structlog

import stalwart_jmap as jmap
from bulwark import language
from bulwark.account import notice_texts as texts
from bulwark.account.all_credentials import credentials_of
from bulwark.account.notice_placing import Told, place
from bulwark.account.notice_texts import ALWAYS, NoticeKind
from bulwark.errors import BulwarkError, SealBroken, StoreUnavailable
from bulwark.store.events import Event, EventKind, shortened
from bulwark.store.notices import NoticeRow, NoticeStore
from stalwart_jmap.objects import notice as wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bulwark.account.account import Account
    from bulwark.clock import Clock
    from bulwark.store.engine import Database
    from bulwark.store.sealed import Sealer
    from stalwart_jmap.objects.account import Account as Listed

KEPT = timedelta(days=30)  # undelivered
ADDRESS_KNOWN = timedelta(days=400)
REMINDERS = (14, 3, 0)  # days before the end
LOOK_AGAIN = timedelta(minutes=1)  # after a look that found nothing: another process may queue something meanwhile
_MOST_QUIET = 4096  # accounts remembered as such
FOR_OTHERS = 5.0  # seconds that placing a notice for somebody else may hold up the receipt
_PURPOSE = "notice"

log = structlog.get_logger("bulwark.notices")


class _Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a notice is about; `ends` names credentials of a reminder."""

    kind: str
    event: str = ""
    address: str | None = None
    device: str | None = None
    params: dict[str, str] = {}  # msgspec copies it
    ends: tuple[str, ...] = ()
    days: int = 0

    @classmethod
    def of(cls, event: Event, kind: NoticeKind) -> _Details:
        """What an event's notice is about."""
        return cls(
            kind=kind.value,
            event=event.kind.value,
            address=event.address,
            device=event.device,
            params=dict(event.params),
        )


class Notices:
    """The queue and its sender; `running` lets it work beside the panel."""

    def __init__(
        self,
        *,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        server_name: str,
        public_url: str | None,
        default_language: str,
    ) -> None:
        self._store = NoticeStore(database)
        self._sealer = sealer
        self._clock = clock
        self._server_name = server_name
        self._default_language = default_language
        self._link = f"{public_url}/activity/not-me" if public_url else ""
        self._group: anyio.abc.TaskGroup | None = None
        self._under_way = 0
        self._busy: set[bytes] = set()
        self._again: dict[bytes, tuple[Account, tuple[bytes, ...]]] = {}
        self._quiet_until: dict[bytes, datetime] = {}
        self._idle = anyio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Place notices while the panel serves; what is under way when it stops is finished."""
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                yield
            finally:
                self._group = None

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await self._idle.wait()

    # Queueing

    async def heard(self, account_key: bytes, event: Event) -> None:
        """An event was stored: queue its notice, if it becomes one. Never a reason for the action to fail."""
        kind = texts.kind_of(event.kind)
        if kind is None:
            return
        try:
            if kind is NoticeKind.ADDRESS and not await self._is_new_address(account_key, event):
                return
            await self._queue(account_key, event.at, _Details.of(event, kind))
        except StoreUnavailable:
            log.warning("notice-not-queued", event=event.kind.value)

    async def _is_new_address(self, account_key: bytes, event: Event) -> bool:
        """Whether the network was never seen with this account; the very first one is known from the start."""
        forget_at = event.at + ADDRESS_KNOWN
        is_first_ever = await self._store.is_first(_subject(b"any address", account_key), forget_at)
        network = shortened(event.address or "") or "unknown"
        is_new = await self._store.is_first(_subject(b"address", account_key, network.encode()), forget_at)
        return is_new and not is_first_ever

    async def _queue(self, account_key: bytes, at: datetime, details: _Details) -> None:
        mark = os.urandom(16)
        sealed = self._sealer.seal(msgspec.json.encode(details), purpose=_PURPOSE, binding=mark)
        await self._store.add(NoticeRow(mark=mark, account_key=account_key, at=at, details_sealed=sealed))
        self._quiet_until.pop(account_key, None)

    # Choices

    async def turned_off(self, account_keys: Sequence[bytes]) -> frozenset[str]:
        """The kinds that a person does not want."""
        return await self._store.turned_off(account_keys)

    async def choose(self, account_keys: Sequence[bytes], turned_off: frozenset[NoticeKind]) -> None:
        """Keep what a person does not want; the first three kinds cannot be turned off."""
        kept = frozenset(kind.value for kind in turned_off if kind not in ALWAYS)
        await self._store.choose(account_keys, kept)

    # Placing

    def start(self, account: Account, account_keys: Sequence[bytes]) -> None:
        """Place what waits for an account, beside everything else, in the language that is in force here."""
        quiet_until = self._quiet_until.get(account_keys[0])
        if self._group is None or (quiet_until is not None and self._clock.now() < quiet_until):
            return
        if account_keys[0] in self._busy:  # one at a time for an account, however many pages are opened meanwhile
            self._again[account_keys[0]] = (account, tuple(account_keys))
            return
        self._busy.add(account_keys[0])
        self._under_way += 1
        self._group.start_soon(self._work, account, tuple(account_keys))

    async def _work(self, account: Account, account_keys: tuple[bytes, ...]) -> None:
        name = account_keys[0]
        following: tuple[Account, tuple[bytes, ...]] | None = (account, account_keys)
        try:
            while following is not None:
                await self._once(*following)
                following = self._again.pop(name, None)
        finally:
            self._again.pop(name, None)
            self._busy.discard(name)
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
                self._idle = anyio.Event()

    async def _once(self, account: Account, account_keys: tuple[bytes, ...]) -> None:
        self._note_quiet(account_keys[0])  # before the look: what is queued from here on takes it back
        try:
            await self._remind(account, account_keys)
            if await self._place_all(account, account_keys):
                return
        except (StoreUnavailable, BulwarkError, jmap.StalwartError) as error:
            log.info("notices-wait", error=type(error).__name__)
        self._quiet_until.pop(account_keys[0], None)

    def _note_quiet(self, name: bytes) -> None:
        if len(self._quiet_until) >= _MOST_QUIET:
            self._quiet_until.clear()
        self._quiet_until[name] = self._clock.now() + LOOK_AGAIN

    async def _remind(self, account: Account, account_keys: tuple[bytes, ...]) -> None:
        """Once a day: queue a reminder for what ends in 14 days, 3 days, or today, each once."""
        now = self._clock.now()
        today = _subject(b"reminded", account_keys[0], now.date().isoformat().encode())
        if not await self._store.is_first(today, now + timedelta(days=2)):
            return
        by_days: dict[int, list[str]] = {}
        for one in await credentials_of(account):
            if one.expires_at is None or one.expires_at <= now:
                continue
            left = (one.expires_at - now) / timedelta(days=1)
            days = next((days for days in sorted(REMINDERS) if left <= max(days, 1)), None)
            if days is None:
                continue
            made = one.created_at.isoformat() if one.created_at else ""
            named = f"{type(one).__name__} {one.id} {made} {one.expires_at.isoformat()} {days}".encode()
            if await self._store.is_first(
                _subject(b"ends", account_keys[0], named), one.expires_at + timedelta(days=1)
            ):
                by_days.setdefault(days, []).append(one.description)
        for days, names in by_days.items():
            details = _Details(kind=NoticeKind.ENDING.value, ends=tuple(names), days=days)
            await self._queue(account_keys[0], now, details)

    async def _place_all(self, account: Account, account_keys: tuple[bytes, ...]) -> bool:
        """Place what waits; whether nothing did."""
        waiting = await self._store.waiting(account_keys, self._clock.now())
        if not waiting:
            return True
        if not account.rights.has(wire.CREATE):
            return False
        unwanted = await self._store.turned_off(account_keys)
        for row in waiting:
            details = self._open(row)
            if details is None or details.kind in unwanted:
                await self._store.remove(row.mark)
            elif await self._store.claim(row.mark, self._clock.now()):
                await self._place(account, row, details)
        return False

    def _open(self, row: NoticeRow) -> _Details | None:
        try:
            plain = self._sealer.open(row.details_sealed, purpose=_PURPOSE, binding=row.mark)
            return msgspec.json.decode(plain, type=_Details)
        except (SealBroken, msgspec.DecodeError):
            return None

    async def _place(self, account: Account, row: NoticeRow, details: _Details) -> None:
        """Place one that was claimed; what is not known to be placed waits for the next visit."""
        if row.tried_at is not None and await self._may_be_there(account, row):
            await self._store.remove(row.mark)
            return
        await self._send(account, row, details, to=account.address)

    async def _send(
        self, account: Account, row: NoticeRow, details: _Details, *, to: str, account_id: str | None = None
    ) -> bool:
        """Send one that was claimed, and settle its row; False when the server refused it.

        Raises:
            StalwartError: it waits for another try.
        """
        said = self._words(row, details)
        if said is None:
            await self._store.remove(row.mark)
            return False
        try:
            refused = await place(account, said, row.mark, self._server_name, to=to, account_id=account_id)
        except jmap.OutcomeUnknown:
            await self._store.give_back(row.mark, self._clock.now())
            raise
        except jmap.StalwartError:
            await self._store.give_back(row.mark, None)
            raise
        if refused is not None:
            await self._store.give_back(row.mark, None)
            log.warning("notice-refused", error=refused.type)
            return False
        await self._store.remove(row.mark)
        return True

    async def place_for(self, account: Account, account_keys: Sequence[bytes], person: Listed, event: Event) -> Told:
        """Place what was queued for an event that an administrator caused, with the administrator's session.

        In the language of that person's profile. It never raises and takes no longer than `FOR_OTHERS`: the action is
        done. What is not placed waits for the person's own session, which alone may look into their Inbox.
        """
        told = Told.UNKNOWN
        with anyio.move_on_after(FOR_OTHERS):
            try:
                told = await self._place_for(account, account_keys, person, event)
            except jmap.OutcomeUnknown:
                told = Told.UNKNOWN
            except (BulwarkError, jmap.StalwartError) as error:
                told = Told.UNKNOWN if isinstance(error, StoreUnavailable) else Told.WAITS
                log.info("notices-wait", error=type(error).__name__)
        return told

    async def _place_for(self, account: Account, account_keys: Sequence[bytes], person: Listed, event: Event) -> Told:
        kind = texts.kind_of(event.kind)
        details = _Details.of(event, kind) if kind is not None else None
        waiting = await self._store.waiting(account_keys, self._clock.now())
        row = next((row for row in reversed(waiting) if row.tried_at is None and self._open(row) == details), None)
        if details is None or row is None:
            return Told.UNKNOWN
        if details.kind in await self._store.turned_off(account_keys):
            await self._store.remove(row.mark)
            return Told.UNWANTED
        if not account.rights.has(*wire.FOR_OTHERS) or not await self._store.claim(row.mark, self._clock.now()):
            return Told.WAITS
        speaks = language.of_profile(person.locale) or self._default_language
        with language.use(speaks, language.zone_of(person.time_zone)):
            is_placed = await self._send(account, row, details, to=person.address, account_id=person.id)
        return Told.PLACED if is_placed else Told.WAITS

    async def _may_be_there(self, account: Account, row: NoticeRow) -> bool:
        """Whether an earlier try placed it; where nobody may look, it counts as placed: better once than twice."""
        if not account.rights.has(*wire.LOOKING):
            return True
        query, get = wire.marks_calls()
        try:
            response = await account.client.call(query, get)
            return row.mark.hex() in wire.parse_marks(response[get])
        except jmap.MethodError:
            return True
        except jmap.StalwartError:
            await self._store.give_back(row.mark, row.tried_at)
            raise

    def _words(self, row: NoticeRow, details: _Details) -> tuple[str, str] | None:
        if details.ends:
            return texts.of_end(details.ends, details.days, self._server_name, self._link)
        if details.event not in set(EventKind):
            return None  # queued by a newer release
        event = Event(
            kind=EventKind(details.event),
            at=row.at,
            address=details.address,
            device=details.device,
            params=details.params,
        )
        return texts.of_event(event, NoticeKind(details.kind), self._server_name, self._link)

    async def purge(self, now: datetime) -> int:
        """Remove what could not be placed for long."""
        return await self._store.purge(now - KEPT)


def _subject(what: bytes, account_key: bytes, more: bytes = b"") -> bytes:
    return hashlib.sha256(b"notice " + what + b"\0" + account_key + more).digest()[:16]
