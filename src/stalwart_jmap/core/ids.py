"""Ids on the wire and their numbers.

An id is an unsigned 64-bit number in base 32 with Stalwart's own digits, most significant first. Elsewhere (userinfo,
webhook) the same number is written in decimal.
"""

from __future__ import annotations

from typing import Final, NewType

AccountId = NewType("AccountId", str)
CredentialId = NewType("CredentialId", str)
PublicKeyId = NewType("PublicKeyId", str)
IdentityId = NewType("IdentityId", str)

_DIGITS: Final = "abcdefghijklmnopqrstuvwxyz792013"
_VALUES: Final = {digit: value for value, digit in enumerate(_DIGITS)}
_TOO_LARGE: Final = 1 << 64


def from_number(number: int) -> str:
    """Write an id, such as `c` for 2. Raises ValueError outside 64 bits."""
    if not 0 <= number < _TOO_LARGE:
        message = "an id is an unsigned 64-bit number"
        raise ValueError(message)
    digits = _DIGITS[number % 32]
    while number := number // 32:
        digits = _DIGITS[number % 32] + digits
    return digits


def to_number(text: str) -> int:
    """Read an id; upper case is the same, the empty text is 0. Raises ValueError for any other character."""
    number = 0
    for character in text.lower():
        if character not in _VALUES:
            message = "not an id"
            raise ValueError(message)
        number = number * 32 + _VALUES[character]
    if number >= _TOO_LARGE:
        message = "an id is an unsigned 64-bit number"
        raise ValueError(message)
    return number
