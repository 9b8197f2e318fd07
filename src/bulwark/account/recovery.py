"""Recovery sets of accounts: made, found, opened by a code, used once, void when the second factor is off.

A set exists before its authenticator is sent to the mail server and becomes the account's current one when the server
has it. In between it is *sent*: either may hold, so both sets are kept, and a code of either is tried. The letters are
`recovery_codes`, the keys `recovery_crypto`, the rows `store.recovery`.
"""

from __future__ import annotations

import secrets
import unicodedata
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import msgspec

from bulwark import errors
from bulwark.account import recovery_codes
from bulwark.account.recovery_crypto import Stretcher, new_salt, unlock
from bulwark.store.recovery import RecoveryCode, RecoverySet, RecoveryStore, SetKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bulwark.account.recovery_crypto import CodeKeys
    from bulwark.clock import Clock
    from bulwark.store.engine import Alongside, Database
    from bulwark.store.sealed import Sealer
    from stalwart_jmap import Secret

# A reading of "off" proves nothing about a set whose authenticator was sent after it, or is still on its way: the
# transport gives a request up after fifteen seconds, the server may take a little longer over it.
IN_FLIGHT = timedelta(minutes=2)
SETTLED_AFTER = timedelta(seconds=30)
ABANDONED_AFTER = timedelta(hours=1)


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a set, sealed with the master key: the device's name, and whether it replaces another.

    `refuted`: the answer was lost, and signing in showed that the old authenticator holds.
    """

    device: str = ""
    replaces: bool = False
    refuted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFacts:
    """One set as pages tell it. `left` is the number of codes not used up; `saved` whether one was typed back."""

    set_id: bytes
    label: Label
    made_at: datetime
    sent_at: datetime | None
    enrolled_at: datetime | None
    saved: bool
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryState:
    """The account's sets: `current` fits the server's authenticator as far as we know, `unsettled` may be newer."""

    current: SetFacts | None = None
    unsettled: SetFacts | None = None

    @property
    def shown(self) -> SetFacts | None:
        """The set that a page tells about: a first set-up whose answer is late counts as the current one."""
        if self.current is None and self.unsettled is not None and not self.unsettled.label.replaces:
            return self.unsettled
        return self.current

    @property
    def replacement(self) -> SetFacts | None:
        """A replacement of which nobody knows whether the server took it."""
        return self.unsettled if self.unsettled is not None and self.shown is not self.unsettled else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSet:
    """A set that was just made; its codes are shown once and kept nowhere in the clear."""

    set_id: bytes
    codes: tuple[Secret, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A recovery code was right: the authenticator it opens, and the set it belongs to."""

    url: Secret
    set_id: bytes
    number: int
    is_current: bool
    facts: SetFacts


class Use:
    """A claimed code; whoever spends it has used it, otherwise it is good again."""

    def __init__(self, opened: Opened, code: RecoveryCode, store: RecoveryStore) -> None:
        self.opened = opened
        self._code = code
        self._store = store
        self.is_spent = False

    async def spend(self, together: Callable[[Alongside], Awaitable[None]] | None = None) -> None:
        """Use the code up; `together` writes what it is used for, in one transaction with that.

        Raises:
            WrongRecoveryCode: another request did so first; this one must not go on. What `together` raises: the code
                is not used up.
        """
        if together is None:
            self._require(is_spent=await self._store.spend(self._code))
        else:
            await together(self._spend_within)
        self.is_spent = True

    async def _spend_within(self, connection: AsyncConnection) -> None:
        self._require(is_spent=await self._store.spend_within(connection, self._code))

    @staticmethod
    def _require(*, is_spent: bool) -> None:
        if not is_spent:
            raise errors.WrongRecoveryCode

    async def release(self) -> None:
        """Give the code back."""
        await self._store.release(self._code)


class Recovery:
    """The recovery sets of one panel."""

    def __init__(self, *, database: Database, sealer: Sealer, server_url: str, clock: Clock) -> None:
        self._store = RecoveryStore(database)
        self._sealer = sealer
        self._server_url = server_url
        self._clock = clock
        self._stretcher = Stretcher()

    def account_keys(self, account_id: str) -> list[bytes]:
        """What the account is called in the database, the newest name first."""
        return self._sealer.account_keys(self._server_url, account_id)

    def _login_keys(self, login: str) -> list[bytes]:
        name = unicodedata.normalize("NFC", login.strip()).casefold()
        return self._sealer.index_keys("recovery login", self._server_url, name)

    # Looking

    async def state(self, account_id: str) -> RecoveryState:
        """The account's sets, from our own records alone."""
        sets = await self._store.sets_for(self.account_keys(account_id))
        current = next((one for one in sets if one.kind is SetKind.CURRENT), None)
        sent = [one for one in sets if _is_sent(one) and not self._label(one).refuted]
        return RecoveryState(
            current=None if current is None else await self._facts(current),
            unsettled=await self._facts(sent[0]) if sent else None,
        )

    async def after_reading(
        self, account_id: str, *, is_on: bool, read_at: datetime, known: RecoveryState | None = None
    ) -> tuple[RecoveryState, int]:
        """The account's sets in the light of what the server said; how many became void by it.

        Off: sets become void. On, after a first set-up whose answer was lost: that set is the current one. `known` is
        what `state` said just now.
        """
        state = known or await self.state(account_id)
        late = state.unsettled
        if not is_on:
            voided = 0
            if state.current is not None or late is not None:
                voided = await self._store.void(self.account_keys(account_id), read_at - IN_FLIGHT)
            return RecoveryState(), voided
        if late is not None and late is state.shown and late.sent_at is not None:
            is_the_only_one = len(await self._store.sets_for(self.account_keys(account_id))) == 1
            if is_the_only_one and late.sent_at <= read_at - SETTLED_AFTER:
                await self.took(account_id, late.set_id)
                state = await self.state(account_id)
        return state, 0

    async def sets_of(self, account_id: str) -> tuple[RecoverySet, ...]:
        """The sets whose codes may be used now, for somebody who is signed in."""
        return _usable(await self._store.sets_for(self.account_keys(account_id)))

    async def sets_of_login(self, login: str) -> tuple[RecoverySet, ...]:
        """The sets whose codes may be used now, for somebody who has only proved the password."""
        return _usable(await self._store.sets_of_login(self._login_keys(login)))

    async def note_login(self, account_id: str, login: str) -> None:
        """Let a login that just opened the account (an alias, say) lead to its sets from now on."""
        await self._store.add_login(self.account_keys(account_id), self._login_keys(login)[0])

    async def _facts(self, one: RecoverySet) -> SetFacts:
        return SetFacts(
            set_id=one.id,
            label=self._label(one),
            made_at=one.created_at,
            sent_at=one.sent_at,
            enrolled_at=one.enrolled_at,
            saved=one.saved_confirmed_at is not None,
            left=await self._store.left(one.id),
        )

    def _label(self, one: RecoverySet) -> Label:
        if one.device_name_sealed is None:
            return Label()
        try:
            opened = self._sealer.open(one.device_name_sealed, purpose="recovery-label", binding=one.id)
            return msgspec.json.decode(opened, type=Label)
        except (errors.SealBroken, msgspec.DecodeError):
            return Label()

    def _sealed_label(self, set_id: bytes, label: Label) -> bytes:
        return self._sealer.seal(msgspec.json.encode(label), purpose="recovery-label", binding=set_id)

    # Making

    async def make(
        self, account_id: str, logins: Collection[str], url: Secret, *, like: SetFacts | None = None
    ) -> NewSet:
        """Make a pending set for an authenticator; ten Argon2 runs.

        `logins` will lead to it, besides those that lead to the account's sets already. `like`: new codes for the
        authenticator of a set.
        """
        codes = recovery_codes.new_codes()
        set_id = secrets.token_bytes(16)
        locked = await self._stretcher.lock(url, codes, set_id)
        keys = self.account_keys(account_id)
        new = RecoverySet(
            id=set_id,
            account_key=keys[0],
            created_at=self._clock.now(),
            salt=locked.salt,
            sealed_secret=self._sealer.seal(locked.encrypted, purpose="recovery-url", binding=set_id),
            device_name_sealed=None if like is None else self._sealed_label(set_id, like.label),
            enrolled_at=None if like is None else like.enrolled_at,
        )
        rows = [
            RecoveryCode(
                set_id=set_id,
                lookup_id=lookup_id,
                number=number,
                wrapped_key=self._sealer.seal(wrap, purpose="recovery-wrap", binding=set_id + lookup_id),
            )
            for number, (lookup_id, wrap) in enumerate(locked.wraps, start=1)
        ]
        leading = {self._login_keys(login)[0] for login in logins if login} | await self._store.logins_of(keys)
        await self._store.put_set(new, rows, logins=leading)
        return NewSet(set_id=set_id, codes=codes)

    async def saved(self, set_id: bytes) -> None:
        """The person typed one of the codes back."""
        await self._store.mark_saved(set_id, self._clock.now())

    async def sending(self, set_id: bytes, label: Label) -> None:
        """Note that the authenticator goes out to the server now; after this it may be there.

        Raises:
            Gone: the set was abandoned meanwhile; nothing may be sent.
        """
        if not await self._store.mark_sent(set_id, self._clock.now(), self._sealed_label(set_id, label)):
            raise errors.Gone

    async def not_sent(self, set_id: bytes) -> None:
        """The server refused it, or it never went out."""
        await self._store.mark_not_sent(set_id)

    async def took(self, account_id: str, set_id: bytes) -> bool:
        """The server has this set's authenticator: all others of the account are dropped."""
        return await self._store.promote(set_id, self.account_keys(account_id), self._clock.now())

    async def refuted(self, account_id: str) -> None:
        """The authenticator of the current set was just accepted, so one that was sent later did not arrive.

        It stays for a while all the same, usable and told to nobody: a slow server might still carry it out.
        """
        for one in await self._store.sets_for(self.account_keys(account_id)):
            if not _is_sent(one) or one.sent_at is None:
                continue
            if one.sent_at < self._clock.now() - IN_FLIGHT:
                await self._store.drop(one.id)
            else:
                label = msgspec.structs.replace(self._label(one), refuted=True)
                await self._store.mark_sent(one.id, one.sent_at, self._sealed_label(one.id, label))

    async def abandon(self, set_id: bytes) -> None:
        """Forget a set that was shown and never sent; one that may be at the server stays."""
        await self._store.drop_unsent(set_id)

    async def turned_off(self, account_id: str) -> int:
        """The second factor is off, by the server's own answer: every set is void. How many there were."""
        return await self._store.drop_for_account(self.account_keys(account_id))

    async def purge(self) -> int:
        """Remove sets that were shown and then abandoned."""
        return await self._store.purge(self._clock.now() - ABANDONED_AFTER)

    # Opening

    async def open(self, sets: Sequence[RecoverySet], code: Secret) -> Opened | None:
        """Look what a code opens, without using it; None when it is no code of these sets."""
        for one, keys in await self._stretched(sets, code):
            found = await self._store.find(one.id, keys.lookup_id)
            if found is not None:
                return await self._opened(one, found, keys)
        return None

    @asynccontextmanager
    async def use(self, sets: Sequence[RecoverySet], code: Secret) -> AsyncIterator[Use]:
        """Claim a code for half a minute; unless it is spent inside the block, it is good again afterwards.

        Nothing holds a transaction meanwhile. After a kill the claim lapses by itself.

        Raises:
            WrongRecoveryCode: it is none, or used up. RecoveryCodeBusy: another request is using it just now.
        """
        use = await self._claim(sets, code)
        try:
            yield use
        finally:
            if not use.is_spent:
                with anyio.CancelScope(shield=True):
                    await use.release()

    async def _claim(self, sets: Sequence[RecoverySet], code: Secret) -> Use:
        is_busy = False
        for one, keys in await self._stretched(sets, code):
            claimed = await self._store.claim(one.id, keys.lookup_id, self._clock.now())
            if claimed is not None:
                return Use(await self._opened(one, claimed, keys), claimed, self._store)
            is_busy = is_busy or await self._store.find(one.id, keys.lookup_id) is not None
        if is_busy:
            raise errors.RecoveryCodeBusy
        raise errors.WrongRecoveryCode

    async def _stretched(self, sets: Iterable[RecoverySet], code: Secret) -> list[tuple[RecoverySet, CodeKeys]]:
        """The code's keys for each set. Without a set as much time is spent as with one: it tells nobody which."""
        found = [(one, await self._stretcher.keys(code, one.salt)) for one in sets]
        if not found:
            await self._stretcher.keys(code, new_salt())
        return found

    async def _opened(self, one: RecoverySet, code: RecoveryCode, keys: CodeKeys) -> Opened:
        wrap = self._sealer.open(code.wrapped_key, purpose="recovery-wrap", binding=one.id + code.lookup_id)
        encrypted = self._sealer.open(one.sealed_secret, purpose="recovery-url", binding=one.id)
        url = unlock(keys, wrap, encrypted, one.id)
        return Opened(
            url=url,
            set_id=one.id,
            number=code.number,
            is_current=one.kind is SetKind.CURRENT,
            facts=await self._facts(one),
        )


def _usable(sets: Iterable[RecoverySet]) -> tuple[RecoverySet, ...]:
    return tuple(one for one in sets if one.kind is SetKind.CURRENT or _is_sent(one))


def _is_sent(one: RecoverySet) -> bool:
    return one.kind is SetKind.PENDING and one.sent_at is not None
