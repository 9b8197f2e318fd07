"""The page with the form for a new or an existing credential, as both sections show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account import credential_texts as texts
from bulwark.account import expiry, permission_names
from bulwark.account.credential_forms import KEEP, Draft
from bulwark.account.expiry import End
from bulwark.account.presets import SIGN_IN
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Link, Notice, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from bulwark.account.credential_forms import Circumstances, Judged
    from bulwark.account.presets import Offer
    from stalwart_jmap.objects.credential import Credential

FORM = "credentials/form.html"
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One card: what it may do. `lacking` names a missing permission and disables it."""

    value: str
    title: str
    text: str
    icon: str
    more: str = ""
    lacking: str = ""
    opens: bool = False  # the single permissions belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One permission to tick; `label` is English, as in the server's console."""

    name: str
    label: str
    ticked: bool
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxGroup:
    """Permissions under one heading; open when something in it is ticked or was searched for."""

    label: str
    boxes: tuple[Box, ...]
    count: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The list of single permissions; `kept` are ticked ones that the search does not show."""

    groups: tuple[BoxGroup, ...]
    kept: tuple[str, ...]
    summary: str
    find: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOption:
    """One choice of an end."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage(Page):
    """The form for a new or an existing credential.

    Fields: `name`, `preset`, `pick` (several), `find`, `end`, `end_date`, `from`, `networks`, `anyway`, and hidden
    `once`, `state`. The buttons named `show` fill the form in again: `find` searches, `mine` adds one's address.
    """

    heading: str
    text: str
    back: Link
    action: str
    submit: str
    name_label: str
    name_hint: str
    suggestions: tuple[str, ...]
    draft: Draft
    choices: tuple[Choice, ...]
    more_label: str
    more: tuple[Choice, ...]
    more_open: bool
    permissions: Permissions
    ends: tuple[EndOption, ...]
    ends_hint: str
    earliest: str
    latest: str
    address: str
    excludes: bool
    networks_notes: tuple[str, ...]
    notice: Notice | None = None
    revoke: Link | None = None
    replace: Link | None = None

    @property
    def first_error(self) -> str:
        """The first wrong field that can take the focus: a group of choices cannot."""
        return next((name for name in self.errors if name not in {"preset", "end"}), "")


def choice_of(offer: Offer) -> Choice:
    """A preset as a card; one that lacks something necessary names it."""
    preset = offer.preset
    return Choice(
        value=preset.slug,
        title=_(preset.label),
        text=_(preset.what),
        icon="block" if offer.lacking else preset.icon,
        more="" if offer.lacking else series(preset.protocols),
        lacking=_names(offer.lacking),
    )


def _names(names: Sequence[str]) -> str:
    shown = series(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return shown if more <= 0 else ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more, names=shown)


def permission_list(draft: Draft, held: frozenset[str]) -> Permissions:
    """What one holds, grouped; with something to find, only what matches, and what is ticked stays ticked."""
    ticked = (draft.picks | {SIGN_IN}) & held
    groups = []
    shown: set[str] = set()
    for group in permission_names.grouped(held):
        boxes = tuple(
            Box(name=one.name, label=one.label, ticked=one.name in ticked, fixed=one.name == SIGN_IN)
            for one in group.permissions
            if not draft.find.strip() or one.matches(draft.find)
        )
        if not boxes:
            continue
        shown.update(box.name for box in boxes)
        chosen = sum(1 for box in boxes if box.ticked and not box.fixed)
        groups.append(
            BoxGroup(
                label=group.label,
                boxes=boxes,
                count=_("%(n)s of %(all)s", n=chosen, all=len(boxes)) if chosen else str(len(boxes)),
                is_open=bool(draft.find.strip()) or chosen > 0,
            )
        )
    chosen = len(ticked - {SIGN_IN})
    summary = ngettext("%(n)s of %(all)s chosen.", "%(n)s of %(all)s chosen.", chosen, all=len(held - {SIGN_IN}))
    if draft.find.strip() and not groups:
        summary = _("Nothing that you hold matches.") + " " + summary
    kept = tuple(sorted(ticked - shown - {SIGN_IN}))
    return Permissions(groups=tuple(groups), kept=kept, summary=summary, find=draft.find)


def end_options(before: Credential | None) -> tuple[EndOption, ...]:
    """The choices of an end; for an existing credential the first leaves it as it is."""
    options = [
        EndOption(value=End.DAYS_30, label=_("30 days")),
        EndOption(value=End.DAYS_90, label=_("90 days")),
        EndOption(value=End.YEAR, label=_("1 year")),
        EndOption(value=End.NEVER, label=_("Never")),
        EndOption(value=End.DATE, label=_("On a date")),
    ]
    if before is None:
        return tuple(options)
    if before.expires_at is None:
        options = [one for one in options if one.value != End.NEVER]
        return (EndOption(value=KEEP, label=_("Never, as now")), *options)
    kept = _("%(date)s, as now", date=language.long_date(before.expires_at))
    return (EndOption(value=KEEP, label=kept), *options)


def end_hint(here: Circumstances, zone_name: str) -> str:
    """The days that the choices give, and the zone they are meant in."""
    days = {end: expiry.day_of(end, here.now, here.zone) for end in (End.DAYS_30, End.DAYS_90, End.YEAR)}
    said = {end: language.long_date(day) for end, day in days.items() if day is not None}
    return _(
        "30 days end on %(month)s, 90 days on %(quarter)s, 1 year on %(year)s: each at the end of that day in the time"
        " zone %(zone)s.",
        month=said[End.DAYS_30],
        quarter=said[End.DAYS_90],
        year=said[End.YEAR],
        zone=zone_name,
    )


def earliest_day(now: datetime, zone: tzinfo | None) -> str:
    """For the date field: today, where the person is."""
    return expiry.today(now, zone).isoformat()


def latest_day() -> str:
    """For the date field: the last day the server can keep."""
    return f"{expiry.LAST_YEAR}-12-31"


def notes_of(judged: Judged | None) -> tuple[str, ...]:
    """How the networks were understood, where that differs from what stands there."""
    return () if judged is None else tuple(texts.network_note(note) for note in judged.reading.notes)


def not_yet(judged: Judged, *, editing: bool) -> tuple[str, str]:
    """The two sentences above a form that was not sent."""
    what = _("Not saved.") if editing else _("Not created.")
    if set(judged.wrong) == {"anyway"}:
        return (f"{what} " + _("Your own address is not among the networks."), _("Look at them once more."))
    return (f"{what} " + _("Something is still missing below."), _("Nothing was sent to the mail server."))
