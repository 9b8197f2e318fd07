"""Dates as the registry writes them: `YYYY-MM-DDTHH:MM:SSZ`, read with any offset, fractions dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_YEARS: Final = range(1970, 3001)
_SHORTEST: Final = len("2026-01-01T00:00:00Z")


def text(moment: float) -> str:
    """The date of a moment in seconds since 1970."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def normalise(value: str) -> str | None:
    """The same date in UTC without fractions, or None when the text is no date the server reads."""
    if len(value) < _SHORTEST or value[10:11] != "T":
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None or moment.year not in _YEARS:
            return None
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None


def seconds(value: str) -> float:
    """The moment of a normalised date, in seconds since 1970."""
    return datetime.fromisoformat(value).timestamp()


def is_past(value: str | None, now: float) -> bool:
    """Whether a normalised date lies behind `now`; no date never does."""
    return value is not None and seconds(value) <= now
