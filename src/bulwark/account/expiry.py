"""When a credential ends: a choice of a person becomes the end of a day in that person's time zone.

The server takes moments from 1970 to 3000, past ones included; a past one is refused here, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

LAST_YEAR = 2999  # the server's own bound is the year 3000 in UTC, and zones differ
_SECOND = timedelta(seconds=1)


class End(StrEnum):
    """What a person can choose; `KEEP` leaves an existing end as it is."""

    DAYS_30 = "30"
    DAYS_90 = "90"
    YEAR = "year"
    NEVER = "never"
    DATE = "date"
    KEEP = "keep"


class EndFault(StrEnum):
    """Why a choice gives no moment."""

    NOT_CHOSEN = "not-chosen"
    UNREADABLE = "unreadable"
    PAST = "past"
    TOO_FAR = "too-far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A moment, or None for never."""

    at: datetime | None


def today(now: datetime, zone: tzinfo | None) -> date:
    """The person's calendar day; without a zone, this machine's."""
    return now.astimezone(zone).date()


def end_of(day: date, zone: tzinfo | None) -> datetime:
    """The last second of a day in a zone, in UTC; without a zone, this machine's."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    return midnight.astimezone(UTC) - _SECOND


def day_of(choice: End, now: datetime, zone: tzinfo | None) -> date | None:
    """The last day that a relative choice gives; None for the others."""
    start = today(now, zone)
    match choice:
        case End.DAYS_30:
            return start + timedelta(days=30)
        case End.DAYS_90:
            return start + timedelta(days=90)
        case End.YEAR:
            return _a_year_after(start)
        case _:
            return None


def read(choice: str, typed: str, *, now: datetime, zone: tzinfo | None, kept: Ends | None = None) -> Ends | EndFault:
    """The moment that a choice means; `typed` is the date (2027-11-23) of the choice `date`, `kept` today's end."""
    try:
        chosen = End(choice)
    except ValueError:
        return EndFault.NOT_CHOSEN
    if chosen is End.NEVER:
        return Ends(at=None)
    if chosen is End.KEEP:
        return kept if kept is not None else EndFault.NOT_CHOSEN
    day = day_of(chosen, now, zone)
    if day is None:
        found = _date(typed)
        if isinstance(found, EndFault):
            return found
        day = found
    if day.year > LAST_YEAR:
        return EndFault.TOO_FAR
    if day < today(now, zone):
        return EndFault.PAST
    return Ends(at=end_of(day, zone))


def _date(typed: str) -> date | EndFault:
    text = typed.strip()
    if not text:
        return EndFault.NOT_CHOSEN
    parts = text.split("-")
    shape = (4, 2, 2)
    if len(parts) != len(shape) or not all(part.isascii() and part.isdigit() for part in parts):
        return EndFault.UNREADABLE
    if len(parts[0]) > shape[0]:  # browsers let people type six digits of a year
        return EndFault.TOO_FAR
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return EndFault.UNREADABLE


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)
