"""The pages of taking the account back: the six steps, what to revoke, traces, events, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.features.activity.progress import Step
from bulwark.language import _, ngettext
from bulwark.web.page_types import Link, Page, Point

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bulwark.features.activity.pages import Day

TAKE_BACK = "activity/take_back.html"
REVOKE = "activity/take_back_revoke.html"
TRACES = "activity/take_back_traces.html"
EVENTS = "activity/take_back_events.html"
REPORT = "activity/take_back_report.html"

PATH = "/activity/not-me"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One step; `done` says when, empty while it is open. `tick` names the step in the form that ticks it off."""

    number: int
    heading: str
    text: str
    done: str
    go: Link | None
    tick: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackPage(Page):
    """The six steps; before the beginning only `begin` can be pressed."""

    steps: tuple[StepRow, ...]
    is_begun: bool
    begun: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRow:
    """One credential to revoke: `field` is the kind and the mark, as the form repeats them."""

    field: str
    name: str
    kind: str
    facts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePage(Page):
    """All app passwords and API keys, all ticked. `unread` names lists that could not be read."""

    rows: tuple[RevokeRow, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesPage(Page):
    """What was found, and what this panel cannot see."""

    found: tuple[Point, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage(Page):
    """What happened lately; unusual lines carry a colour."""

    days: tuple[Day, ...]
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage(Page):
    """One page to print: what was done, what is left, what was found."""

    made: str
    begun: str
    done: tuple[Point, ...]
    left: tuple[Point, ...]
    found: tuple[Point, ...]
    elsewhere: tuple[str, ...]
    address: str


def step_rows(
    done: Mapping[Step, datetime], now: datetime, paths: Mapping[str, str], *, may_change: bool
) -> tuple[StepRow, ...]:
    """The six steps with their state; a step of a section that this panel lacks has no button."""
    password = (
        (_("Choose a new password"), _("Ends every sign-in that came through a browser, also the stranger’s."))
        if may_change
        else (
            _("Choose a new password where yours is managed"),
            _("This panel cannot change it. Do it at your organisation’s sign-in, then tick this step off."),
        )
    )
    rows = (
        (Step.PASSWORD, *password, Link(label=_("Choose a new password"), href="/password") if may_change else None),
        (
            Step.TWO_FACTOR,
            _("Check two-factor"),
            _("Replace the authenticator and the recovery codes if you did not set them up."),
            Link(label=_("Look at two-factor"), href=paths["two-factor"]) if "two-factor" in paths else None,
        ),
        (
            Step.CREDENTIALS,
            _("Revoke app passwords and API keys"),
            _("You choose which; by default all."),
            Link(label=_("Choose"), href=f"{PATH}/revoke"),
        ),
        (
            Step.TRACES,
            _("Look for hidden changes"),
            _("Reply-to addresses outside your domains, foreign keys, and what only your mail program shows."),
            Link(label=_("Look"), href=f"{PATH}/traces"),
        ),
        (
            Step.EVENTS,
            _("Read what happened"),
            _("The latest events, the unusual ones marked."),
            Link(label=_("Read"), href=f"{PATH}/events"),
        ),
        (
            Step.REPORT,
            _("Keep a report"),
            _("One page with everything found and done, to print or send to your administrator."),
            Link(label=_("Open the report"), href=f"{PATH}/report"),
        ),
    )
    ticked_by_hand = {Step.TWO_FACTOR} if may_change else {Step.PASSWORD, Step.TWO_FACTOR}
    return tuple(
        StepRow(
            number=number,
            heading=heading,
            text=text,
            done=_("Done %(when)s", when=language.moment(done[step], now)) if step in done else "",
            go=go,
            tick=step.value if step in ticked_by_hand and step not in done else "",
        )
        for number, (step, heading, text, go) in enumerate(rows, 1)
    )


def step_name(step: Step) -> str:
    """A step in the report."""
    return {
        Step.PASSWORD: _("New password"),
        Step.TWO_FACTOR: _("Two-factor checked"),
        Step.CREDENTIALS: _("App passwords and API keys gone through"),
        Step.TRACES: _("Looked for hidden changes"),
        Step.EVENTS: _("Events read"),
        Step.REPORT: _("Report"),
    }[step]


def revoked(name: str, fate: str, why: str) -> Point:
    """What became of a credential."""
    if fate == "revoked":
        return Point(text=_("“%(name)s” was revoked.", name=name))
    if fate == "refused":
        return Point(text=_("“%(name)s” was not revoked: “%(why)s”", name=name, why=why), icon="no", tone="bad")
    return Point(
        text=_("“%(name)s”: we do not know whether it was revoked.", name=name), icon="unknown", tone="unknown"
    )


def kept(count: int) -> Point:
    """Those that are still there."""
    if not count:
        return Point(text=_("No app password and no API key is left."))
    return Point(
        text=ngettext(
            "%(n)s app password or API key still works.", "%(n)s app passwords and API keys still work.", count
        ),
        icon="laptop",
        tone="warn",
    )


def nothing_ticked() -> str:
    """Above the form, when the button was pressed without a tick."""
    return _("Nothing was ticked, so nothing was revoked.")
