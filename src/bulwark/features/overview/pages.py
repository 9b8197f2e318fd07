"""The overview: findings with their reasons, one tile per area, the last events; never a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Link, Moment, Notice, Page

if TYPE_CHECKING:
    from bulwark.web.frame import Tone
    from bulwark.web.unavailable import Permission, Unavailable

OVERVIEW = "overview/overview.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at: why, in one sentence, and one button; `kind` is its name for scripts."""

    kind: str
    icon: str
    tone: Tone
    heading: str
    reason: str
    action: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """One area that is fine, and why."""

    area: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One area with its state in words; `known` false makes the edge dashed: unread is never "off" and never fine."""

    label: str
    href: str
    icon: str
    state: str
    detail: str = ""
    tone: Tone = ""
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: what, how and from where, when."""

    icon: str
    what: str
    at: Moment
    how: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """One thing that cannot be done here, and the permissions it would need."""

    what: str
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InPart:
    """Some core permission is missing: the list, whom to ask, and the sentence to send."""

    lacking: tuple[Lacking, ...]
    ask_text: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPage(Page):
    """The check-up; `nothing_left` replaces everything else when no area can be used at all."""

    summary: str
    first: tuple[Finding, ...] = ()
    look: tuple[Finding, ...] = ()
    in_order: tuple[InOrder, ...] = ()
    tiles: tuple[Tile, ...] = ()
    events: tuple[Event, ...] = ()
    events_href: str = ""
    notice: Notice | None = None
    in_part: InPart | None = None
    nothing_left: Unavailable | None = None


def not_available_headline() -> str:
    """The headline where nothing is left, in the words people search for."""
    return _("Account security management is not available for this mail server")


def summary(first: int, look: int, in_order: int, read_at: str) -> str:
    """`One thing to do, two worth a look, five in order.`; with nothing to do, when that was read."""
    if not first and not look:
        return _("Nothing to do. Last read at %(time)s.", time=read_at)
    parts = []
    if first:
        parts.append(ngettext("one thing to do", "%(count)s things to do", first, count=_number(first)))
    if look:
        parts.append(ngettext("one worth a look", "%(count)s worth a look", look, count=_number(look)))
    if in_order:
        parts.append(ngettext("one in order", "%(count)s in order", in_order, count=_number(in_order)))
    spoken = series(parts)
    return f"{spoken[:1].upper()}{spoken[1:]}."


def _number(count: int) -> str:
    words = (_("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"))
    small = range(2, 2 + len(words))
    return words[count - 2] if count in small else str(count)


def two_factor_off() -> Finding:
    """The first thing to do."""
    return Finding(
        kind="two-factor-off",
        icon="unlock",
        tone="bad",
        heading=_("Two-factor authentication is off"),
        reason=_("Anyone who learns your password can sign in."),
        action=Link(label=_("Turn it on"), href="/two-factor"),
    )


def two_factor_set_up_elsewhere() -> Finding:
    """On, but not by this panel, so nobody has recovery codes."""
    return Finding(
        kind="two-factor-set-up-elsewhere",
        icon="phone",
        tone="warn",
        heading=_("No recovery codes for your two-factor set-up"),
        reason=_("It was set up outside this panel. If you lose the phone, only your administrator can let you in."),
        action=Link(label=_("Replace to get codes"), href="/two-factor"),
    )


def replacement_unsettled() -> Finding:
    """The answer to a replacement was lost, and nobody has looked since."""
    return Finding(
        kind="replacement-unsettled",
        icon="unknown",
        tone="unknown",
        heading=_("We do not know whether the authenticator app was replaced"),
        reason=_("The answer to the last replacement was lost. Until this is settled, keep both apps and all codes."),
        action=Link(label=_("Find out now"), href="/two-factor/check"),
    )


def recovery_codes_low(left: int) -> Finding:
    """Three or fewer left."""
    return Finding(
        kind="recovery-codes-low",
        icon="document",
        tone="warn",
        heading=ngettext("%(n)s recovery code is left", "%(n)s recovery codes are left", left)
        if left
        else _("No recovery code is left"),
        reason=_("Without your phone, a recovery code is the only way in that does not need your administrator."),
        action=Link(label=_("Make new codes"), href="/two-factor/codes/new"),
    )


def recovery_codes_unproven() -> Finding:
    """Shown once, typing one back never happened."""
    return Finding(
        kind="recovery-codes-unproven",
        icon="document",
        tone="warn",
        heading=_("Nobody knows whether you saved your recovery codes"),
        reason=_("They were shown once, and the set-up did not end with typing one back."),
        action=Link(label=_("Make new codes"), href="/two-factor/codes/new"),
    )


def password_ends(day: str) -> Finding:
    """Within 14 days; only administrators can read it."""
    return Finding(
        kind="password-ends",
        icon="password",
        tone="warn",
        heading=_("Your password ends on %(date)s", date=day),
        reason=_("After that day it opens nothing but the page for choosing a new one."),
        action=Link(label=_("Choose a new one"), href="/password"),
    )


def app_password_unused(name: str, days: int) -> Finding:
    """Nobody used it for long, as far as the server's reports tell."""
    return Finding(
        kind="app-password-unused",
        icon="clock",
        tone="warn",
        heading=_("“%(name)s” was not used for %(days)s days", name=name, days=days),
        reason=_("An app password that nobody uses is only a risk. Revoke it if the app is gone."),
        action=Link(label=_("Decide"), href="/app-passwords"),
    )


def encryption_untested() -> Finding:
    """On, but only a test message tells whether mail is really stored encrypted."""
    return Finding(
        kind="encryption-untested",
        icon="lock",
        tone="warn",
        heading=_("Your encryption was never tested"),
        reason=_("The setting can read “on” while a switch of the whole server is off. One test message tells."),
        action=Link(label=_("Send a test"), href="/encryption"),
    )


def encryption_fails() -> Finding:
    """On, and yet a test message was stored in the clear."""
    return Finding(
        kind="encryption-fails",
        icon="unlock",
        tone="bad",
        heading=_("Your mail is not stored encrypted"),
        reason=_("The setting reads “on”, yet the last test message was stored as it came."),
        action=Link(label=_("Look"), href="/encryption"),
    )


def app_password_too_powerful(name: str) -> Finding:
    """It may do everything the account may."""
    return Finding(
        kind="app-password-too-powerful",
        icon="warn",
        tone="bad",
        heading=_("“%(name)s” can do more than it needs", name=name),
        reason=_("This app password may do everything your account may, further passwords included."),
        action=Link(label=_("Narrow it"), href="/app-passwords"),
    )


def app_password_ended(name: str, day: str) -> Finding:
    """The app that used it is out."""
    return Finding(
        kind="app-password-ended",
        icon="clock",
        tone="warn",
        heading=_("“%(name)s” ended on %(date)s", name=name, date=day),
        reason=_("The app can no longer sign in with it. Give it a new end date if it is still in use, or revoke it."),
        action=Link(label=_("Decide"), href="/app-passwords"),
    )


def app_password_ends_soon(name: str, day: str) -> Finding:
    """Within 14 days."""
    return Finding(
        kind="app-password-ends-soon",
        icon="clock",
        tone="warn",
        heading=_("“%(name)s” ends on %(date)s", name=name, date=day),
        reason=_("After that day the app can no longer sign in with it."),
        action=Link(label=_("Decide"), href="/app-passwords"),
    )


def app_password_never_ends(name: str) -> Finding:
    """No end date."""
    return Finding(
        kind="app-password-never-ends",
        icon="clock",
        tone="warn",
        heading=_("“%(name)s” never ends", name=name),
        reason=_("A forgotten app password stays open for ever. An end date closes it by itself."),
        action=Link(label=_("Give it an end"), href="/app-passwords"),
    )


def key_problem(kind: Literal["ended", "ends-soon", "other-address"], owner: str, day: str = "") -> Finding:
    """A public key that encryption at rest may stumble over; `owner` as the key names it."""
    heading, reason = {
        "ended": (
            _("Your encryption key ended on %(date)s", date=day),
            _("New mail may be stored unencrypted or not at all. Choose another key."),
        ),
        "ends-soon": (
            _("Your encryption key ends on %(date)s", date=day),
            _("Add its successor before that day."),
        ),
        "other-address": (
            _("A key belongs to %(owner)s", owner=owner),
            _("None of your addresses stands in it. Make sure that you hold its private key."),
        ),
    }[kind]
    return Finding(
        kind=f"key-{kind}",
        icon="lock",
        tone="warn",
        heading=heading,
        reason=reason,
        action=Link(label=_("Look"), href="/encryption"),
    )


def replies_leave(address: str, reply_to: str) -> Finding:
    """A sender identity whose answers go to a foreign domain."""
    return Finding(
        kind="replies-leave",
        icon="at",
        tone="warn",
        heading=_("Replies to %(address)s go elsewhere", address=address),
        reason=_("Answers are sent to %(reply_to)s. If you did not choose that, somebody else did.", reply_to=reply_to),
        action=Link(label=_("Look"), href="/identities"),
    )


def quota_nearly_full(count: int, limit: int) -> Finding:
    """Only when the limit is known."""
    return Finding(
        kind="quota-nearly-full",
        icon="laptop",
        tone="warn",
        heading=_("%(count)s of %(limit)s app passwords in use", count=count, limit=limit),
        reason=_("Ended ones count until you revoke them."),
        action=Link(label=_("Tidy up"), href="/app-passwords"),
    )


def section_unreadable(label: str, path: str) -> Finding:
    """Unread never counts as fine."""
    return Finding(
        kind="section-unreadable",
        icon="unknown",
        tone="unknown",
        heading=_("%(section)s could not be read", section=label),
        reason=_("The mail server did not answer for this section. This does not mean that all is well there."),
        action=Link(label=_("Read again"), href=path),
    )


def unread_tile(label: str, href: str, icon: str) -> Tile:
    """An area nobody could read just now."""
    return Tile(label=label, href=href, icon=icon, state=_("Not known now"), detail=_("Could not be read"), known=False)


def closed_tile(label: str, href: str, icon: str, why: str = "") -> Tile:
    """An area this account may not use; the page behind it says why."""
    return Tile(label=label, href=href, icon=icon, state=_("Not available"), detail=why or _("See why"))
