"""When to ask again, and after how long.

Stalwart allows four requests at a time per account, over all its sessions, and refuses a fifth with a 400 `limit`
without saying when to come back. Nothing was carried out then, so asking again is safe even for a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stalwart_jmap.core.errors import LIMIT, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONCURRENT_REQUESTS: Final = 4
_FIRST_PAUSE: Final = 0.05
_PAUSES: Final = 6


def is_crowded(error: RequestError) -> bool:
    """Tell whether the refusal is the one for too many requests at a time."""
    return error.type == LIMIT and error.limit in {"maxConcurrentRequests", "maxConcurrentUpload"}


def pauses(random: Callable[[], float]) -> Iterator[float]:
    """Give the seconds to wait before each further try: growing, and jittered so that rivals do not return together.

    `random` gives numbers in [0, 1). All pauses together stay below seven seconds.
    """
    longest = _FIRST_PAUSE * 2
    for _ in range(_PAUSES):
        yield _FIRST_PAUSE + random() * (longest - _FIRST_PAUSE)
        longest *= 2
