"""The pages of the password: what each shows, and the sentences of its refusals.

Functions that return a pair give `form_error` and `form_advice`; those that return one sentence belong to a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bulwark import language
from bulwark.language import _, ngettext
from bulwark.web.page_types import Link, Page, Point, Strength

if TYPE_CHECKING:
    from datetime import datetime


PASSWORD = "password/password.html"  # noqa: S105  a template's name
SAVED = "password/saved.html"
UNKNOWN = "password/unknown.html"
CHECKED = "password/checked.html"
EXPIRED = "password/expired.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPage(Page):
    """The form. Fields: `password`, `code` (when `needs_code`), `new_password`, `new_password_again`, `app_passwords`.

    `policy` is the hint at the new password (`usual_policy()` or the operator's own). `app_passwords` is how many there
    are, None when they could not be read; `revoke` is the refilled choice. `other_sessions` names the person's other
    sessions of this panel, which end with the change. Nothing typed into a password field is ever given back.
    """

    needs_code: bool
    policy: str
    app_passwords: int | None = None
    can_revoke_app_passwords: bool = False
    revoke: bool = False
    other_sessions: tuple[str, ...] = ()
    strength: Strength | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSavedPage(Page):
    """The receipt; `confirmed` is `confirmed_sentence()`, `points` what happened to everything else."""

    confirmed: str
    points: tuple[Point, ...]
    report_href: str = ""  # "This was not me", once there is such a page


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordUnknownPage(Page):
    """The answer was lost. Fields of the check: `new_password`, `password` (the old one), `code`.

    `sent_at` is a time with seconds ("14:32:07"); `reference` finds the log entry.
    """

    sent_at: str
    needs_code: bool
    reference: str
    app_passwords: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordCheckedPage(Page):
    """Which password holds after a lost answer: the new one, the old one, or neither could be proven."""

    holds: Literal["new", "old", "neither"]
    next_step: Link
    app_passwords: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordExpiredPage(Page):
    """The bare page of a sign-in that may only change the password; fields as in `PasswordPage` without the choice."""

    needs_code: bool
    policy: str
    strength: Strength | None = None


def usual_policy() -> str:
    """The hint where the operator wrote none: the server's defaults, which only administrators can read."""
    return _(
        "Usually 8 to 128 bytes (a plain letter is one byte), hard to guess. Three or four unrelated words work well."
    )


def confirmed_sentence(server_name: str, at: datetime) -> str:
    """Of the receipt: `Confirmed by mail.example.org on 23 November 2026 at 14:32:07.`."""
    return _(
        "Confirmed by %(server)s on %(date)s at %(time)s.",
        server=server_name,
        date=language.long_date(at),
        time=language.time_of_day(at, seconds=True),
    )


def strength(score: int, warning: str = "", *, too_short: bool = False, too_long: bool = False) -> Strength:
    """The sentence beside the bars for an estimate; `warning` is a finished sentence that says why, if there is one."""
    if too_short:
        return Strength(score=0, message=_("Too short. This server usually wants at least 8 bytes."))
    if too_long:
        return Strength(score=0, message=_("Too long. This server usually takes at most 128 bytes."))
    words = (
        _("Very easy to guess. Add more words."),
        _("Easy to guess. Add another word or two."),
        _("Could be stronger. Add another word."),
        _("Good. This server should accept it; it decides when you save."),
        _("Strong. This server should accept it; it decides when you save."),
    )
    reason = warning if score <= 2 else ""  # noqa: PLR2004  from 3 on the server accepts it
    return Strength(score=score, message=f"{reason} {words[score]}".strip())


def cannot_change() -> str:
    """The heading where a permission is missing."""
    return _("You cannot change your password here")


def wrong_password() -> str:
    """At the field `password`, when no code was sent."""
    return _("This is not your current password.")


def wrong_password_or_code(server_name: str) -> tuple[str, str]:
    """A code was sent too: both fields are marked (`wrong_one_of_two()`)."""
    return (
        _("Not saved. The password or the code is wrong."),
        _(
            "%(server)s checks both together and does not say which. Wait for a fresh code, type both again, and check"
            " that your phone’s clock is set automatically.",
            server=server_name,
        ),
    )


def wrong_one_of_two() -> str:
    """At the fields `password` and `code` below `wrong_password_or_code`."""
    return _("Type it again.")


def not_saved(server_text: str) -> tuple[str, str]:
    """A refusal in words we do not know, quoted."""
    return (
        _("Not saved. The server refused it: “%(text)s”", text=server_text),
        _("Your password is the same as before."),
    )


def not_saved_look_below() -> tuple[str, str]:
    """Something is missing or wrong in the fields below; nothing was sent."""
    return (_("Not saved. Something is still missing below."), _("For safety, passwords are not filled in again."))


def not_saved_nothing_changed() -> tuple[str, str]:
    """The reason stands at its field below."""
    return (_("Not saved. Nothing was changed."), _("For safety, passwords are not filled in again."))


def weak_password(server_text: str) -> str:
    """At the field `new_password`: the server's own sentence, quoted."""
    return _("The server refused it: “%(text)s” Add another word.", text=server_text)


def current_password_missing() -> str:
    """At the field `password`."""
    return _("Type your current password.")


def new_password_missing() -> str:
    """At the field `new_password`."""
    return _("Choose a new password.")


def passwords_differ() -> str:
    """At the field `new_password_again`."""
    return _("This is not the same as the new password above. Type both again.")


def same_password() -> str:
    """At the field `new_password`: the server would answer "updated" without checking anything."""
    return _("This is the password you have now. Choose another one.")


def masked_password() -> str:
    """At the field `new_password`: what the server shows instead of a password, and reads as "keep the old one"."""
    return _("The server reads these four asterisks as “unchanged”. Choose another password.")


def code_required() -> str:
    """At the field `code`: two-factor was turned on meanwhile."""
    return _("Two-factor authentication is on. Type the code from your authenticator app.")


def code_unreadable() -> str:
    """At the field `code`: nothing was sent."""
    return _("A code has 6 to 8 digits.")


def no_password() -> tuple[str, str]:
    """The account has no password of its own."""
    return (
        _("Not saved. This account has no password of its own."),
        _("Your administrator can give it one."),
    )


def not_applied() -> tuple[str, str]:
    """The connection broke, and signing in showed that the old password holds."""
    return (
        _("Not saved. The connection to the mail server broke, and your old password still works."),
        _("We signed in with it to make sure. You can try the change again."),
    )


def answer_was_lost() -> Point:
    """The answer to the change never came; the new password opening the account is the proof."""
    return Point(
        text=_("The mail server’s answer was lost on the way. We tried the new password, and it opens your account."),
        icon="info",
        tone="",
    )


def signed_in_again() -> Point:
    """The session goes on with the new password."""
    return Point(text=_("The new password works: we signed you in with it just now."))


def sessions_ended(count: int) -> Point:
    """The other sessions of this panel."""
    return Point(
        text=ngettext(
            "%(n)s other session in this panel was signed out.",
            "%(n)s other sessions in this panel were signed out.",
            count,
        )
    )


def browsers_signed_out() -> Point:
    """Tokens of the account are dead everywhere."""
    return Point(
        text=_(
            "Web mail and other apps signed in through a browser were signed out by the server. Sign in there again."
        )
    )


def app_passwords_kept(count: int, href: str = "") -> Point:
    """They survive a change; said after it as before it."""
    return Point(
        text=ngettext(
            "%(n)s app password keeps working, as you chose.", "%(n)s app passwords keep working, as you chose.", count
        ),
        icon="laptop",
        tone="",
        link=Link(label=_("Review them"), href=href) if href else None,
    )


def app_passwords_revoked(count: int) -> Point:
    """All the server named as revoked."""
    return Point(
        text=ngettext(
            "%(n)s app password was revoked. The app that used it must be set up again.",
            "%(n)s app passwords were revoked. The apps that used them must be set up again.",
            count,
        )
    )


def app_passwords_not_revoked(count: int) -> Point:
    """Those the server did not name: the password is changed, these are not gone; 0 when they could not be counted."""
    return Point(
        text=ngettext(
            "%(n)s app password could not be revoked and may still work.",
            "%(n)s app passwords could not be revoked and may still work.",
            count,
        )
        if count
        else _("App passwords could not be revoked. If you have any, they may still work."),
        icon="warn",
        tone="warn",
    )


def app_passwords_unread() -> Point:
    """They could not be counted; that does not mean there are none."""
    return Point(text=_("App passwords could not be read. If you have any, they keep working."), icon="laptop", tone="")
