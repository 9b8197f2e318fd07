"""x:AccountSettings: display name, language, time zone and encryption at rest.

Only the four whole properties are taken, one by one: what comes before a refused one is stored all the same.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import catalogue, errors, ids, patch, shapes
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.patch import Choice, Flag, Object, Reference, Text, Variant

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.jmap import Call

Json = dict[str, Any]

_SINGLETON: Final = ids.decode(ids.SINGLETON)
_ENCRYPTED: Final = Object(
    {"publicKey": Reference(), "encryptOnAppend": Flag(), "allowSpamTraining": Flag()},
    defaults={"publicKey": None, "encryptOnAppend": False, "allowSpamTraining": False},
)
ENCRYPTION: Final = Variant(
    {
        "Disabled": Object({}),
        "Aes128": _ENCRYPTED,
        "Aes256": _ENCRYPTED,
        "Aes256Gcm": _ENCRYPTED,
        "ChaCha20Poly1305": _ENCRYPTED,
    }
)
LOCALE: Final = Choice("Locale", catalogue.LOCALES)
TIME_ZONE: Final = Choice("TimeZone", catalogue.TIME_ZONES, optional=True)
_SCHEMA: Final = Object(
    {"description": Text(), "locale": LOCALE, "timeZone": TIME_ZONE, "encryptionAtRest": ENCRYPTION}
)
_SMIME_ONLY: Final = {"Aes256Gcm": "AES-256-GCM", "ChaCha20Poly1305": "ChaCha20-Poly1305"}


def wire(account: Account) -> Json:
    """The settings of an account without the id."""
    return {
        "description": account.description,
        "locale": account.locale,
        "timeZone": account.time_zone,
        "encryptionAtRest": account.encryption,
    }


def get(call: Call) -> Json:
    """The singleton."""
    account = call.account

    def record(number: int) -> Json | None:
        return wire(account) if number == _SINGLETON and account is not None else None

    known = [_SINGLETON] if _SINGLETON is not None and account is not None else []
    return shapes.get(call, record, lambda: known)


def set_(call: Call) -> Json:
    """Change settings property by property."""
    return shapes.answer_set(call, update=partial(_update, call), destroy=shapes.refuse_singleton)


def _update(call: Call, number: int, value: Json) -> None:
    account = call.account
    if number != _SINGLETON or account is None:
        raise SetError("notFound")
    for name, item in value.items():
        if name not in _SCHEMA.fields:
            raise SetError("invalidProperties", properties=[name])
        record = patch.step(_SCHEMA, wire(account), name, item, call.refs)
        if name == "encryptionAtRest":
            check_encryption(call, account, record[name])
        _store(account, record)


def _store(account: Account, record: Json) -> None:
    account.description = record["description"]
    account.locale = record["locale"]
    account.time_zone = record["timeZone"]
    account.encryption = record["encryptionAtRest"]


def check_encryption(call: Call, account: Account, value: Json) -> None:
    """Refuse encryption without a key, with a stranger's key, or with an algorithm the key cannot do."""
    kind = value["@type"]
    if kind == "Disabled":
        return
    if value["publicKey"] is None:
        raise errors.validation_failed({"type": "Required", "property": "publicKey"})
    key = call.state.public_keys.get(ids.decode(value["publicKey"]) or -1)
    if key is None or key.account != account.number:
        raise SetError("invalidForeignKey", objectId={"object": "PublicKey", "id": value["publicKey"]})
    if key.is_openpgp and kind in _SMIME_ONLY:
        text = (
            f"{_SMIME_ONLY[kind]} is only supported for S/MIME encryption, "
            "but the selected public key is an OpenPGP key."
        )
        raise SetError("invalidProperties", text, ["encryptionAtRest"])


METHODS: Final = {
    "x:AccountSettings/get": Method(answer=get, read="sysAccountSettingsGet"),
    "x:AccountSettings/set": Method(
        answer=set_,
        create="sysAccountSettingsUpdate",
        update="sysAccountSettingsUpdate",
        destroy="sysAccountSettingsUpdate",
    ),
}
