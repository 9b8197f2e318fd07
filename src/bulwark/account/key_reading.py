"""From what a person pasted or uploaded to what its keys say of themselves, read before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account import openpgp, smime
from bulwark.account.key_blocks import blocks_of
from bulwark.account.key_facts import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.key_facts import KeyReading


def read_keys(pasted: bytes, now: datetime) -> tuple[KeyReading, ...]:
    """Read every key in a text or file: several OpenPGP keys are split, certificates stay together as one value.

    Raises:
        KeyRefused: with the reason; then not one of them is taken.
    """
    found = blocks_of(pasted)
    if found.kind is Kind.OPENPGP:
        return openpgp.read(found.parts, now)
    return (smime.read(found.parts),)
