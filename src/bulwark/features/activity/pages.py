"""The pages of activity: sessions and events, the confirmation of signing out everywhere, its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.language import _, ngettext
from bulwark.web.page_types import BlastRadius, Link, Moment, Notice, Page, Point

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.event_texts import Said
    from bulwark.web.frame import Tone

ACTIVITY = "activity/activity.html"
SIGN_OUT = "activity/sign_out.html"
SIGNED_OUT = "activity/signed_out.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One signed-in browser; `facts` is address, last use, beginning; `mark` names it in the form."""

    mark: str
    icon: str
    name: str
    facts: str
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that happened."""

    icon: str
    what: str
    at: Moment
    how: str = ""
    tone: Tone = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The lines of one day, the latest first."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage(Page):
    """Everything at one address. `older` and `newest` lead through the pages of events, empty where there is none."""

    sessions: tuple[SessionRow, ...]
    can_sign_out_everywhere: bool
    days: tuple[Day, ...]
    kinds: tuple[tuple[str, str], ...]
    kind: str
    kept: str
    csv: str
    older: str
    newest: str
    shown: str
    report: Link
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutPage(Page):
    """The confirmation; fields `password` and, when `needs_code`, `code`. `weak` offers a new password instead."""

    radius: BlastRadius
    needs_code: bool
    app_passwords: Link | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOutPage(Page):
    """The receipt."""

    confirmed: str
    points: tuple[Point, ...]


def line(said: Said, at: datetime, link: Link | None = None) -> Line:
    """A line of the list: the time alone, for the day stands above."""
    when = Moment(text=language.time_of_day(at), full=language.long_moment(at), iso=at.isoformat(timespec="seconds"))
    return Line(icon=said.icon, what=said.what, how=said.how, tone=said.tone, at=when, link=link)


def not_you() -> Link:
    """Beside what looks like somebody else's try."""
    return Link(label=_("Not you?"), href="/activity/not-me")


def session_facts(address: str, *, last_used: str, since: str, is_this: bool) -> str:
    """`203.0.113.7, since Today, 14:11`, and for another browser when it was used last."""
    if is_this:
        return _("%(address)s, since %(since)s", address=address, since=since)
    return _("%(address)s, active %(last)s, since %(since)s", address=address, last=last_used, since=since)


def kept_for_days(days: int) -> str:
    """How far back the events go."""
    return ngettext("The last day.", "The last %(n)s days.", days)


def kept_for(days: int, *, has_feed: bool) -> str:
    """Below the heading of the events."""
    span = kept_for_days(days)
    if has_feed:
        return f"{span} {_('Sign-ins of mail apps arrive from the server’s event feed.')}"
    return f"{span} {_('Sign-ins of mail apps are not known here: the server does not report them to this panel.')}"


def counted(shown: int, total: int) -> str:
    """Beside the button for older ones."""
    return _("%(shown)s of %(total)s shown", shown=shown, total=total)


def session_ended(device: str) -> Notice:
    """After ending one session."""
    return Notice(
        heading=_("%(device)s was signed out", device=device),
        text=_("It is signed out of this panel at once, whichever machine serves it."),
        tone="ok",
        alert=True,
    )


def session_gone() -> Notice:
    """It had ended before the button was pressed."""
    return Notice(heading=_("That session had already ended"), text=_("Nothing was left to do."), alert=True)


def sessions_ended(count: int) -> Notice:
    """After ending all others."""
    return Notice(
        heading=ngettext("%(n)s other session was signed out", "%(n)s other sessions were signed out", count)
        if count
        else _("No other session was signed in"),
        tone="ok" if count else "",
        alert=True,
    )


def radius(others: Sequence[str], app_passwords: int | None, *, needs_code: bool) -> BlastRadius:
    """What signing out everywhere stops, what it does not reach, and the way back."""
    stops = tuple(_("%(device)s, in this panel", device=device) for device in others)
    if app_passwords is None:
        kept = _("App passwords and API keys. They could not be counted just now.")
    elif app_passwords:
        kept = ngettext("Your app password, and API keys.", "Your %(n)s app passwords, and API keys.", app_passwords)
    else:
        kept = _("API keys, if you have any. You have no app passwords.")
    return BlastRadius(
        stops=(*stops, _("Web mail and every app signed in through a browser, on all devices")),
        stays=(
            _("This browser: we sign it in again."),
            kept,
            _("Mail programs that hold the main password itself: only a new password stops them."),
        ),
        way_back=(
            _("Sign in again anywhere with your password and a code.")
            if needs_code
            else _("Sign in again anywhere with your password."),
        ),
    )


def wrong_password() -> str:
    """At the field `password`."""
    return _("This is not your current password.")


def password_missing() -> str:
    """At the field `password`."""
    return _("Type your current password.")


def code_unreadable() -> str:
    """At the field `code`."""
    return _("A code has 6 to 8 digits.")


def wrong_one_of_two() -> str:
    """At both fields, below `wrong_password_or_code`."""
    return _("Type it again.")


def nothing_done() -> tuple[str, str]:
    """Above the form."""
    return (_("Nobody was signed out."), _("For safety, the password is not filled in again."))


def wrong_password_or_code(server_name: str) -> tuple[str, str]:
    """The server judges both together."""
    return (
        _("Nobody was signed out. The password or the code is wrong."),
        _("%(server)s checks both together and does not say which. Wait for a fresh code.", server=server_name),
    )


def too_weak(server_text: str) -> tuple[str, str]:
    """The server would not take this very password again."""
    return (
        _("Nobody was signed out. The server refused to save this password again: “%(text)s”", text=server_text),
        _("Choose a new password instead: that signs out everywhere as well."),
    )


def refused(server_text: str) -> tuple[str, str]:
    """A refusal in words we do not know."""
    return (_("Nobody was signed out. The server refused it: “%(text)s”", text=server_text), "")


def not_applied() -> tuple[str, str]:
    """The answer was lost, and our own token still works."""
    return (
        _("Nobody was signed out. The connection to the mail server broke before it did anything."),
        _("This browser’s sign-in still works, which shows it. You can try again."),
    )


def too_many(time: str) -> tuple[str, str]:
    """The panel's own limit."""
    return (_("Nobody was signed out. Too many attempts: you can try again at %(time)s.", time=time), "")


def unknown_outcome() -> str:
    """The heading of the third outcome."""
    return _("We do not know whether everybody was signed out")


def cannot_sign_out() -> str:
    """The heading where it cannot be offered."""
    return _("You cannot sign out everywhere from here")


def confirmed(server_name: str, at: datetime) -> str:
    """Of the receipt."""
    return _("Confirmed by %(server)s at %(time)s.", server=server_name, time=language.time_of_day(at, seconds=True))


def receipt_points(others: int, app_passwords: int | None, *, lost: bool, href: str) -> tuple[Point, ...]:
    """What is so now."""
    points = [Point(text=_("This browser was signed in again with the same password, which is unchanged."))]
    if lost:
        text = _("The mail server’s answer was lost on the way. Our sign-in had died, and that shows it was done.")
        points.insert(0, Point(text=text, icon="info", tone=""))
    if others:
        points.append(
            Point(
                text=ngettext(
                    "%(n)s other session in this panel was signed out.",
                    "%(n)s other sessions in this panel were signed out.",
                    others,
                )
            )
        )
    points.append(Point(text=_("Web mail and other apps signed in through a browser were signed out by the server.")))
    if app_passwords is None or app_passwords:
        text = _("App passwords and API keys keep working. Revoke those you do not know.")
        link = Link(label=_("Review them"), href=href) if href else None
        points.append(Point(text=text, icon="laptop", tone="", link=link))
    return tuple(points)
