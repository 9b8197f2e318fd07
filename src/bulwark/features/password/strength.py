"""Estimating a new password, as the server does it: length in bytes first, then zxcvbn on the first 72 characters.

Python's zxcvbn fails on longer texts; a password whose first 72 characters are hard to guess is hard to guess. It runs
in a thread, because it takes milliseconds to tens of them, and is imported by the first estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from bulwark.features.password.pages import strength
from bulwark.language import N_, _

if TYPE_CHECKING:
    from bulwark.web.page_types import Strength
    from stalwart_jmap import Secret

SHORTEST, LONGEST = 8, 128  # bytes: the server's defaults, which only administrators can read
COUNTED = 72  # characters

# The estimator's warnings, so that they can be said in the person's language.
WARNINGS = (
    N_("Straight rows of keys are easy to guess."),
    N_("Short keyboard patterns are easy to guess."),
    N_('Repeats like "aaa" are easy to guess.'),
    N_('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
    N_('Sequences like "abc" or "6543" are easy to guess.'),
    N_("Recent years are easy to guess."),
    N_("Dates are often easy to guess."),
    N_("This is a top-10 common password."),
    N_("This is a top-100 common password."),
    N_("This is a very common password."),
    N_("This is similar to a commonly used password."),
    N_("A word by itself is easy to guess."),
    N_("Names and surnames by themselves are easy to guess."),
    N_("Common names and surnames are easy to guess."),
)


async def estimate(password: Secret) -> Strength | None:
    """The score (0 to 4) and its sentence; None for an empty field."""
    text = password.reveal()
    length = len(text.encode())
    if not length:
        return None
    if length < SHORTEST:
        return strength(0, too_short=True)
    if length > LONGEST:
        return strength(0, too_long=True)
    score, warning = await anyio.to_thread.run_sync(_score, text[:COUNTED])
    return strength(score, _(warning) if warning in WARNINGS else "")


def _score(text: str) -> tuple[int, str]:
    from zxcvbn import zxcvbn

    result = zxcvbn(text, max_length=COUNTED)
    warning = str(result["feedback"]["warning"] or "").strip()
    if warning and not warning.endswith("."):
        warning += "."
    return int(result["score"]), warning
