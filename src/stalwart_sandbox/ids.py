"""Ids as the server writes them: big-endian base 32 with its own alphabet.

A number has no leading zero digit, so 0 is `a` and 32 is `ba`; reading is case-insensitive and the empty text is 0.
"""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz792013"
SINGLETON: Final = "singleton"
RECOVERY_ADMIN: Final = 2**32 - 1  # `d333333`, the administrator of last resort, who has no account
_LARGEST: Final = 2**64 - 1
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}


def encode(number: int) -> str:
    """The id of an unsigned 64-bit number; ValueError outside that range."""
    if not 0 <= number <= _LARGEST:
        raise ValueError("an id is an unsigned 64-bit number")
    digits = []
    while True:
        number, digit = divmod(number, 32)
        digits.append(ALPHABET[digit])
        if not number:
            return "".join(reversed(digits))


def decode(text: str) -> int | None:
    """The number behind an id, or None when the text is no id."""
    number = 0
    for letter in text.lower():
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 32 + value
        if number > _LARGEST:
            return None
    return number
