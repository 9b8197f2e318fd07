"""When a credential ends: days, zones, and dates nobody can mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.account import expiry
from bulwark.account.expiry import End, EndFault, Ends
from stalwart_jmap.core.wire import to_date

NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # 23:30, still the 23rd
TOKYO = ZoneInfo("Asia/Tokyo")  # 07:30 of the 24th
ZONES = ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati", "UTC", "Asia/Gaza")


@pytest.mark.parametrize(
    ("choice", "day"), [("30", date(2026, 12, 23)), ("90", date(2027, 2, 21)), ("year", date(2027, 11, 23))]
)
def test_relative_choices_end_at_the_end_of_a_day_in_the_persons_zone(choice: str, day: date) -> None:
    ends = expiry.read(choice, "", now=NOW, zone=BERLIN)

    assert isinstance(ends, Ends)
    assert ends.at is not None
    assert ends.at.astimezone(BERLIN).date() == day
    assert (ends.at + timedelta(seconds=1)).astimezone(BERLIN).strftime("%H:%M:%S") == "00:00:00"


def test_the_day_is_the_persons_own_and_not_the_servers() -> None:
    here, there = (expiry.read("date", "2026-11-23", now=NOW, zone=zone) for zone in (BERLIN, TOKYO))

    assert here == Ends(at=datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC))
    assert there is EndFault.PAST


def test_a_year_from_a_leap_day_ends_on_the_28th() -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)

    assert expiry.day_of(End.YEAR, leap, UTC) == date(2029, 2, 28)


@pytest.mark.parametrize(
    ("choice", "typed", "fault"),
    [
        ("date", "1970-01-01", EndFault.PAST),
        ("date", "2026-11-22", EndFault.PAST),
        ("date", "3001-01-01", EndFault.TOO_FAR),
        ("date", "9999-12-31", EndFault.TOO_FAR),
        ("date", "12027-01-01", EndFault.TOO_FAR),
        ("date", "", EndFault.NOT_CHOSEN),
        ("date", "23.11.2027", EndFault.UNREADABLE),
        ("date", "2027-02-30", EndFault.UNREADABLE),
        ("date", "\u0662\u0660\u0662\u0667-\u0660\u0661-\u0660\u0661", EndFault.UNREADABLE),
        ("date", "0000-00-00", EndFault.UNREADABLE),
        ("", "", EndFault.NOT_CHOSEN),
        ("tomorrow", "", EndFault.NOT_CHOSEN),
        ("keep", "", EndFault.NOT_CHOSEN),
    ],
)
def test_what_is_no_end_is_refused_before_anything_is_sent(choice: str, typed: str, fault: EndFault) -> None:
    assert expiry.read(choice, typed, now=NOW, zone=BERLIN) is fault


def test_never_and_as_it_is() -> None:
    kept = Ends(at=datetime(2020, 1, 1, tzinfo=UTC))

    assert expiry.read("never", "", now=NOW, zone=BERLIN) == Ends(at=None)
    assert expiry.read("keep", "", now=NOW, zone=BERLIN, kept=kept) is kept


def test_without_a_zone_the_day_is_this_machines() -> None:
    ends = expiry.read("date", "2027-06-01", now=NOW, zone=None)

    assert isinstance(ends, Ends)
    assert ends.at is not None
    assert ends.at.astimezone().strftime("%Y-%m-%d %H:%M:%S") == "2027-06-01 23:59:59"


@given(st.dates(date(2026, 11, 25), date(expiry.LAST_YEAR, 12, 31)), st.sampled_from(ZONES))
def test_every_day_in_every_zone_is_a_moment_the_server_takes(day: date, zone: str) -> None:
    ends = expiry.read("date", day.isoformat(), now=NOW, zone=ZoneInfo(zone))

    assert isinstance(ends, Ends)
    assert ends.at is not None
    assert to_date(ends.at).endswith("Z")
    assert ends.at.astimezone(ZoneInfo(zone)).date() <= day


@given(st.sampled_from([end.value for end in End]), st.text(max_size=30))
def test_no_text_breaks_the_reading(choice: str, typed: str) -> None:
    expiry.read(choice, typed, now=NOW, zone=BERLIN)
