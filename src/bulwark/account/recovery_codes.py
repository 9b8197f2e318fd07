"""The letters of recovery codes: Crockford's base32, twelve of them, written `XXXX-XXXX-XXXX`.

Twelve letters are 60 random bits. The alphabet has no I, L, O and U; what people type for them is read as the digit it
was mistaken for, and dashes, spaces and small letters do not matter.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from stalwart_jmap import Secret

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS: Final = 12
CODES: Final = 10
_GROUP: Final = 4
_LONGEST_TYPED: Final = 100
_MISTAKEN: Final = str.maketrans("OIL", "011")
_DASHES: Final = frozenset("-_.\N{MINUS SIGN}")  # and everything Unicode calls a dash


def new_code() -> Secret:
    """One random code, as `read` gives it: without dashes."""
    return Secret("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)))


def new_codes() -> tuple[Secret, ...]:
    """Ten codes, no two alike."""
    found: dict[Secret, None] = {}
    while len(found) < CODES:
        found[new_code()] = None
    return tuple(found)


def written(code: Secret) -> str:
    """The code as it is shown: `7K2M-Q9TX-4VBH`."""
    text = code.reveal()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def read(typed: Secret) -> Secret | None:
    """What was typed as a code without dashes; None for anything that no code is written as."""
    text = typed.reveal()
    if len(text) > _LONGEST_TYPED:
        return None
    text = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(letter for letter in text if not _joins(letter)).translate(_MISTAKEN)
    if len(kept) != LETTERS or not set(kept) <= set(ALPHABET):
        return None
    return Secret(kept)


def _joins(letter: str) -> bool:
    return letter.isspace() or letter in _DASHES or unicodedata.category(letter) == "Pd"
