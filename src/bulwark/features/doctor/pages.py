"""The page of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.features.doctor import texts
from bulwark.features.doctor.service import State
from bulwark.language import _, ngettext
from bulwark.web.page_types import Page

if TYPE_CHECKING:
    from bulwark.features.doctor.service import Result
    from bulwark.web.frame import Tone

DOCTOR = "doctor/doctor.html"
_SIGNS: dict[State, tuple[str, Tone]] = {
    State.FINE: ("ok", "ok"),
    State.NOTE: ("info", ""),
    State.ATTENTION: ("warn", "warn"),
    State.BROKEN: ("no", "bad"),
    State.UNCHECKED: ("unknown", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One check on the page."""

    icon: str
    tone: Tone
    word: str
    title: str
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorPage(Page):
    """All checks, those that need something first."""

    heading: str
    text: str
    tone: Tone
    icon: str
    lines: tuple[Line, ...]


def doctor_page(results: tuple[Result, ...]) -> DoctorPage:
    """The results as a page."""
    wrong = sum(one.state in {State.ATTENTION, State.BROKEN} for one in results)
    unread = sum(one.state is State.UNCHECKED for one in results)
    order = (State.BROKEN, State.ATTENTION, State.NOTE, State.UNCHECKED, State.FINE)
    heading = ngettext("%(n)s thing needs attention", "%(n)s things need attention", wrong)
    return DoctorPage(
        heading=heading if wrong else _("Everything that was looked at is in order"),
        text=ngettext("%(n)s check could not be made.", "%(n)s checks could not be made.", unread) if unread else "",
        tone="warn" if wrong else "ok",
        icon="warn" if wrong else "check",
        lines=tuple(_line(one) for one in sorted(results, key=lambda one: order.index(one.state))),
    )


def _line(result: Result) -> Line:
    icon, tone = _SIGNS[result.state]
    title, meaning, remedy = texts.said(result)
    return Line(icon=icon, tone=tone, word=texts.word(result.state), title=title, meaning=meaning, remedy=remedy)
