"""A clock that tests turn by hand; the panel takes it as its `Clock`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)


class HandClock:
    """Stands still at `start` until `advance`; with `start=None` it goes with the real time (a real mail server)."""

    def __init__(self, start: datetime | None = START) -> None:
        self._start = start
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The moment it shows, in UTC."""
        return (self._start or datetime.now(UTC)) + self._ahead

    def __call__(self) -> datetime:
        """The same, for whoever takes a function as a clock."""
        return self.now()

    def time(self) -> float:
        """The same, in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Turn it forward."""
        self._ahead += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
