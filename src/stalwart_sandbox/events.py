"""What the server would report through a webhook: sign-ins and bans, newest last."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]


@dataclass(slots=True)
class Events:
    """The latest thousand events as the webhook body carries them; `listeners` hear of each new one."""

    recent: deque[Json] = field(default_factory=lambda: deque(maxlen=1000))
    listeners: list[Callable[[Json], None]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1_795_444_951_037, 100))

    def report(self, kind: str, created_at: str, **data: Any) -> None:
        """Add an event, for example `auth.failed`; data keys are the wire's, None is left out."""
        known = {name: value for name, value in data.items() if value is not None}
        event = {"id": str(next(self._numbers)), "createdAt": created_at, "type": kind, "data": known}
        self.recent.append(event)
        for listener in self.listeners:
            listener(event)
