"""The server's password policy: length in UTF-8 bytes, then the zxcvbn score, in this order.

zxcvbn is loaded on first use; it refuses more than 72 characters, so longer passwords are scored by their beginning.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

STRENGTHS: Final = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4}
_SCORED: Final = 72


def complaint(password: str, *, shortest: int, longest: int, strength: str) -> str | None:
    """The server's sentence about a password it refuses, or None; lengths are bytes, strength is `zero` to `four`."""
    size = len(password.encode())
    if size > longest:
        return f"Password must be at most {longest} characters long."
    if size < shortest:
        return f"Password must be at least {shortest} characters long."
    if not STRENGTHS[strength]:
        return None
    score, feedback = _score(password[:_SCORED])
    if score >= STRENGTHS[strength]:
        return None
    return f"Password is too weak. {feedback}".rstrip()


@lru_cache(maxsize=256)
def _score(password: str) -> tuple[int, str]:
    from zxcvbn import zxcvbn

    result = zxcvbn(password)
    advice = [result["feedback"]["warning"], *result["feedback"]["suggestions"]]
    sentences = [text if text.endswith(".") else f"{text}." for text in advice if text]
    return result["score"], " ".join(sentences)
