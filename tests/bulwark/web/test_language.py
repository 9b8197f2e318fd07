"""Languages: plurals and values come out right, the nearest language is found, times are told as the design says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bulwark import language
from bulwark.language import _, ngettext, pgettext
from bulwark.language_names import OWN_NAMES

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)


def test_english_is_spoken_until_a_language_is_chosen_and_again_afterwards() -> None:
    before = _("Sign out")
    with language.use("de"):
        inside = _("Sign out")

    assert (before, inside, _("Sign out")) == ("Sign out", "Abmelden", "Sign out")


def test_an_unknown_language_is_english() -> None:
    with language.use("tlh"):
        assert (language.locale(), _("Sign out")) == ("en", "Sign out")


def test_one_word_with_two_meanings_is_told_apart_by_its_context() -> None:
    with language.use("de"):
        assert (pgettext("heading", "On"), _("On")) == ("Eingeschaltet", "An")


@pytest.mark.parametrize(("n", "said"), [(0, "vor 0 Minuten"), (1, "vor 1 Minute"), (2, "vor 2 Minuten")])
def test_a_count_takes_its_plural(n: int, said: str) -> None:
    with language.use("de"):
        assert ngettext("%(n)s minute ago", "%(n)s minutes ago", n) == said


def test_a_percent_sign_stays_where_no_value_is_given() -> None:
    assert _("100 % sure") == "100 % sure"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "Today, 12:32"),
        (timedelta(hours=20), "Yesterday, 18:32"),
        (timedelta(days=3), "20 Nov, 14:32"),
        (timedelta(days=400), "19 Oct 2025, 15:32"),
        (timedelta(hours=-2), "Today, 16:32"),
    ],
)
def test_a_time_is_relative_up_to_an_hour_and_then_a_clock(ago: timedelta, said: str) -> None:
    with language.use("en", BERLIN):
        assert language.moment(NOW - ago, NOW) == said


def test_dates_are_written_out_in_the_persons_zone() -> None:
    midnight = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    with language.use("en", BERLIN):
        english = (language.long_date(midnight), language.time_of_day(NOW, zone=True), language.long_moment(NOW))
    with language.use("de", BERLIN):
        spoken = (language.long_date(midnight), language.time_of_day(NOW, zone=True))

    assert english == ("23 November 2026", "14:32 CET", "23 November 2026 at 14:32:07 CET")
    assert spoken == ("23. November 2026", "14:32 MEZ")


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(0), "in less than a minute"),
        (timedelta(seconds=530), "in about 9 minutes"),
        (timedelta(seconds=61), "in about 2 minutes"),
        (timedelta(minutes=60), "in about 60 minutes"),
        (timedelta(minutes=61), "in about 2 hours"),
        (timedelta(minutes=-5), "in less than a minute"),
    ],
)
def test_a_wait_is_rounded_up(left: timedelta, said: str) -> None:
    assert language.until(NOW + left, NOW) == said


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        (None, "en"),
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("tlh, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("de;q=0", "en"),
        ("de;q=nonsense", "en"),
        ("tlh", "en"),
        ("pt-PT, en;q=0.5", "pt"),
        ("no, en;q=0.5", "nb"),
        ("zh-TW, zh;q=0.9", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-CN, zh;q=0.9", "zh-Hans"),
    ],
)
def test_the_browsers_wish_chooses_the_language(header: str | None, tag: str) -> None:
    assert language.negotiate(header) == tag


@given(st.text(max_size=300))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert language.negotiate(header) in language.available()


@pytest.mark.parametrize(
    ("tag", "way"), [("en", "ltr"), ("de-AT", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("fa_IR", "rtl")]
)
def test_the_direction_follows_the_language(tag: str, way: str) -> None:
    assert language.direction(tag) == way


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("de_DE.UTF-8", "de"),
        ("sr_RS@latin", ""),
        ("nn_NO", "nb"),
        ("iw_IL", "he"),
        ("zh_HK", "zh-Hant"),
        ("zh_SG", "zh-Hans"),
        ("C.UTF-8", ""),
        ("", ""),
    ],
)
def test_an_accounts_locale_leads_to_its_nearest_language(name: str, tag: str) -> None:
    assert language.nearest(name) == tag


@pytest.mark.parametrize("tag", language.available())
def test_languages_are_offered_under_their_own_names(tag: str) -> None:
    name = Locale.parse(tag.replace("-", "_")).get_display_name() or ""

    assert language.name_of(tag) == OWN_NAMES[tag] == name[:1].upper() + name[1:]


def test_a_language_that_somebody_added_has_its_name_too() -> None:
    assert language.name_of("eo") == "Esperanto"
