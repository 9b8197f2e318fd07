"""The pages of a plan: what would be changed, what was, and the form for a plan from a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import errors, language
from bulwark.account.abilities import ABILITIES
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions.service import Fate
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Notice, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.features.permissions.matrix import Population
    from bulwark.features.permissions.plan import Change, Plan
    from bulwark.features.permissions.service import Item, Report
    from bulwark.web.frame import Tone

PLAN = "permissions/plan.html"
REPORT = "permissions/report.html"
IMPORT = "permissions/import.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """One change of a plan: lines of the difference, in plain words, and whether it is ticked at first."""

    key: str
    heading: str
    summary: str
    lines: tuple[tuple[str, str], ...]
    words: str
    ticked: bool
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage(Page):
    """The plan; `plan` is the whole of it as JSON, `calls` what would be sent."""

    heading: str
    roles: tuple[ShownChange, ...]
    accounts: tuple[ShownChange, ...]
    plan: str
    calls: str
    made_at: str
    more: str = ""
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """One line of a report."""

    icon: str
    tone: Tone
    name: str
    text: str
    is_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage(Page):
    """What a plan did."""

    heading: str
    text: str
    tone: Tone
    icon: str
    items: tuple[ShownItem, ...]
    has_undo: bool
    has_unknown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage(Page):
    """The form for a plan from a file. Field: `plan`."""

    plan: str = ""


# The plan


def plan_page(
    plan: Plan,
    population: Population,
    *,
    held: frozenset[str],
    chosen: bool,
    more: str = "",
    notice: Notice | None = None,
) -> PlanPage:
    """The plan as a page. `held` are one's own permissions; `chosen`: it was made for accounts one picked."""
    shown = [_change(one, population, held=held, chosen=chosen or plan.is_undo) for one in plan.changes]
    calls = [[call.name, dict(call.arguments), str(place)] for place, call in enumerate(plans.calls_of(plan))]
    return PlanPage(
        heading=_("Plan: undo the last one") if plan.is_undo else _("Plan: close the gaps"),
        roles=tuple(one for one in shown if one.key.startswith("role:")),
        accounts=tuple(one for one in shown if one.key.startswith("account:")),
        plan=plan.encode(),
        calls=json.dumps(calls, indent=2),
        made_at=language.time_of_day(plan.made_at),
        more=more,
        notice=notice,
    )


def changes_in_words(change: Change) -> str:
    """What a change means for people."""
    abilities = [_(one.what) for one in ABILITIES if change.granted & frozenset(one.permissions)]
    sentences = []
    if abilities:
        sentences.append(_("In plain words: they can %(what)s.", what="; ".join(abilities)))
    if change.lift:
        sentences.append(_("It lifts a block that someone may have meant."))
    if change.unset or change.disable:
        sentences.append(_("It takes permissions away."))
    return " ".join(sentences)


def _change(change: Change, population: Population, *, held: frozenset[str], chosen: bool) -> ShownChange:
    is_role = change.target == "role"
    beyond = sorted(change.granted - held)
    summary = _effect(change, population) if is_role else _("A block or a list on the account itself.")
    lines = [("", _("Role %(name)s", name=change.name) if is_role else change.name)]
    for sign, kind, names in (
        ("added", "enabledPermissions", change.enable),
        ("removed", "enabledPermissions", change.unset),
        ("added", "disabledPermissions", change.disable),
        ("removed", "disabledPermissions", change.lift),
    ):
        lines += [(sign, f"{'+' if sign == 'added' else '-'} {kind}  {name}") for name in names]
    return ShownChange(
        key=change.key,
        heading=_("Change the role “%(name)s”", name=change.name) if is_role else change.name,
        summary=summary,
        lines=tuple(lines),
        words=changes_in_words(change),
        ticked=not beyond and is_role and (chosen or not change.lift),
        warning=_("You do not hold %(names)s yourself, so the server will refuse it.", names=series(beyond))
        if beyond
        else "",
    )


def _effect(change: Change, population: Population) -> str:
    gaining, losing = population.gains(plans.with_roles_changed(population.book, [change]))
    parts = [ngettext("%(n)s account gains permissions.", "%(n)s accounts gain permissions.", gaining)]
    if losing:
        parts.append(ngettext("%(n)s account loses some.", "%(n)s accounts lose some.", losing))
    else:
        parts.append(_("Nobody loses any."))
    return " ".join(parts)


# The report


def report_page(report: Report, server_name: str) -> ReportPage:
    """What a plan did, change by change."""
    done, refused, unknown = (report.count(fate) for fate in (Fate.DONE, Fate.REFUSED, Fate.UNKNOWN))
    if not refused and not unknown:
        heading, tone, icon = ngettext("Applied: %(n)s change", "Applied: %(n)s changes", done), "ok", "check"
    else:
        said = [_("%(n)s done", n=done), _("%(n)s refused", n=refused), _("%(n)s unknown", n=unknown)]
        listed = series(text for text, n in zip(said, (done, refused, unknown), strict=True) if n)
        heading = _("Applied in part: %(what)s", what=listed) if done else _("Not applied: %(what)s", what=listed)
        tone, icon = "warn", "warn"
    text = _(
        "Answers of %(server)s between %(began)s and %(ended)s.",
        server=server_name,
        began=language.time_of_day(report.began_at, seconds=True),
        ended=language.time_of_day(report.ended_at, seconds=True),
    )
    if report.answer_was_lost:
        text = f"{text} {_('The answer was lost on the way; reading again showed what became of each change.')}"
    return ReportPage(
        heading=heading,
        text=text,
        tone="ok" if tone == "ok" else "warn",
        icon=icon,
        items=tuple(shown_item(item) for item in report.items),
        has_undo=bool(report.undo.changes),
        has_unknown=bool(unknown),
    )


def kept_item(item: tuple[str, str, str, str]) -> ShownItem:
    """A line of a report as it was kept: sign, colour, name, sentence."""
    icon, tone, name, text = item
    tones: dict[str, Tone] = {"ok": "ok", "bad": "bad", "unknown": "unknown"}
    return ShownItem(icon=icon, tone=tones.get(tone, ""), name=name, text=text, is_unknown=tone == "unknown")


def shown_item(item: Item) -> ShownItem:
    """A change and what became of it."""
    change = item.change
    name = _("Role “%(name)s”", name=change.name) if change.target == "role" else change.name
    n = len(change.enable) + len(change.unset) + len(change.disable) + len(change.lift)
    match item.fate:
        case Fate.DONE:
            text = ngettext(
                "Saved and read back: %(n)s permission changed.", "Saved and read back: %(n)s permissions changed.", n
            )
            return ShownItem(icon="ok", tone="ok", name=name, text=text, is_unknown=False)
        case Fate.REFUSED:
            return ShownItem(icon="no", tone="bad", name=name, text=refusal(item.why), is_unknown=False)
        case _:
            text = _("No answer. It may have been saved or not.")
            return ShownItem(icon="unknown", tone="unknown", name=name, text=text, is_unknown=True)


def refusal(why: errors.BulwarkError | None) -> str:
    """Why a change was refused."""
    match why:
        case errors.PermissionMissing():
            return _("Refused. Your own account lacks %(names)s.", names=series(why.names))
        case errors.Gone():
            return _("It does not exist any more.")
        case errors.NotApplied():
            return _("Not carried out: reading it again showed the old state.")
        case errors.Refused():
            return _("Refused: “%(text)s”", text=why.text)
        case _:
            return _("The mail server refused it.")


def changed_since(names: Sequence[str]) -> Notice:
    """The plan was older than the truth; nothing was sent."""
    return Notice(
        heading=_("Nothing was applied. Something changed since the plan was made."),
        text=_("Another one now: %(names)s. This is a new plan for how it is now.", names=series(names)),
        tone="warn",
        alert=True,
    )


def nothing_chosen() -> Notice:
    """Applied without a tick."""
    return Notice(heading=_("Nothing was ticked, so nothing was sent."), tone="warn", alert=True)


def gone(names: Sequence[str]) -> Notice | None:
    """Parts of a plan from a file that do not exist here."""
    if not names:
        return None
    return Notice(heading=_("Left out, because it does not exist here: %(names)s.", names=series(names)), tone="warn")


def unreadable() -> str:
    """At the field `plan`."""
    return _("This is no plan of this panel. Paste the whole file as it was downloaded.")
