"""How an authenticator is kept so that only a recovery code opens it. Design: docs/security/recovery-codes.md.

    data key      32 random bytes, one per set; encrypts the authenticator's URL (AES-256-GCM)
    code keys     Argon2id(code, salt of the set) → HKDF-SHA256 → lookup id (32 bytes), wrapping key (32 bytes)
    wrap          the data key under a wrapping key (AES-256-GCM), one per code, found by its lookup id

Everything is bound to the set it belongs to. The caller seals it all again with the master key. Argon2 takes about a
tenth of a second and lets go of the interpreter meanwhile: it runs in a worker thread, one at a time in one process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio
import anyio.to_thread
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bulwark.errors import SealBroken
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY: Final = 32
_NONCE: Final = 12
_SALT: Final = 16
_AT_ONCE: Final = 1  # thread, and so 32 MiB at most: a process is promised to stay small


class Cost(NamedTuple):
    """Argon2id's parameters: passes, memory in KiB, lanes."""

    passes: int
    memory: int
    lanes: int


# By the first byte of a set's salt, so that sets of earlier releases stay readable.
# Chosen by measuring: docs/develop/decisions/0004-recovery-code-cost.md, bench/recovery.py.
COSTS: Final = {1: Cost(passes=2, memory=32 * 1024, lanes=1)}
NEWEST: Final = 1


class CodeKeys(NamedTuple):
    """What a code and a set's salt give: a name for the database, and a key that is nowhere in it."""

    lookup_id: bytes
    wrapping_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """An authenticator under ten codes: `wraps` are pairs of lookup id and wrap, in the order of the codes."""

    salt: bytes
    encrypted: bytes
    wraps: tuple[tuple[bytes, bytes], ...]


class Stretcher:
    """Runs Argon2 in a worker thread, one at a time; one stretcher per process."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def keys(self, code: Secret, salt: bytes) -> CodeKeys:
        """The keys of a code: about a tenth of a second. Raises SealBroken for a salt of an unknown release."""
        return await anyio.to_thread.run_sync(_keys, code, salt, limiter=self._limiter)

    async def lock(self, url: Secret, codes: Sequence[Secret], set_id: bytes) -> Locked:
        """Encrypt a URL so that each of the codes opens it: one Argon2 per code."""
        salt = new_salt()
        found: dict[int, CodeKeys] = {}

        async def stretch(place: int, code: Secret) -> None:
            found[place] = await self.keys(code, salt)

        async with anyio.create_task_group() as group:
            for place, code in enumerate(codes):
                group.start_soon(stretch, place, code)
        data_key = os.urandom(_KEY)
        return Locked(
            salt=salt,
            encrypted=_encrypt(data_key, url.reveal().encode(), b"url" + set_id),
            wraps=tuple(
                (found[place].lookup_id, _encrypt(found[place].wrapping_key, data_key, b"wrap" + set_id))
                for place in range(len(codes))
            ),
        )


def unlock(keys: CodeKeys, wrap: bytes, encrypted: bytes, set_id: bytes) -> Secret:
    """The URL again. Raises SealBroken when anything differs from when it was locked."""
    data_key = _decrypt(keys.wrapping_key, wrap, b"wrap" + set_id)
    return Secret(_decrypt(data_key, encrypted, b"url" + set_id).decode())


def new_salt() -> bytes:
    """A salt for one set, its first byte naming the parameters."""
    return bytes([NEWEST]) + os.urandom(_SALT)


def _keys(code: Secret, salt: bytes) -> CodeKeys:
    from argon2.low_level import Type, hash_secret_raw

    cost = COSTS.get(salt[0]) if salt else None
    if cost is None:
        raise SealBroken
    stretched = hash_secret_raw(
        code.reveal().encode(), salt, cost.passes, cost.memory, cost.lanes, hash_len=_KEY, type=Type.ID
    )
    return CodeKeys(lookup_id=_expand(stretched, b"lookup id"), wrapping_key=_expand(stretched, b"wrapping key"))


def _expand(stretched: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=_KEY, info=b"bulwark 1 recovery " + purpose).derive(stretched)


def _encrypt(key: bytes, plaintext: bytes, place: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, place)


def _decrypt(key: bytes, data: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], place)
    except (InvalidTag, ValueError):
        raise SealBroken from None
