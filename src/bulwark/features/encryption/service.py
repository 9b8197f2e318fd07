"""Public keys and encryption at rest (protocol reference 5.2 and 5.3).

One request reads, one writes and reads back. Encryption is written whole each time, because omitted flags fall back to
false. A key is never changed in place: a new one is added and pointed to. A lost answer is settled by reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.key_facts import KeyReading, KeyRefused, Kind, Why
from bulwark.account.key_reading import read_keys
from bulwark.account.refusals import result_of
from stalwart_jmap import Cipher, Encrypted, NewPublicKey, NotEncrypted, PublicKeyId
from stalwart_jmap.objects import account_settings, identity, public_key

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from stalwart_jmap import Call, Encryption, PublicKey, Response, SetError

SETTINGS_READING, SETTINGS_WRITING = "sysAccountSettingsGet", "sysAccountSettingsUpdate"
KEY_READING, KEY_ADDING, KEY_REMOVING = "sysPublicKeyGet", "sysPublicKeyCreate", "sysPublicKeyDestroy"
CIPHERS = {
    Kind.OPENPGP: (Cipher.AES256, Cipher.AES128),
    Kind.SMIME: (Cipher.AES256, Cipher.AES128, Cipher.AES256_GCM, Cipher.CHACHA20_POLY1305),
}
_MOST_ADDRESSES = 20  # of a key, told to the server, where they are only for people to see
_NEW_CIPHERS = frozenset({Cipher.AES256_GCM, Cipher.CHACHA20_POLY1305})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key of the account, and what it says of itself; `reading` is None where that cannot be read any more."""

    key: PublicKey
    reading: KeyReading | None
    refused: KeyRefused | None = None

    @property
    def id(self) -> PublicKeyId:
        """The server's id."""
        return self.key.id

    @property
    def mark(self) -> str:
        """What the person saw of it, so that another key under the same id is noticed."""
        return f"{self.key.description}|{self.reading.fingerprint if self.reading else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Encryption and keys as read. `mine` are the person's addresses, empty when they could not be read."""

    encryption: Encryption
    keys: tuple[StoredKey, ...]
    mine: frozenset[str]

    @property
    def current(self) -> StoredKey | None:
        """The key in use, if encryption is on and the key is there."""
        if not isinstance(self.encryption, Encrypted):
            return None
        return self.find(self.encryption.public_key)

    def find(self, key_id: str) -> StoredKey | None:
        """A key by its id."""
        return next((one for one in self.keys if one.id == key_id), None)

    def is_in_use(self, key: StoredKey) -> bool:
        """Whether encryption uses the key."""
        return isinstance(self.encryption, Encrypted) and self.encryption.public_key == key.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The server named the object in its answer, or reading after a lost answer showed it as wanted."""

    at: datetime
    key_id: str = ""
    answer_was_lost: bool = False


async def look(account: Account) -> State:
    """Read encryption, keys and addresses in one request.

    Raises:
        PermissionMissing: settings or keys may not be read. BulwarkError: the request as a whole failed.
    """
    return _state(account, await account.read(*_reading_calls()))


def read_pasted(pasted: bytes, now: datetime) -> tuple[KeyReading, ...]:
    """Read what a person pasted or uploaded; nothing is sent. Slow for hostile input: call it off the event loop.

    Raises:
        KeyRefused: with the reason.
    """
    return read_keys(pasted, now)


async def add(account: Account, *, name: str, reading: KeyReading) -> Written:
    """Store a key under a name, with the addresses and the end that it says itself.

    Raises:
        QuotaReached, Refused, PermissionMissing: nothing was stored.
        NotApplied: the answer was lost and nothing was stored. OutcomeUnknown: nobody knows.
    """
    account.rights.require(KEY_ADDING)
    before = {one.id for one in (await look(account)).keys}
    new = NewPublicKey(
        description=name,
        key=reading.text,
        email_addresses=frozenset(sorted(reading.addresses)[:_MOST_ADDRESSES]),
        expires_at=reading.ends if reading.ends is not None and reading.ends.year <= 3000 else None,  # noqa: PLR2004 - the server's bound
    )
    call = public_key.create_call(new)
    try:
        response = await account.write(call)
        made = public_key.created_in(result_of(response, call, KEY_ADDING), sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        now = await _after_lost(account, refusals.lost(error))
        found = [one for one in now.keys if one.id not in before and one.key.key.strip() == reading.text.strip()]
        if not found:
            raise errors.NotApplied from error
        return Written(at=account.now, key_id=found[-1].id, answer_was_lost=True)
    if isinstance(made, jmap.SetError):
        raise refusal(made, KEY_ADDING)
    return Written(at=account.now, key_id=made)


async def remove(account: Account, key_id: str, *, seen: str) -> Written:
    """Remove a key that is still the one the person saw (`StoredKey.mark`) and that nothing uses.

    Raises:
        Gone: it is not there any more, or another key has its id. InUse: encryption uses it.
        Refused, PermissionMissing, NotApplied, OutcomeUnknown: as `add`.
    """
    state = await look(account)
    key = state.find(key_id)
    if key is None or key.mark != seen:
        raise errors.Gone
    if state.is_in_use(key):
        raise errors.InUse("encryption")
    account.rights.require(KEY_REMOVING)
    call = public_key.destroy_call(key.id)
    try:
        response = await account.write(call)
        refused = public_key.destroyed_in(result_of(response, call, KEY_REMOVING), key.id, sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        if (await _after_lost(account, refusals.lost(error))).find(key_id) is not None:
            raise errors.NotApplied from error
        return Written(at=account.now, key_id=key_id, answer_was_lost=True)
    if refused is not None:
        raise refusal(refused, KEY_REMOVING)
    return Written(at=account.now, key_id=key_id)


async def turn_on(account: Account, wanted: Encrypted, *, seen: str) -> Written:
    """Encrypt new mail to a key, or to another key, or with another cipher: the whole setting is written.

    Raises:
        Gone: the key is not the one the person saw any more.
        CipherUnknown, Refused, PermissionMissing: everything is as before.
        NotApplied, OutcomeUnknown: as `add`.
    """
    key = (await look(account)).find(wanted.public_key)
    if key is None or key.mark != seen:
        raise errors.Gone
    return await _set(account, wanted)


async def turn_off(account: Account) -> Written:
    """Store new mail as it comes; what was encrypted stays so.

    Raises:
        Refused, PermissionMissing, NotApplied, OutcomeUnknown: as `turn_on`.
    """
    return await _set(account, NotEncrypted())


async def _set(account: Account, wanted: Encryption) -> Written:
    account.rights.require(SETTINGS_WRITING)
    call = account_settings.encryption_call(wanted, "set")
    try:
        response = await account.write(call)
        result = result_of(response, call, SETTINGS_WRITING)
        refused = account_settings.parse_set_of(result, sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        now = await _after_lost(account, refusals.lost(error))
        if now.encryption != wanted:
            raise errors.NotApplied from error
        return Written(at=account.now, answer_was_lost=True)
    if refused is not None:
        if refused.type == "invalidPatch" and isinstance(wanted, Encrypted) and wanted.cipher in _NEW_CIPHERS:
            raise errors.CipherUnknown(refused.description or refused.type)
        raise refusal(refused, SETTINGS_WRITING)
    return Written(at=account.now)


def refusal(error: SetError, permission: str) -> errors.BulwarkError:
    """Say why the server refused, in the panel's words."""
    text = error.description or ""
    if error.type == "overQuota":
        numbers = [int(word) for word in text.split() if word.isdecimal()]
        return errors.QuotaReached(numbers[0] if numbers else None)
    if error.type == "objectIsLinked":
        return errors.InUse(*(one.object for one in error.linked_objects))
    if error.type in {"notFound", "invalidForeignKey"}:
        return errors.Gone()
    if error.type == "forbidden":
        return errors.PermissionMissing(permission)
    return errors.Refused(text or error.type)


def _reading_calls() -> tuple[Call, Call, Call]:
    return account_settings.get_call(), public_key.get_call(), identity.get_call()


def _state(account: Account, response: Response) -> State:
    settings, keys = response.get("settings"), response.get("public-keys")
    missing = account.rights.why_not(SETTINGS_READING, KEY_READING)
    if isinstance(settings, jmap.MethodError):
        raise missing or refusals.from_method_error(settings, SETTINGS_READING)
    if isinstance(keys, jmap.MethodError):
        raise missing or refusals.from_method_error(keys, KEY_READING)
    identities = response.get("identities")
    try:
        found = account_settings.parse(settings)
        own = [one for one in public_key.parse(keys) if one.account_id in {None, account.account_id}]
        known = () if isinstance(identities, jmap.MethodError) else identity.parse(identities)
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error
    if found is None:
        raise errors.FeatureAbsent
    mine = {account.address.lower(), *(one.email.lower() for one in known)}
    return State(
        encryption=found.encryption,
        keys=tuple(_stored(one, account.now) for one in own),
        mine=frozenset(mine),
    )


def _stored(key: PublicKey, now: datetime) -> StoredKey:
    """A stored key with what it says of itself; one that has ended since is read as of the day it was added."""
    try:
        return StoredKey(key=key, reading=_read_stored(key.key, now.date()))
    except KeyRefused as refused:
        if refused.why is not Why.ENDED or key.created_at is None:
            return StoredKey(key=key, reading=None, refused=refused)
    try:
        return StoredKey(key=key, reading=_read_stored(key.key, key.created_at.date()))
    except KeyRefused as refused:
        return StoredKey(key=key, reading=None, refused=refused)


@lru_cache(maxsize=128)
def _read_stored(text: str, day: date) -> KeyReading:
    """The same key is read once a day, judged by the end of that day."""
    return read_keys(text.encode(), datetime.combine(day, time.max, UTC))[0]


async def _after_lost(account: Account, unknown: errors.OutcomeUnknown) -> State:
    try:
        return await look(account)
    except errors.BulwarkError as error:
        raise unknown from error
