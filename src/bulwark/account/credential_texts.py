"""Sentences about app passwords and API keys that both sections, and the command line, say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import errors, language
from bulwark.account import networks
from bulwark.account.credentials import API_KEY
from bulwark.account.expiry import EndFault
from bulwark.account.networks import Change, Fault
from bulwark.account.presets import effective, preset_of, protocols_of
from bulwark.language import _, ngettext, series
from stalwart_jmap.objects.credential import Except, Inherit, Only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.credential_limits import Limit
    from bulwark.account.credentials import Kind
    from bulwark.account.networks import Note, Problem
    from bulwark.web.frame import Tone
    from stalwart_jmap.objects.credential import Credential, NewCredential, Scope

_DAYS_OF_MONTH, _DAYS_OF_YEAR = 30, 365
_SHOWN_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a credential may do, in a few words; `warning` is a sentence where it is too much or too little."""

    label: str
    tone: Tone
    protocols: tuple[str, ...] = ()
    count: int = 0
    warning: str = ""
    is_everything: bool = False


def power_of(scope: Scope, held: frozenset[str]) -> Power:
    """Describe a scope for somebody who holds `held`."""
    permissions = effective(scope, held)
    found = protocols_of(permissions)
    match scope:
        case Inherit():
            return Power(
                label=_("Everything"),
                tone="bad",
                count=len(permissions),
                warning=_("It can do everything you can, also make new passwords."),
                is_everything=True,
            )
        case Except(names):
            label = ngettext("Everything but %(n)s permission", "Everything but %(n)s permissions", len(names))
            warning = ""
            if "sysAppPasswordCreate" in permissions:
                warning = _("It can do nearly everything you can, also make new passwords.")
            return Power(label=label, tone="bad", protocols=found, count=len(permissions), warning=warning)
        case Only():
            preset = preset_of(scope)
            if preset is not None:
                return Power(label=_(preset.label), tone="accent", protocols=found, count=len(permissions))
            warning = ""
            if "authenticate" not in permissions:
                warning = _("It opens nothing: the permission authenticate is missing.")
            label = ngettext("%(n)s permission", "%(n)s permissions", len(permissions))
            return Power(label=label, tone="accent", protocols=found, count=len(permissions), warning=warning)
        case _:
            return Power(
                label=_("Not known to this panel"),
                tone="unknown",
                warning=_("The server describes what it may do in words that this panel does not know."),
            )


# When it ends


def is_ended(one: Credential | NewCredential, now: datetime) -> bool:
    """Whether it opens nothing any more."""
    return one.expires_at is not None and one.expires_at <= now


def ends(one: Credential | NewCredential, now: datetime) -> str:
    """`Ends 23 November 2027, in 12 months.`, or that it has ended, or never will."""
    if one.expires_at is None:
        return _("Never ends.")
    day = language.long_date(one.expires_at)
    if is_ended(one, now):
        return _("Ended %(date)s.", date=day)
    return _("Ends %(date)s, %(left)s.", date=day, left=left(one.expires_at, now))


def left(at: datetime, now: datetime) -> str:
    """How long until then: `today`, `in 12 days`, `in 5 months`, `in 3 years`."""
    days = (at - now).days
    if days < 1:
        return _("in less than a day")
    if days < 2 * _DAYS_OF_MONTH:
        return ngettext("in %(n)s day", "in %(n)s days", days)
    if days < 2 * _DAYS_OF_YEAR:
        return ngettext("in %(n)s month", "in %(n)s months", round(days / (_DAYS_OF_YEAR / 12)))
    return ngettext("in %(n)s year", "in %(n)s years", days // _DAYS_OF_YEAR)


def created(one: Credential) -> str:
    """`Created 20 November 2026.`."""
    return "" if one.created_at is None else _("Created %(date)s.", date=language.long_date(one.created_at))


def end_fault(fault: EndFault) -> str:
    """At the field of the end."""
    match fault:
        case EndFault.PAST:
            return _("That day is over. Choose today or a later one.")
        case EndFault.TOO_FAR:
            return _("That is too far away. Choose a day before the year 3000, or “Never”.")
        case EndFault.UNREADABLE:
            return _("Write the date as year, month and day, such as 2027-11-23.")
        case _:
            return _("Choose when it should end.")


# Where it may be used from


def network_problem(problem: Problem) -> str:
    """One line that cannot be used, and what to write instead."""
    where = {"line": problem.line, "text": problem.text}
    match problem.fault:
        case Fault.TOO_MANY:
            return _(
                "These are %(n)s entries, and at most %(most)s fit. Use wider networks instead.",
                n=problem.text,
                most=networks.MOST,
            )
        case Fault.NAME:
            return _("Line %(line)s: “%(text)s” is a name. Only addresses work, such as 192.0.2.7.", **where)
        case Fault.RANGE:
            return _("Line %(line)s: write “%(text)s” as a network, such as 192.0.2.0/28.", **where)
        case Fault.ZONE:
            return _("Line %(line)s: “%(text)s” with its zone means something on one device only.", **where)
        case Fault.TOO_WIDE:
            return _("Line %(line)s: “%(text)s” is too wide. The server takes networks from /8 on.", **where)
        case Fault.UNSPECIFIED:
            return _("Line %(line)s: “%(text)s” is nobody’s address. For every address choose “Anywhere”.", **where)
        case _:
            return _("Line %(line)s: “%(text)s” is neither an address nor a network.", **where)


def network_note(note: Note) -> str:
    """What was made of an entry that says something else."""
    first, last = networks.span(note.meaning)
    match note.change:
        case Change.HOST_BITS:
            return _(
                "%(text)s was read as the network %(meaning)s, so %(first)s to %(last)s.",
                text=note.text,
                meaning=note.meaning,
                first=first,
                last=last,
            )
        case Change.DUPLICATE:
            return _("%(meaning)s stands there twice and counts once.", meaning=note.meaning)
        case Change.COVERED:
            return _("%(text)s lies within %(meaning)s.", text=note.text, meaning=note.meaning)
        case _:
            return _("%(text)s was read as %(meaning)s.", text=note.text, meaning=note.meaning)


def network_missing() -> str:
    """At the field of the networks."""
    return _("Write at least one address or network, or choose “Anywhere”.")


def excluded_confirm() -> str:
    """At the tick: the person's own address is not in the list."""
    return _("Tick this if you mean it, or add your address above.")


# Names and choices


def name_missing() -> str:
    """At the field `name`."""
    return _("Give it a name that tells you later what it is for.")


def name_too_long(length: int, most: int) -> str:
    """At the field `name`."""
    return _("This name has %(n)s letters. At most %(most)s fit.", n=length, most=most)


def name_unreadable() -> str:
    """At the field `name`: control characters, or such that turn the direction of text."""
    return _("This name holds characters that cannot be seen. Type it again.")


def choice_missing() -> str:
    """At the field `preset`."""
    return _("Choose what it may do.")


def nothing_ticked() -> str:
    """At the field `preset` with single permissions."""
    return _("Tick at least one permission.")


def not_held(names: Sequence[str]) -> str:
    """Permissions that cannot be handed on, because one lacks them."""
    shown = series(names[:_SHOWN_NAMES])
    if len(names) > _SHOWN_NAMES:
        more = len(names) - _SHOWN_NAMES
        return ngettext(
            "Your account lacks %(names)s and %(n)s more, so it cannot hand them on.",
            "Your account lacks %(names)s and %(n)s more, so it cannot hand them on.",
            more,
            names=shown,
        )
    return _("Your account lacks %(names)s, so it cannot hand that on.", names=shown)


# The quota


def in_use(count: int, limit: Limit | None) -> str:
    """`3 of 5 in use`, or `3 in use` where the limit is not known."""
    if limit is None:
        return ngettext("%(n)s in use", "%(n)s in use", count)
    return _("%(n)s of %(limit)s in use", n=count, limit=limit.number)


def quota(limit: Limit | None) -> str:
    """Where the number comes from."""
    if limit is None:
        return _("Ended ones count until you revoke them.")
    if limit.named_at is None:
        return _("Your server allows %(n)s. Ended ones count until you revoke them.", n=limit.number)
    return _(
        "Your server allowed %(n)s on %(date)s. Ended ones count until you revoke them.",
        n=limit.number,
        date=language.long_date(limit.named_at),
    )


# Refusals of the server


def refused(kind: Kind, error: errors.BulwarkError, *, editing: bool) -> tuple[str, str] | None:
    """The two sentences above the form for a refusal; None for an error that is not the form's."""
    what = _("Not saved.") if editing else _("Not created.")
    match error:
        case errors.QuotaReached(limit=None):
            return (f"{what} " + _("The server allows no more of them."), _("Revoke one first, then create this one."))
        case errors.QuotaReached(limit=int(number)):
            if kind is API_KEY:
                why = ngettext(
                    "The server allows %(n)s API key, and it exists.",
                    "The server allows %(n)s API keys, and they all exist.",
                    number,
                )
            else:
                why = ngettext(
                    "The server allows %(n)s app password, and it exists.",
                    "The server allows %(n)s app passwords, and they all exist.",
                    number,
                )
            return (f"{what} {why}", _("Ended ones count too. Revoke one first, then create this one."))
        case errors.PermissionMissing(names=names):
            return (f"{what} {not_held(names)}", _("Choose less, or ask your administrator for the permission."))
        case errors.Refused(text=text):
            return (
                f"{what} " + _("The server refused it: “%(text)s”", text=text),
                _("Nothing was changed. What you typed is still below."),
            )
        case _:
            return None
