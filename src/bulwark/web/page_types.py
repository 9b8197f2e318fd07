"""What pages are made of: the bases every page dataclass grows from, and the small parts several pages show.

A page holds facts and finished sentences, never a decision left to the template. Sentences are in the language in
force when the page was built, so build and render it inside the same `language.use`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from bulwark import language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bulwark.web.frame import Tone

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Any page; `errors` names fields (by their `name`) with a sentence each, `form_error` is the one above the form.

    Both empty means nothing was refused: the title starts with "Error:" exactly when one is set, and the first field
    in `errors`, in page order, gets the focus. `form_advice` is the second sentence of the note.
    """

    errors: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    form_error: str = ""
    form_advice: str = ""

    @property
    def refused(self) -> bool:
        """Whether something was refused, for the title."""
        return bool(self.errors or self.form_error)

    @property
    def first_error(self) -> str:
        """The name of the field that gets the focus, or nothing."""
        return next(iter(self.errors), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as a page tells it: `text` short, `full` with date, seconds and zone, `iso` for machines."""

    text: str
    full: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link or a button that leads somewhere; `icon` is a symbol of the sprite or empty."""

    label: str
    href: str
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line of a receipt or a list: what is so now, with a sign, and where to look further."""

    text: str
    icon: str = "ok"
    tone: Tone = "ok"
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A tinted block above the content: what happened before this page. `alert` is for what one just caused."""

    heading: str
    text: str = ""
    tone: Tone = ""
    icon: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The panel's own limit: when the next try is allowed, told twice, and in seconds for the script."""

    at: Moment
    left: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """An estimate of a new password: `score` 0 to 4, and the sentence beside the bars."""

    score: int
    message: str

    @property
    def tone(self) -> Tone:
        """The colour of the sentence: red, amber, green."""
        return ("bad", "bad", "warn", "ok", "ok")[self.score]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """What a step that cannot be undone quietly does: three rows, each one sentence or more."""

    stops: tuple[str, ...]
    stays: tuple[str, ...]
    way_back: tuple[str, ...]
    changes: bool = False  # the first row reads "What changes" instead of "What stops"


def moment(at: datetime, now: datetime) -> Moment:
    """A time told relative to now, in the language and zone in force."""
    return Moment(text=language.moment(at, now), full=language.long_moment(at), iso=at.isoformat(timespec="seconds"))


def clock_time(at: datetime, *, seconds: bool = False) -> Moment:
    """A time of today: `14:32`."""
    return Moment(
        text=language.time_of_day(at, seconds=seconds),
        full=language.long_moment(at),
        iso=at.isoformat(timespec="seconds"),
    )


def wait(until: datetime, now: datetime) -> Wait:
    """The wait until a moment: `14:46`, `in about 9 minutes`."""
    left = max(0.0, (until - now).total_seconds())
    return Wait(at=clock_time(until), left=language.until(until, now), seconds=-int(-left // 1))
