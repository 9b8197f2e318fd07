"""Languages: which one is spoken now, its sentences, its dates.

English source sentences are the message ids. The language in force and the person's time zone live in context
variables, so two people served at once never hear each other's. Catalogues are GNU gettext: `bulwark.mo` where the
build made one that is not older than its `bulwark.po`, else the `.po` is compiled in memory. Babel is slow to import
and is loaded by the first date or the first uncompiled catalogue.
"""

from __future__ import annotations

import gettext as gnu
import io
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bulwark.language_names import OWN_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

SOURCE = "en"
DOMAIN = "bulwark"
CATALOGUES = Path(__file__).parent / "locale"

_OTHER_NAMES = {"no": "nb", "nn": "nb", "iw": "he"}  # nearest language with a catalogue
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})  # scripts and regions that write traditional Chinese
_UNCHOSEN = "en_US"  # the server's default locale, which most people never chose
_COMMAS = {"ar": "، ", "fa": "، ", "ja": "、", "zh-Hans": "、", "zh-Hant": "、"}
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_DATES_AS_IN = {"en": "en_GB"}  # "23 November 2026", 24 hours
_LONGEST_TAG = 35  # letters; RFC 5646, 4.4.1
_MINUTE, _HOUR = 60, 3600

_ENGLISH = gnu.NullTranslations()
_translations: ContextVar[gnu.NullTranslations] = ContextVar("bulwark_translations", default=_ENGLISH)
_locale: ContextVar[str] = ContextVar("bulwark_locale", default=SOURCE)
_zone: ContextVar[tzinfo] = ContextVar("bulwark_zone", default=UTC)

Message = TypeVar("Message", bound=str)


def _(message: str, **values: object) -> str:
    """The sentence in the language in force; `%(name)s` takes the value of that name when any value is given."""
    spoken = _translations.get().gettext(message)
    return spoken % values if values else spoken


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """The sentence for a count, by the plural rule of the language; `%(n)s` is the count unless given otherwise."""
    return unfilled_plural(singular, plural, n) % {"n": n, **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """The sentence for a context, where one English word has several meanings."""
    spoken = unfilled_in_context(context, message)
    return spoken % values if values else spoken


def unfilled(message: str) -> str:
    """The sentence with its `%(name)s` still in it: templates fill them themselves, escaped."""
    return _translations.get().gettext(message)


def unfilled_plural(singular: str, plural: str, n: int) -> str:
    """As `ngettext`, with `%(n)s` still in it."""
    return _translations.get().ngettext(singular, plural, n)


def unfilled_in_context(context: str, message: str) -> str:
    """As `pgettext`, with `%(name)s` still in it."""
    return _translations.get().pgettext(context, message)


def series(parts: Iterable[str]) -> str:
    """Several things in one line, with the comma of the language in force."""
    return _COMMAS.get(_locale.get(), ", ").join(parts)


def N_(message: Message) -> Message:  # noqa: N802  the name gettext tools look for
    """Marks a sentence for the catalogue without translating it yet."""
    return message


@contextmanager
def use(locale: str, zone: tzinfo = UTC) -> Iterator[None]:
    """Speak this language, and tell times in this zone, inside the block; an unknown language is English."""
    chosen = locale if locale in available() else SOURCE
    spoken = _translations.set(_ENGLISH if chosen == SOURCE else _catalogue(chosen))
    named = _locale.set(chosen)
    placed = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(placed)
        _locale.reset(named)
        _translations.reset(spoken)


@cache
def available() -> tuple[str, ...]:
    """The languages there are catalogues for, as BCP 47 tags, English first."""
    found = (path.parents[1].name.replace("_", "-") for path in CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.[mp]o"))
    return (SOURCE, *sorted(set(found) - {SOURCE}))


@lru_cache(maxsize=512)
def nearest(tag: str) -> str:
    """The language to speak to who asks for this one, by BCP 47 tag or POSIX name; empty when none comes near.

    `de-AT` and `de_AT.UTF-8` are German, `no` is Bokmål, `zh-TW` is Chinese in traditional letters.
    """
    plain = tag.partition(".")[0].partition("@")[0]
    tongue, *rest = plain.replace("_", "-").lower().split("-")
    if tongue == "zh":
        found = "zh-Hant" if _TRADITIONAL & set(rest) else "zh-Hans"
    else:
        found = _OTHER_NAMES.get(tongue, tongue)
    return found if found in available() else ""


def locale() -> str:
    """The language in force, as a BCP 47 tag."""
    return _locale.get()


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written, told from its tag alone."""
    return "rtl" if tag.replace("_", "-").split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


@cache
def name_of(tag: str) -> str:
    """A language's name in that language: `Deutsch`."""
    if tag in OWN_NAMES:
        return OWN_NAMES[tag]
    from babel import Locale

    name = Locale.parse(tag.replace("-", "_")).get_display_name() or tag
    return name[:1].upper() + name[1:]


def negotiate(accept_language: str | None) -> str:
    """The best language for an `Accept-Language` header (RFC 9110, 12.5.4); English when nothing fits."""
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "")[:1000].split(",")):
        tag, *rest = part.strip().split(";")
        wanted.append((-_weight(rest), position, tag.strip()[:_LONGEST_TAG]))
    for weight, _position, tag in sorted(wanted):
        if weight < 0 and (found := nearest(tag)):
            return found
    return SOURCE


def of_profile(locale: str) -> str:
    """The language that an account's POSIX locale (`de_DE`) asks for; empty when nobody chose it or there is none."""
    return "" if locale == _UNCHOSEN else nearest(locale)


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name; UTC when it is empty or unknown here."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _equals, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


@cache
def _catalogue(tag: str) -> gnu.NullTranslations:
    source = CATALOGUES / tag.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = source.with_suffix(".mo")
    if compiled.exists() and not (source.exists() and source.stat().st_mtime > compiled.stat().st_mtime):
        return gnu.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=tag.replace("-", "_"), domain=DOMAIN)
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return gnu.GNUTranslations(binary)


def long_date(day: date) -> str:
    """A date written out: `23 November 2026`. An aware moment is taken to the person's zone first."""
    try:
        from babel.dates import format_date
    except ImportError:  # the command line without the panel's parts
        return f"{_here(day):%Y-%m-%d}"
    return format_date(_here(day), format="long", locale=_babel_locale())


def time_of_day(at: datetime, *, seconds: bool = False, zone: bool = False) -> str:
    """The time in the person's zone: `14:32`, with seconds `14:32:07`, with the zone's name `14:32 CET`."""
    try:
        from babel.dates import format_time, get_timezone_name
    except ImportError:  # as in `long_date`
        return at.astimezone(_zone.get()).strftime("%H:%M:%S" if seconds else "%H:%M")
    clock = format_time(at, "HH:mm:ss" if seconds else "HH:mm", tzinfo=_zone.get(), locale=_babel_locale())
    if not zone:
        return clock
    return f"{clock} {get_timezone_name(at.astimezone(_zone.get()), width='short', locale=_babel_locale())}"


def long_moment(at: datetime) -> str:
    """Date and time written out, with seconds and zone: what stands in the `title` of every `<time>`."""
    return _("%(date)s at %(time)s", date=long_date(at), time=time_of_day(at, seconds=True, zone=True))


def moment(at: datetime, now: datetime) -> str:
    """How long ago up to an hour, then `Today, 14:11`, then `20 Nov, 09:02`, with the year when it is another one."""
    past = (now - at).total_seconds()
    if 0 <= past < _MINUTE:
        return _("just now")
    if 0 <= past < _HOUR:
        minutes = int(past // _MINUTE)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes)
    there, here = at.astimezone(_zone.get()), now.astimezone(_zone.get())
    if there.date() == here.date():
        return _("Today, %(time)s", time=time_of_day(at))
    if there.date() == here.date() - timedelta(days=1):
        return _("Yesterday, %(time)s", time=time_of_day(at))
    from babel.dates import format_skeleton

    skeleton = "MMMd" if there.year == here.year else "yMMMd"
    day = format_skeleton(skeleton, there, locale=_babel_locale())
    return _("%(date)s, %(time)s", date=day, time=time_of_day(at))


def day(at: datetime, now: datetime) -> str:
    """A day as a heading: `Today`, `Yesterday`, `Friday, 20 November`, with the year when it is another one."""
    there, here = at.astimezone(_zone.get()), now.astimezone(_zone.get())
    if there.date() == here.date():
        return _("Today")
    if there.date() == here.date() - timedelta(days=1):
        return _("Yesterday")
    from babel.dates import format_skeleton

    return format_skeleton("MMMMEEEEd" if there.year == here.year else "yMMMMEEEEd", there, locale=_babel_locale())


def until(at: datetime, now: datetime) -> str:
    """How long it is until a moment, rounded up: `in about 9 minutes`."""
    left = max(0.0, (at - now).total_seconds())
    if left <= _MINUTE:
        return _("in less than a minute")
    minutes = -int(-left // _MINUTE)
    if minutes <= _MINUTE:
        return ngettext("in about %(n)s minute", "in about %(n)s minutes", minutes)
    hours = -int(-left // _HOUR)
    return ngettext("in about %(n)s hour", "in about %(n)s hours", hours)


def _here(day: date) -> date:
    return day.astimezone(_zone.get()).date() if isinstance(day, datetime) and day.tzinfo else day


def _babel_locale() -> str:
    tag = _locale.get()
    return _DATES_AS_IN.get(tag, tag.replace("-", "_"))
