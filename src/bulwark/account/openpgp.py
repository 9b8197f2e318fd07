"""OpenPGP public keys (RFC 9580, with RFC 4880's version 4).

Packets are walked here first: only what belongs into a public key goes on to the library, so that a secret key, a
compressed packet or one without end never gets there. Whether a key can be encrypted to is decided by flags and dates
of its packets *and* by a trial with the library, which checks every signature; the library alone would take an expired
key. Its words about an error are never shown.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from bulwark.account.key_facts import KeyReading, KeyRefused, Kind, Warn, Why, address_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

MOST_KEYS = 10
MOST_PACKETS = 2000
MOST_PARTS = 64  # subkeys; each one that is flagged for mail is tried
_PUBLIC_KEY, _SUBKEY, _SIGNATURE, _USER_ID, _ATTRIBUTE = 6, 14, 2, 13, 17
_SECRET = frozenset({5, 7})
_PASSED_OVER = frozenset({10, 12, 21})  # marker, trust, padding: left out
_ALLOWED = frozenset({_PUBLIC_KEY, _SUBKEY, _SIGNATURE, _USER_ID, _ATTRIBUTE})
_RSA = frozenset({1, 2, 3})
_SMALL = 2048  # bits of RSA
_ALGORITHMS = {
    **dict.fromkeys(_RSA, "RSA"),
    16: "ElGamal",
    17: "DSA",
    18: "ECDH",
    19: "ECDSA",
    22: "EdDSA",
    25: "X25519",
    26: "X448",
    27: "Ed25519",
    28: "Ed448",
    35: "ML-KEM-768 + X25519",
    36: "ML-KEM-1024 + X448",
}
_CURVES = {
    "2b060104019755010501": "Curve25519",
    "2b06010401da470f01": "Ed25519",
    "2a8648ce3d030107": "NIST P-256",
    "2b81040022": "NIST P-384",
    "2b81040023": "NIST P-521",
    "2b2403030208010107": "Brainpool P-256",
    "2b240303020801010b": "Brainpool P-384",
    "2b240303020801010d": "Brainpool P-512",
}
_CURVED = frozenset({18, 19, 22})


@dataclass(frozen=True, slots=True)
class _Packet:
    tag: int
    body: bytes
    whole: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A key or subkey that is flagged for mail, as its packets tell it."""

    key_id: str
    algorithm: str
    bits: int | None
    ends: datetime | None
    is_alive: bool
    is_revoked: bool
    is_usable: bool


def read(blocks: Sequence[bytes], now: datetime) -> tuple[KeyReading, ...]:
    """Read the keys of all blocks, each for itself.

    Raises:
        KeyRefused: one of them is not taken.
    """
    keys = [key for block in blocks for key in _keys(block)]
    if len(keys) > MOST_KEYS:
        raise KeyRefused(Why.TOO_MANY)
    return tuple(_read(key, now) for key in keys)


def _keys(block: bytes) -> Iterator[list[_Packet]]:
    """The packets of each key of a block."""
    key: list[_Packet] = []
    for number, packet in enumerate(_packets(block)):
        if number > MOST_PACKETS:
            raise KeyRefused(Why.BROKEN)
        if packet.tag in _SECRET:
            raise KeyRefused(Why.PRIVATE)
        if packet.tag in _PASSED_OVER:
            continue
        if packet.tag not in _ALLOWED or (not key and packet.tag != _PUBLIC_KEY):
            raise KeyRefused(Why.NO_KEY)
        if packet.tag == _PUBLIC_KEY and key:
            yield key
            key = []
        key.append(packet)
    if not key:
        raise KeyRefused(Why.NO_KEY)
    yield key


def _packets(data: bytes) -> Iterator[_Packet]:
    """Walk the packets (RFC 9580, 4.2); lengths that are partial or left out have no place in a key."""
    place = 0
    while place < len(data):
        head = data[place]
        if not head & 0x80:
            raise KeyRefused(Why.BROKEN)
        try:
            if head & 0x40:
                tag, (start, size) = head & 0x3F, _new_length(data, place + 1)
            else:
                tag, (start, size) = (head >> 2) & 0x0F, _old_length(data, place + 1, head & 3)
        except IndexError as error:
            raise KeyRefused(Why.BROKEN) from error
        if start + size > len(data):
            raise KeyRefused(Why.CUT_OFF)
        yield _Packet(tag, data[start : start + size], data[place : start + size])
        place = start + size


def _new_length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first < 192:  # noqa: PLR2004 - the boundaries of RFC 9580, 4.2.1
        return at + 1, first
    if first < 224:  # noqa: PLR2004 - as above
        return at + 2, ((first - 192) << 8) + data[at + 1] + 192
    if first < 255:  # noqa: PLR2004 - as above
        raise KeyRefused(Why.BROKEN)
    return at + 5, int.from_bytes(data[at + 1 : at + 5], "big")


def _old_length(data: bytes, at: int, kind: int) -> tuple[int, int]:
    if kind == 3:  # noqa: PLR2004 - "until the end of the file"
        raise KeyRefused(Why.BROKEN)
    octets = (1, 2, 4)[kind]
    if at + octets > len(data):
        raise IndexError
    return at + octets, int.from_bytes(data[at : at + octets], "big")


def _read(packets: list[_Packet], now: datetime) -> KeyReading:
    import pysequoia
    from pysequoia.packet import PacketPile

    data = b"".join(packet.whole for packet in packets)
    try:
        certificate = pysequoia.Cert.from_bytes(data)
        known: list[Any] = list(PacketPile.from_bytes(data))
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise KeyRefused(Why.BROKEN) from error
    try:
        owners = tuple(_printable(str(owner)) for owner in certificate.user_ids)
        fingerprint = certificate.fingerprint.upper()
        whole_ends = certificate.expiration
        is_revoked = certificate.is_revoked
        parts = tuple(_parts(known, now))
    except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise KeyRefused(Why.UNUSABLE) from error  # too weak, too new or too strange for the library's policy
    if is_revoked:
        raise KeyRefused(Why.REVOKED)
    if whole_ends is not None and whole_ends <= now:
        raise KeyRefused(Why.ENDED)
    good = [part for part in parts if part.is_alive and not part.is_revoked and part.is_usable]
    if not good:
        raise KeyRefused(_why_not(parts, now))
    best = max(good, key=lambda part: part.ends or datetime.max.replace(tzinfo=UTC))
    ends = min((end for end in (whole_ends, best.ends) if end is not None), default=None)
    is_small = best.algorithm == "RSA" and best.bits is not None and best.bits < _SMALL
    return KeyReading(
        kind=Kind.OPENPGP,
        text=armoured(data),
        fingerprint=fingerprint,
        owners=owners,
        addresses=frozenset(address for owner in owners if (address := address_in(owner))),
        algorithm=best.algorithm,
        bits=best.bits,
        created=known[0].key_created,
        ends=ends,
        encrypts=f"0x{best.key_id[-8:].upper()}",
        notes=frozenset({Warn.SMALL} if is_small else ()),
    )


def _parts(known: list[Any], now: datetime) -> Iterator[_Part]:
    """The primary key and every subkey that is flagged for transport encryption, judged by the newest binding."""
    from pysequoia.packet import SignatureType, Tag

    key_tags = (Tag.PublicKey, Tag.PublicSubkey)  # tuples: the library's enumerations are not hashable
    starts = [place for place, packet in enumerate(known) if packet.tag in key_tags]
    if len(starts) > MOST_PARTS:
        raise KeyRefused(Why.BROKEN)
    primary = known[0].fingerprint
    head = known[: starts[1]] if len(starts) > 1 else known
    revoking = (SignatureType.SubkeyRevocation, SignatureType.KeyRevocation)
    for start, stop in zip(starts, [*starts[1:], len(known)], strict=True):
        key, signatures = known[start], [one for one in known[start:stop] if one.tag == Tag.Signature]
        own = [one for one in signatures if one.issuer_fingerprint in {primary, None}]
        bindings = [one for one in own if one.signature_type not in revoking and one.key_flags is not None]
        if not bindings:
            continue
        newest = max(bindings, key=lambda one: one.signature_created or datetime.min.replace(tzinfo=UTC))
        if not newest.key_flags.transport_encryption:
            continue
        ends = _ends(key.key_created, newest.key_validity_period)
        algorithm, bits = _algorithm(bytes(key.body))
        yield _Part(
            key_id=key.key_id or "",
            algorithm=algorithm,
            bits=bits,
            ends=ends,
            is_alive=key.key_created <= now and (ends is None or ends > now),
            is_revoked=any(one.signature_type in revoking for one in own),
            is_usable=_can_be_encrypted_to(head if start == 0 else [*head, *known[start:stop]]),
        )


def _can_be_encrypted_to(packets: list[Any]) -> bool:
    """Try it, with nothing but the primary key and this one part: the library checks signatures and algorithms."""
    import pysequoia

    try:
        alone = pysequoia.Cert.from_packets(packets)
        return bool(pysequoia.encrypt(recipients=[alone], bytes=b"trial"))
    except (RuntimeError, ValueError, TypeError):
        return False


def _why_not(parts: tuple[_Part, ...], now: datetime) -> Why:
    if not parts:
        return Why.SIGN_ONLY
    if all(part.is_revoked for part in parts):
        return Why.REVOKED
    if all(part.ends is not None and part.ends <= now for part in parts if not part.is_revoked):
        return Why.ENDED
    if not any(part.is_alive for part in parts):
        return Why.NOT_YET
    return Why.UNUSABLE


def _ends(created: datetime, lasts: timedelta | None) -> datetime | None:
    if not lasts:
        return None
    try:
        return created + lasts
    except OverflowError:
        return None


def _algorithm(body: bytes) -> tuple[str, int | None]:
    """Name and size from a key packet's body (RFC 9580, 5.5.2)."""
    version, number = body[0], body[5]
    material = body[10:] if version == 6 else body[6:]  # noqa: PLR2004 - version 6 counts the material first
    name = _ALGORITHMS.get(number, f"#{number}")
    if number in _CURVED:
        curve = material[1 : 1 + material[0]].hex()
        return f"{name} {_CURVES.get(curve, '')}".strip(), None
    bits = int.from_bytes(material[:2], "big") if number in _RSA | {16, 17} else None
    return name, bits


def _printable(owner: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in owner)[:300]


def armoured(data: bytes) -> str:
    """A key as armour without header lines, with the checksum that older programs ask for."""
    encoded = base64.b64encode(data).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    checksum = base64.b64encode(_crc24(data).to_bytes(3, "big")).decode()
    head, tail = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join([head, "", *lines, f"={checksum}", tail, ""])


def _crc24(data: bytes) -> int:
    """The checksum of RFC 9580, 6.1.1."""
    table, crc = _crc24_table(), 0xB704CE
    for octet in data:
        crc = ((crc << 8) & 0xFFFFFF) ^ table[(crc >> 16) ^ octet]
    return crc


@cache
def _crc24_table() -> tuple[int, ...]:
    table = []
    for octet in range(256):
        crc = octet << 16
        for _bit in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
        table.append(crc & 0xFFFFFF)
    return tuple(table)
