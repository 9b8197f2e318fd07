"""The languages and time zones the mail server takes, and how each reads for a person.

Both lists are the server's own (336 locales, 598 zones); names come from Babel's data where the panel is installed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bulwark import language
from bulwark.language import series

_DATA = Path(__file__).parent / "data"


@cache
def locales() -> tuple[str, ...]:
    """Every locale the server takes, by its POSIX name (`de_DE`, `sr_RS@latin`)."""
    return tuple((_DATA / "locales.txt").read_text(encoding="ascii").split())


@cache
def time_zones() -> tuple[str, ...]:
    """Every time zone the server takes, by its IANA name."""
    return tuple((_DATA / "time_zones.txt").read_text(encoding="ascii").split())


def language_options() -> tuple[tuple[str, str], ...]:
    """Pairs of locale and its name in the language in force, sorted by name."""
    return _language_options(language.locale())


def zone_options() -> tuple[tuple[str, str], ...]:
    """Pairs of zone and its name."""
    return tuple((zone, zone.replace("_", " ")) for zone in time_zones())


@cache
def _language_options(spoken: str) -> tuple[tuple[str, str], ...]:
    named = [(code, _name(code, spoken)) for code in locales()]
    return tuple(sorted(named, key=lambda pair: pair[1].casefold()))


def _name(code: str, spoken: str) -> str:
    """`German (Germany)`; with the variant where two would read alike, and the code itself where no name is known."""
    from babel import Locale

    here = Locale.parse(spoken.replace("-", "_"))
    plain, _at, variant = code.partition("@")
    tongue, _line, land = plain.partition("_")
    name = here.languages.get(tongue)
    if name is None:
        return code
    name = name[:1].upper() + name[1:]
    inside = series(part for part in (here.territories.get(land, land), variant) if part)
    return f"{name} ({inside})" if inside else name
