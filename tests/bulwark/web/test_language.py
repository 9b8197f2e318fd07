"""Languages: the German catalogue is whole, plurals and values come out right, times are told as the design says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from bulwark import language
from bulwark.language import _, ngettext, pgettext

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = Path(language.__file__).parent
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
VALUE = re.compile(r"%\((\w+)\)s")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)

Key = tuple[str, str]  # context (or nothing) and message; of a plural the singular


def sentences() -> set[Key]:
    found: set[Key] = set()
    for _file, _line, message, _comments, context in extract_from_dir(SOURCE, method_map=METHODS, options_map=OPTIONS):
        found.add((context or "", message if isinstance(message, str) else message[0]))
    return found


def german() -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    with (language.CATALOGUES / "de" / "LC_MESSAGES" / "bulwark.po").open("rb") as text:
        catalogue = read_po(text, locale="de")
    found: dict[Key, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for message in catalogue:
        source, spoken = forms(message.id), forms(message.string)
        if source[0] and not message.fuzzy:
            found[message.context or "", source[0]] = (source, spoken)
    return found


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def test_every_sentence_has_a_german_translation() -> None:
    known = german()

    missing = sorted(key for key in sentences() if key not in known or not all(known[key][1]))

    assert missing == []


def test_no_german_translation_is_left_over() -> None:
    assert sorted(set(german()) - sentences()) == []


def test_a_translation_keeps_every_value_of_its_sentence() -> None:
    translated = [pair for pair in german().values() if all(pair[1])]

    for source, spoken in translated:
        wanted = set(VALUE.findall(" ".join(source)))
        for form in spoken:
            assert set(VALUE.findall(form)) <= wanted, form
        assert set(VALUE.findall(" ".join(spoken))) == wanted, source


def test_no_sentence_exclaims_or_says_oops() -> None:
    for source, spoken in german().values():
        for text in (*source, *spoken):
            assert "!" not in text
            assert "oops" not in text.lower()


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
        ("fr, de;q=0.5, en;q=0.4", "de"),
        ("en;q=0.4, de;q=0.5", "de"),
        ("de;q=0", "en"),
        ("de;q=nonsense", "en"),
        ("fr", "en"),
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


def test_languages_are_offered_under_their_own_names() -> None:
    assert [language.name_of(tag) for tag in language.available()] == ["English", "Deutsch"]
