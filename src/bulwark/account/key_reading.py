"""What a public key says of itself: the same facts for OpenPGP and for S/MIME, read before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bulwark.account.key_blocks import Kind, blocks_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

SOON = timedelta(days=30)
SHOWN_OWNERS = 20
_ADDRESS = re.compile(r"<?([^\s<>@,;()\"]{1,64}@[^\s<>@,;()\"]{1,255})>?\s*$")


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
        elif self.ends is not None and self.ends - now <= SOON:
            found.add(Warn.ENDS_SOON)
        if self.created is not None and self.created > now:
            found.add(Warn.NOT_YET)
        if self.others:
            found.add(Warn.SEVERAL)
        return tuple(warning for warning in Warn if warning in found)


def read_keys(pasted: bytes, now: datetime) -> tuple[KeyReading, ...]:
    """Read every key in a text or file: several OpenPGP keys are split, certificates stay together as one value.

    Raises:
        KeyRefused: with the reason; then not one of them is taken.
    """
    from bulwark.account import openpgp, smime

    found = blocks_of(pasted)
    if found.kind is Kind.OPENPGP:
        return openpgp.read(found.parts, now)
    return (smime.read(found.parts),)


def address_in(owner: str) -> str | None:
    """The mail address in `Alice <alice@example.org>` or `alice@example.org`, in lower case."""
    found = _ADDRESS.search(owner)
    return found[1].lower() if found else None
