"""Authenticated encryption of what the database must not show, and keyed hashes of what it must not name.

AES-256-GCM under a key derived with HKDF-SHA256 (RFC 5869) from a master key, the purpose and, when given, a secret
that is not in the database (a session's id). A sealed value is

    version (1 byte) · fingerprint of the master key (8) · nonce (12) · ciphertext and tag

and is bound to the header, the purpose and the row it belongs to, so that a value moved elsewhere does not open.
Several master keys rotate: the first seals, all open. Why it is so: docs/develop/decisions/0001-sealed-values.md.
"""

from __future__ import annotations

import hmac
import os
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bulwark.errors import SealBroken
from bulwark.master_keys import key_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stalwart_jmap import Secret

_VERSION = b"\x01"
_FINGERPRINT = 8
_NONCE = 12
_TAG = 16
_HEADER = len(_VERSION) + _FINGERPRINT


class Sealer:
    """Seals, opens and names with the master keys; the first is the newest. May be shared by all."""

    def __init__(self, master_keys: Sequence[Secret]) -> None:
        if not master_keys:
            raise ValueError("at least one master key is needed")
        raw = [key_bytes(key) for key in master_keys]
        self._masters = {_derive(key, b"fingerprint", _FINGERPRINT): key for key in raw}
        self._newest = next(iter(self._masters))
        self._index_keys = [_derive(key, b"index", 32) for key in raw]
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}  # of purposes without a secret; few, and made once
        self._account_keys = lru_cache(maxsize=4096)(self._hashes)  # every page names its account several times

    def __repr__(self) -> str:
        return f"Sealer({len(self._masters)} keys)"

    def seal(self, plaintext: bytes, *, purpose: str, binding: bytes, secret: bytes | None = None) -> bytes:
        """Encrypt for one purpose and one place; with `secret`, nobody without it opens the value again."""
        header = _VERSION + self._newest
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(self._masters[self._newest], purpose, secret)
        return header + nonce + cipher.encrypt(nonce, plaintext, header + _framed(purpose) + binding)

    def open(self, sealed: bytes, *, purpose: str, binding: bytes, secret: bytes | None = None) -> bytes:
        """The plaintext; raises `SealBroken` when anything at all differs from when it was sealed."""
        header, nonce, ciphertext = sealed[:_HEADER], sealed[_HEADER : _HEADER + _NONCE], sealed[_HEADER + _NONCE :]
        master = self._masters.get(header[len(_VERSION) :])
        if header[: len(_VERSION)] != _VERSION or master is None or len(ciphertext) < _TAG:
            raise SealBroken
        try:
            cipher = self._cipher(master, purpose, secret)
            return cipher.decrypt(nonce, ciphertext, header + _framed(purpose) + binding)
        except InvalidTag:
            raise SealBroken from None

    def _cipher(self, master: bytes, purpose: str, secret: bytes | None) -> AESGCM:
        if secret is not None:
            return AESGCM(_sealing_key(master, purpose, secret))
        known = self._ciphers.get((master, purpose))
        if known is None:
            known = self._ciphers[master, purpose] = AESGCM(_sealing_key(master, purpose, None))
        return known

    def index_keys(self, purpose: str, *parts: str) -> list[bytes]:
        """Keyed hashes (32 bytes) that stand for the parts in the database, one per master key, newest first."""
        return list(self._hashes(purpose, *parts))

    def account_keys(self, server_origin: str, account_id: str) -> list[bytes]:
        """What an account is called in the database: write the first, look up all of them."""
        return list(self._account_keys("account", server_origin, account_id))

    def _hashes(self, *parts: str) -> tuple[bytes, ...]:
        message = b"".join(_framed(part) for part in parts)
        return tuple(hmac.digest(key, message, "sha256") for key in self._index_keys)


def _framed(text: str) -> bytes:
    """The text with its length before it, so that joined parts cannot be read another way."""
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw


def _derive(material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"bulwark 1 " + info).derive(material)


def _sealing_key(master: bytes, purpose: str, secret: bytes | None) -> bytes:
    """A key of its own for each purpose; the master key has a fixed length, so master and secret join unambiguously."""
    kind = b"seal " if secret is None else b"seal with secret "
    return _derive(master + (secret or b""), kind + purpose.encode(), 32)
