"""What a public key says of itself, and why one is not taken: the same words for OpenPGP and for S/MIME."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

SHOWN_OWNERS = 20
_SOON = timedelta(days=30)
_ADDRESS = re.compile(r"<?([^\s<>@,;()\"]{1,64}@[^\s<>@,;()\"]{1,255})>?\s*$")


class Kind(StrEnum):
    """What a key is for."""

    OPENPGP = "openpgp"
    SMIME = "smime"


class Why(StrEnum):
    """Why a key is not taken. Nothing was sent when one of these is told."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"
    NO_KEY = "no-key"
    PRIVATE = "private"
    BUNDLE = "bundle"  # PKCS #12: it may hold a private key
    BARE_KEY = "bare-key"  # a public key without the certificate around it, such as an SSH or TLS one
    MIXED = "mixed"
    CUT_OFF = "cut-off"
    BROKEN = "broken"
    TOO_MANY = "too-many"
    SIGN_ONLY = "sign-only"
    NOT_FOR_MAIL = "not-for-mail"
    ENDED = "ended"
    NOT_YET = "not-yet"
    REVOKED = "revoked"
    UNUSABLE = "unusable"  # its algorithm, or something in it, keeps everybody from encrypting to it
    ISSUER_ONLY = "issuer-only"  # only certificates of issuers, none of a person


class KeyRefused(ValueError):
    """A key that is not taken; `label` is the block's own label where that explains it."""

    def __init__(self, why: Why, label: str = "") -> None:
        super().__init__(why.value)
        self.why = why
        self.label = label


class Warn(StrEnum):
    """What a person should know about a key that is usable all the same."""

    NOT_MINE = "not-mine"
    NO_ADDRESS = "no-address"
    ENDS_SOON = "ends-soon"
    ENDED = "ended"  # certificates only: the server takes them
    NOT_YET = "not-yet"
    SEVERAL = "several"
    SMALL = "small"
    OTHER_USE = "other-use"
    ISSUERS_LEFT_OUT = "issuers-left-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReading:
    """One key that mail can be encrypted to.

    `text` is what is sent to the server, made anew from the key's bytes. `fingerprint` is upper-case hexadecimal.
    `created` and `ends` bound the time in which it can be encrypted to (None: no bound). `encrypts` names the part that
    does it: a subkey's id, or a serial number. `issuers` is the chain above a certificate, nearest first; `others`
    counts further certificates in the same text, whose owners can read as well.
    """

    kind: Kind
    text: str
    fingerprint: str
    owners: tuple[str, ...]
    addresses: frozenset[str]
    algorithm: str
    bits: int | None
    created: datetime | None
    ends: datetime | None
    encrypts: str
    issuers: tuple[str, ...] = ()
    others: int = 0
    notes: frozenset[Warn] = frozenset()

    def warnings(self, mine: Collection[str], now: datetime) -> tuple[Warn, ...]:
        """What to say about it; `mine` are the person's addresses in lower case (none: they could not be read)."""
        found = set(self.notes)
        if not self.addresses:
            found.add(Warn.NO_ADDRESS)
        elif mine and not self.addresses & set(mine):
            found.add(Warn.NOT_MINE)
        if self.ends is not None and self.ends <= now:
            found.add(Warn.ENDED)
        elif self.ends is not None and self.ends - now <= _SOON:
            found.add(Warn.ENDS_SOON)
        if self.created is not None and self.created > now:
            found.add(Warn.NOT_YET)
        if self.others:
            found.add(Warn.SEVERAL)
        return tuple(warning for warning in Warn if warning in found)


def address_in(owner: str) -> str | None:
    """The mail address in `Alice <alice@example.org>` or `alice@example.org`, in lower case."""
    found = _ADDRESS.search(owner)
    return found[1].lower() if found else None
