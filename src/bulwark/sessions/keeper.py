"""`Sessions`: begin, find, renew, end. The database holds only hashes and sealed values (product promise).

A session's tokens are sealed with the master key and the cookie's 256-bit id, so a stolen database, even with the
master key, opens nothing. What the list of sessions shows is sealed with the master key alone.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from bulwark.errors import SealBroken, StoreUnavailable
from bulwark.sessions.state import NOTHING_WAITS, SessionState, Shown, decode_shown, decode_state, from_sign_in
from bulwark.store.sessions import REPLACED_READABLE, TOUCH_EVERY, SessionRow, SessionStore
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.account.entry import SignedIn
    from bulwark.clock import Clock
    from bulwark.sessions.state import Waits
    from bulwark.settings import Settings
    from bulwark.store.engine import Alongside, Database
    from bulwark.store.sealed import Sealer

RECENT_AUTH = timedelta(minutes=10)
_ID_BYTES = 32
_TRIES = 5  # against requests of the same browser that write at the same moment


class Ended(StrEnum):
    """Why a cookie opens nothing any more."""

    IDLE = "idle"
    LIFETIME = "lifetime"
    UNKNOWN = "unknown"


@dataclass(slots=True, kw_only=True)
class Session:
    """One signed-in browser, opened by its cookie."""

    id: Secret
    row: SessionRow
    state: SessionState
    shown: Shown
    was_just_left: bool = False

    @property
    def is_read_only(self) -> bool:
        """Whether the browser is about to forget this id: the session has a new one, or was left for another.

        Both are good for reading, and for thirty seconds for nothing else.
        """
        return self.row.replaced_at is not None or self.was_just_left

    def recent_auth_left(self, now: datetime) -> timedelta | None:
        """How long the proof of presence still counts; None when it does not."""
        if self.row.recent_auth_at is None:
            return None
        left = self.row.recent_auth_at + RECENT_AUTH - now
        return left if left > timedelta(0) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSession:
    """One line of the list of sessions; `mark` names it in a form."""

    mark: str
    is_this: bool
    shown: Shown
    created_at: datetime
    last_used_at: datetime


def hash_of(session_id: Secret) -> bytes:
    """What the database knows of an id."""
    return hashlib.sha256(session_id.reveal().encode()).digest()


def _mark_of_row(row: SessionRow) -> str:
    """What names a session in a form: it leads back to nothing."""
    return hashlib.sha256(b"listed" + row.id_hash).hexdigest()[:20]


class Sessions:
    """All sessions of the panel."""

    def __init__(self, *, database: Database, sealer: Sealer, settings: Settings, clock: Clock) -> None:
        self._store = SessionStore(database)
        self._sealer = sealer
        self._settings = settings
        self._clock = clock

    def account_keys(self, account_id: str) -> list[bytes]:
        """The keyed hashes under which an account may stand in the database, the newest first."""
        return self._sealer.account_keys(self._settings.server_url, account_id)

    def mark_of(self, session: Session) -> str:
        """The opaque text that names the account in every form; it tells nothing and is the same in every tab."""
        key = self.account_keys(session.state.account_id)[0]
        return hashlib.sha256(b"mark" + key).hexdigest()[:20]

    async def begin(
        self, signed_in: SignedIn, shown: Shown, *, login: str = "", waits: Waits = NOTHING_WAITS
    ) -> Session:
        """A new session, with a proof of presence that counts from now; `login` is what was typed."""
        now = self._clock.now()
        state = msgspec.structs.replace(
            from_sign_in(signed_in, now),
            signed_in_as=login,
            enrolment=waits.enrolment.reveal(),
            opened=waits.opened.reveal(),
        )
        return await self._insert(state, shown, ends_at=now + self._settings.session_lifetime)

    async def _insert(self, state: SessionState, shown: Shown, *, ends_at: datetime) -> Session:
        session = self._new(state, shown, ends_at=ends_at)
        await self._store.insert(session.row)
        return session

    def _new(self, state: SessionState, shown: Shown, *, ends_at: datetime) -> Session:
        now = self._clock.now()
        session_id = Secret(secrets.token_urlsafe(_ID_BYTES))
        id_hash = hash_of(session_id)
        row = SessionRow(
            id_hash=id_hash,
            account_key=self.account_keys(state.account_id)[0],
            state_sealed=self._seal_state(session_id, state),
            shown_sealed=self._sealer.seal(msgspec.json.encode(shown), purpose="session-shown", binding=id_hash),
            created_at=now,
            last_used_at=now,
            ends_at=ends_at,
            recent_auth_at=now,
        )
        return Session(id=session_id, row=row, state=state, shown=shown)

    def _seal_state(self, session_id: Secret, state: SessionState) -> bytes:
        return self._sealer.seal(
            state.encode(), purpose="session-state", binding=hash_of(session_id), secret=session_id.reveal().encode()
        )

    async def find(self, cookie: str) -> Session | Ended:
        """Open the session of a cookie, or tell why it opens nothing."""
        session_id = Secret(cookie)
        session = self._opened(session_id, await self._store.get(hash_of(session_id)))
        return Ended.UNKNOWN if session is None else self.why_ended(session) or session

    async def find_several(self, cookies: Sequence[str]) -> list[Session | None]:
        """The sessions of several ids in one look, also those that have ended (`why_ended`); None for no session."""
        ids = [Secret(cookie) for cookie in cookies]
        rows = await self._store.get_several([hash_of(one) for one in ids])
        return [self._opened(one, rows.get(hash_of(one))) for one in ids]

    def why_ended(self, session: Session) -> Ended | None:
        """Why a session counts no more; None while it does."""
        now = self._clock.now()
        if now >= session.row.ends_at:
            return Ended.LIFETIME
        return Ended.IDLE if now - session.row.last_used_at > self._settings.session_idle else None

    def _opened(self, session_id: Secret, row: SessionRow | None) -> Session | None:
        now = self._clock.now()
        if row is None or (row.replaced_at is not None and now - row.replaced_at > REPLACED_READABLE):
            return None
        try:
            state = decode_state(
                self._sealer.open(
                    row.state_sealed, purpose="session-state", binding=row.id_hash, secret=session_id.reveal().encode()
                )
            )
            shown = self._open_shown(row)
        except (SealBroken, msgspec.DecodeError):
            return None
        just_left = row.left_at is not None and now - row.left_at <= REPLACED_READABLE
        return Session(id=session_id, row=row, state=state, shown=shown, was_just_left=just_left)

    async def switch(self, leaving: Session | None, arriving: Session | None) -> bool:
        """Note that a browser goes from one of its sessions to another; False when one has a new id or is gone."""
        left, reached = (None if one is None else one.row.id_hash for one in (leaving, arriving))
        return await self._store.switch(left, reached, self._clock.now())

    async def was_left(self, session: Session) -> bool:
        """Whether the browser went to another account meanwhile; trouble with that hides no answer."""
        with suppress(StoreUnavailable):
            row = await self._store.get(session.row.id_hash)
            return row is not None and row.left_at is not None
        return False

    async def used(self, session: Session) -> None:
        """Note that a session is in use, at most once a minute; trouble with that is no reason for a page to fail."""
        now = self._clock.now()
        if now - session.row.last_used_at >= TOUCH_EVERY and not session.is_read_only:
            with suppress(StoreUnavailable):
                await self._store.touch(session.row.id_hash, now)

    async def can_be_written(self, session: Session) -> None:
        """Nothing when the database takes a write just now; asked before a form is acted upon.

        Raises:
            StoreUnavailable: what cannot be recorded must not be sent.
        """
        await self._store.touch(session.row.id_hash, self._clock.now())

    async def save(self, session: Session, state: SessionState) -> None:
        """Keep a changed state; what another request changed meanwhile is kept too, field by field."""
        before, wanted = session.state, state
        for _try in range(_TRIES):
            sealed = self._seal_state(session.id, wanted)
            if await self._store.save_state(session.row.id_hash, sealed, session.row.version):
                session.row = replace(session.row, state_sealed=sealed, version=session.row.version + 1)
                break
            newer = await self.find(session.id.reveal())
            if isinstance(newer, Ended):
                break
            session.row, wanted = newer.row, newer.state.with_changes(before, state)
        session.state = wanted

    async def prove_presence(
        self, session: Session, state: SessionState, *, answer: str = "", alongside: Alongside | None = None
    ) -> Session | None:
        """A proof of presence was given: the session goes on under a new id, the old one only reads for a moment.

        The old id gets the new state as well: its tokens may be the dead ones of an old password. None when the
        session was ended, got another new id, or was left for another account meanwhile; then `alongside`, which is
        written in the same transaction, is not written either. `answer` is where a second click of the same form is
        led, which comes with the old id.
        """
        state = msgspec.structs.replace(state, answer=answer)
        before, wanted, row = session.state, state, session.row
        for _try in range(_TRIES):
            fresh = self._new(wanted, session.shown, ends_at=row.ends_at)
            fresh.row = replace(fresh.row, created_at=row.created_at)
            left = self._seal_state(session.id, wanted)
            if await self._store.rotate(
                row.id_hash,
                fresh.row,
                self._clock.now(),
                expected_version=row.version,
                old_state_sealed=left,
                alongside=alongside,
            ):
                return fresh
            newer = await self.find(session.id.reveal())
            if isinstance(newer, Ended) or newer.row.replaced_at is not None or newer.row.left_at is not None:
                break
            row, wanted = newer.row, newer.state.with_changes(before, state)
        return None

    async def end_unreached(self, session: Session) -> bool:
        """Whether this is an old id; then its browser never got the new one, and the session ends under both."""
        return session.row.replaced_by is not None and await self._store.delete(session.row.replaced_by)

    async def lock(self, session: Session) -> None:
        """Forget the proof of presence at once."""
        await self._store.set_recent_auth(session.row.id_hash, None)

    async def end(self, session: Session) -> None:
        """Sign this browser out."""
        await self._store.delete(session.row.id_hash)

    async def end_others(self, session: Session) -> int:
        """Sign out every other browser of this account; returns how many."""
        return await self._store.delete_for_account(
            self.account_keys(session.state.account_id), except_hash=session.row.id_hash
        )

    async def end_all_of(self, account_id: str) -> int:
        """Sign out every browser of an account; returns how many."""
        return await self._store.delete_for_account(self.account_keys(account_id))

    async def end_marked(self, account_id: str, mark: str) -> Shown | None:
        """Sign out the browser of an account that the list names by this mark; None when it is gone already."""
        for row in await self._store.list_for_account(self.account_keys(account_id)):
            if _mark_of_row(row) == mark and await self._store.delete(row.id_hash):
                try:
                    return self._open_shown(row)
                except (SealBroken, msgspec.DecodeError):
                    return Shown(address="", device="")
        return None

    async def listed(self, session: Session) -> tuple[ListedSession, ...]:
        """Every session of the account that is still good, this one first, then the most recently used."""
        return await self.listed_of(session.state.account_id, this=session.row.id_hash)

    async def listed_of(self, account_id: str, *, this: bytes = b"") -> tuple[ListedSession, ...]:
        """The same for somebody who has no session here; `this` is the hash of the one that comes first."""
        now = self._clock.now()
        found = []
        for row in await self._store.list_for_account(self.account_keys(account_id)):
            if row.replaced_at or now >= row.ends_at or now - row.last_used_at > self._settings.session_idle:
                continue
            try:
                shown = self._open_shown(row)
            except (SealBroken, msgspec.DecodeError):
                continue
            found.append(
                ListedSession(
                    mark=_mark_of_row(row),
                    is_this=row.id_hash == this,
                    shown=shown,
                    created_at=row.created_at,
                    last_used_at=row.last_used_at,
                )
            )
        return tuple(sorted(found, key=lambda one: (not one.is_this, -one.last_used_at.timestamp())))

    async def claim_refresh(self, session: Session) -> datetime | None:
        """The lease's end when this process may refresh the tokens now; None while another does."""
        return await self._store.claim_refresh(session.row.id_hash, self._clock.now())

    async def release_refresh(self, session: Session, lease_until: datetime) -> None:
        """Let others refresh again."""
        await self._store.release_refresh(session.row.id_hash, lease_until)

    async def purge(self) -> int:
        """Remove what has ended."""
        return await self._store.purge(self._clock.now(), self._settings.session_idle)

    def _open_shown(self, row: SessionRow) -> Shown:
        return decode_shown(self._sealer.open(row.shown_sealed, purpose="session-shown", binding=row.id_hash))
