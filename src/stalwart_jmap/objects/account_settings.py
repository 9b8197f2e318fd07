"""`x:AccountSettings`: display name, language, time zone, encryption at rest; one singleton (Stalwart's own).

The server applies the properties of one update one by one and keeps what came before a refused one, so every function
here writes one property per call. Encryption is written whole: an omitted flag would fall back to false. It affects
only mail that arrives from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.errors import NotJson
from stalwart_jmap.core.ids import PublicKeyId
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.core.wire import SINGLETON, Unknown, convert, known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from stalwart_jmap.client import StalwartClient
    from stalwart_jmap.core.errors import SetError

GET: Final = "x:AccountSettings/get"
SET: Final = "x:AccountSettings/set"
_DISABLED: Final = "Disabled"


class Property(StrEnum):
    """What of the singleton a person changes for themselves, besides encryption."""

    DESCRIPTION = "description"
    LOCALE = "locale"
    TIME_ZONE = "timeZone"


class Cipher(StrEnum):
    """How mail is encrypted. The last two need an S/MIME key and a server from 0.16.11 on."""

    AES128 = "Aes128"
    AES256 = "Aes256"
    AES256_GCM = "Aes256Gcm"
    CHACHA20_POLY1305 = "ChaCha20Poly1305"


@dataclass(frozen=True, slots=True)
class NotEncrypted:
    """Mail is stored as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """Incoming mail is encrypted to a public key; an unknown cipher keeps the server's name for it."""

    cipher: Cipher | Unknown
    public_key: PublicKeyId
    encrypt_on_append: bool = False
    allow_spam_training: bool = False


Encryption = NotEncrypted | Encrypted


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The person's own settings. `locale` is a POSIX name (`de_DE`), `time_zone` an IANA name; None is unset."""

    description: str | None
    locale: str | None
    time_zone: str | None
    encryption: Encryption


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    description: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    encryption_at_rest: dict[str, Any] = {}


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


class _Encryption(msgspec.Struct, rename="camel"):
    type: str = msgspec.field(name="@type")
    public_key: str = ""
    encrypt_on_append: bool = False
    allow_spam_training: bool = False


def get_call(call_id: str = "settings") -> Call:
    """Read the singleton."""
    return Call(GET, {"ids": [SINGLETON]}, call_id)


def parse(result: Mapping[str, Any]) -> AccountSettings | None:
    """Read the result of `get_call`: None where there is no account behind the login (the recovery administrator)."""
    entry = next((entry for entry in convert(result, _Get).entries if entry.id == SINGLETON), None)
    if entry is None:
        return None
    return AccountSettings(
        description=entry.description,
        locale=entry.locale,
        time_zone=entry.time_zone,
        encryption=_encryption(entry.encryption_at_rest),
    )


def set_call(which: Property, value: str | None, call_id: str) -> Call:
    """Write one property; several such calls may share a request, each is then answered for itself."""
    return Call(SET, {"update": {SINGLETON: {which.value: value or None}}}, call_id)


def encryption_call(encryption: Encryption, call_id: str) -> Call:
    """Write encryption at rest, whole; `parse_set_of` reads the answer."""
    return Call(SET, {"update": {SINGLETON: {"encryptionAtRest": encryption_to_wire(encryption)}}}, call_id)


def parse_set_of(result: Mapping[str, Any], *, sent_at: datetime) -> SetError | None:
    """Read the result of one of the calls above; None means saved. Raises `OutcomeUnknown` if it names nothing."""
    return parse_set(dict(result), sent_at=sent_at).update_of(SINGLETON)


async def set_description(client: StalwartClient, description: str | None) -> SetError | None:
    """Set the display name, or clear it with None; an empty text clears it too, because the server takes none.

    As for all the writes below: None means saved. Raises `OutcomeUnknown`, `MethodError`.
    """
    return await _set(client, "description", description or None)


async def set_locale(client: StalwartClient, locale: str) -> SetError | None:
    """Set the language, such as `en_US`."""
    return await _set(client, "locale", locale)


async def set_time_zone(client: StalwartClient, time_zone: str | None) -> SetError | None:
    """Set the time zone, such as `Europe/Berlin`, or clear it. Servers before 0.16.4 refuse."""
    return await _set(client, "timeZone", time_zone)


async def set_encryption(client: StalwartClient, encryption: Encryption) -> SetError | None:
    """Turn encryption on, off, or over to another key or cipher."""
    return await _set(client, "encryptionAtRest", encryption_to_wire(encryption))


def encryption_to_wire(encryption: Encryption) -> dict[str, Any]:
    """Write the variant whole; `public_key` may be a `creation_reference` in a batch of one's own."""
    match encryption:
        case NotEncrypted():
            return {"@type": _DISABLED}
        case Encrypted():
            return {
                "@type": encryption.cipher.value,
                "publicKey": encryption.public_key,
                "encryptOnAppend": encryption.encrypt_on_append,
                "allowSpamTraining": encryption.allow_spam_training,
            }


async def _set(client: StalwartClient, name: str, value: object) -> SetError | None:
    result = await client.write(Call(SET, {"update": {SINGLETON: {name: value}}}, "update"))
    return result.update_of(SINGLETON)


def _encryption(variant: dict[str, Any]) -> Encryption:
    wire = convert(variant, _Encryption)
    if wire.type == _DISABLED:
        return NotEncrypted()
    if not wire.public_key and wire.type in set(Cipher):
        raise NotJson("encryption without a key")
    return Encrypted(
        cipher=known(Cipher, wire.type),
        public_key=PublicKeyId(wire.public_key),
        encrypt_on_append=wire.encrypt_on_append,
        allow_spam_training=wire.allow_spam_training,
    )
