"""From what a person pasted or uploaded to the pure bytes of the keys in it, before any library sees them.

Armour (RFC 9580, 6), PEM (RFC 7468), binary OpenPGP and DER. The label and the first bytes decide the kind; anything
private stops everything. Header lines inside armour (`Comment:`) are left out, because the mail server may stumble over
them. Linear in the size of the input, whatever it holds.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from bulwark.account import smime
from bulwark.account.key_facts import KeyRefused, Kind, Why

MAX_KEY = 64 * 1024  # bytes of what is pasted or uploaded
_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"
_ARMOUR_HEADER = re.compile(r"[A-Za-z][A-Za-z-]*:(?: .*)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_PRIVATE = ("PRIVATE", "SECRET")
_DER_SEQUENCE = 0x30
_OPENPGP_BIT = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """The keys in a text: all of one kind. OpenPGP blocks still hold one or more keys each; certificates are DER."""

    kind: Kind
    parts: tuple[bytes, ...]


def blocks_of(pasted: bytes) -> Blocks:
    """Find the keys.

    Raises:
        KeyRefused: there are none, there is a private one, or they are of two kinds.
    """
    if len(pasted) > MAX_KEY:
        raise KeyRefused(Why.TOO_LARGE)
    if not pasted.strip():
        raise KeyRefused(Why.EMPTY)
    if _looks_binary(pasted):
        return _binary(pasted)
    return _textual(_text(pasted))


def _looks_binary(pasted: bytes) -> bool:
    first = pasted[0]
    if pasted.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return False  # a text with a mark of its encoding
    return bool(first & _OPENPGP_BIT) or (first == _DER_SEQUENCE and b"-----BEGIN" not in pasted)


def _text(pasted: bytes) -> str:
    encoding = "utf-16" if pasted.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return pasted.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _binary(pasted: bytes) -> Blocks:
    if pasted[0] & _OPENPGP_BIT:
        return Blocks(kind=Kind.OPENPGP, parts=(pasted,))
    return Blocks(kind=Kind.SMIME, parts=smime.certificates_in(pasted))


def _textual(text: str) -> Blocks:
    found: list[tuple[str, bytes]] = []
    label = ""
    body: list[str] = []
    for raw in text.split("\n"):
        line = raw.strip().lstrip("> ")  # as mail programs quote
        if line.startswith(_BEGIN) and line.endswith(_DASHES):
            if label:
                raise KeyRefused(Why.CUT_OFF, label)
            label, body = line[len(_BEGIN) : -len(_DASHES)].strip().upper(), []
            _refuse_label(label)
        elif label and line.startswith(_END):
            if line[len(_END) :].removesuffix(_DASHES).strip().upper() != label:
                raise KeyRefused(Why.CUT_OFF, label)
            found.append((label, _decoded(body)))
            label = ""
        elif label:
            body.append(line)
    if label:
        raise KeyRefused(Why.CUT_OFF, label)
    if not found:
        raise KeyRefused(_why_no_block(text))
    return _of_one_kind(found)


def _refuse_label(label: str) -> None:
    if any(word in label for word in _PRIVATE):
        raise KeyRefused(Why.PRIVATE, label)
    if label in {"PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY", "SSH2 PUBLIC KEY"} or "CERTIFICATE REQUEST" in label:
        raise KeyRefused(Why.BARE_KEY, label)
    if not (label == "PGP PUBLIC KEY BLOCK" or "CERTIFICATE" in label or label in {"PKCS7", "CMS"}):
        raise KeyRefused(Why.NO_KEY, label)


def _why_no_block(text: str) -> Why:
    """A text without a single block: say more than "no key" where more is known."""
    upper = text.upper()
    if any(f"{word} KEY" in upper for word in _PRIVATE):
        return Why.PRIVATE
    if text.lstrip().startswith(("ssh-", "ecdsa-sha2-", "sk-ssh-")):
        return Why.BARE_KEY
    if "-----END" in text or "-----BEGIN" in text:
        return Why.CUT_OFF
    return Why.NO_KEY


def _decoded(lines: list[str]) -> bytes:
    """The bytes of a block's lines, without header lines and checksum."""
    content: list[str] = []
    inside = False
    for line in lines:
        if not line:
            inside = True
        elif not inside and _ARMOUR_HEADER.fullmatch(line):
            continue
        elif line.startswith("=") and content:
            break  # the checksum (RFC 9580 lets everybody ignore it) ends an armour
        else:
            inside = True
            content.append(line)
    joined = "".join("".join(content).split())
    if not _BASE64.fullmatch(joined):
        raise KeyRefused(Why.BROKEN)
    try:
        return base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyRefused(Why.BROKEN) from error


def _of_one_kind(found: list[tuple[str, bytes]]) -> Blocks:
    kinds = {Kind.OPENPGP if label.startswith("PGP") else Kind.SMIME for label, _body in found}
    if len(kinds) > 1:
        raise KeyRefused(Why.MIXED)
    if kinds == {Kind.OPENPGP}:
        return Blocks(kind=Kind.OPENPGP, parts=tuple(body for _label, body in found))
    return Blocks(kind=Kind.SMIME, parts=tuple(der for _label, body in found for der in smime.certificates_in(body)))
