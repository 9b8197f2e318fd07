"""The sentences of two-factor authentication: refusals, receipts, what a step does.

Functions that return a pair give `form_error` and `form_advice`; those that return one sentence belong to a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bulwark import language
from bulwark.features.two_factor.pages import SettledPage, Use, UseChoice
from bulwark.language import _, ngettext
from bulwark.web.page_types import BlastRadius, Link, Notice, Point

if TYPE_CHECKING:
    from datetime import datetime


def use_choices(picked: frozenset[str] = frozenset()) -> tuple[UseChoice, ...]:
    """What may use the main password today, where nobody can see it: the values of the check boxes `pick`."""
    offered = (
        ("mail", _("A mail app on a computer or a phone"), _("Thunderbird, Outlook, Apple Mail, K-9 and others")),
        ("send", _("A device that sends mail"), _("A printer, a scanner, a camera, a script")),
        ("calendar", _("Calendars or contacts on a phone"), _("DAVx5, Apple Calendar and others")),
        ("files", _("Files or mail filters"), _("WebDAV, Sieve")),
    )
    return tuple(
        UseChoice(value=value, label=label, more=more, checked=value in picked) for value, label, more in offered
    )


def keeps(app_passwords: tuple[str, ...] | None) -> tuple[Use, ...]:
    """What goes on working; `app_passwords` are their names, None when they could not be read."""
    found: list[Use] = []
    if app_passwords:
        found.append(Use(icon="check", heading=", ".join(app_passwords), text=_("They have their own app passwords.")))
    elif app_passwords is None:
        found.append(
            Use(
                icon="check",
                heading=_("Apps that have an app password"),
                text=_("They could not be read just now. If you have any, they keep working."),
            )
        )
    found.append(
        Use(
            icon="check",
            heading=_("This panel, and apps that sign in through the browser"),
            text=_("They ask for the code when you sign in."),
        )
    )
    return tuple(found)


def will_stop(picked: frozenset[str]) -> tuple[str, str]:
    """Heading and text of the reminder in the last step, from what was ticked; empty when nothing was."""
    named = [choice.label for choice in use_choices(picked) if choice.checked]
    if not named:
        return ("", "")
    return (
        ngettext("What you ticked will stop", "These will stop", len(named)),
        _("With your main password, this no longer works: %(list)s.", list="; ".join(named)),
    )


def since(day: str) -> str:
    """Set up here on a day."""
    return _("Since %(date)s. This panel and the mail server’s sign-in page ask for a code.", date=day)


def set_up_elsewhere() -> str:
    """On, but nobody here did it."""
    return _("It was set up outside this panel. This panel and the mail server’s sign-in page ask for a code.")


def codes_not_possible() -> str:
    """Why a set-up from elsewhere has no codes."""
    return _("They need a set-up made in this panel. Replacing the app here gives you ten.")


def code_missing() -> str:
    """At the fields `code` and `old_code`."""
    return _("A code has 6 to 8 digits.")


def wrong_code() -> str:
    """At the field `code`, checked by us: nothing was sent."""
    return _(
        "This code does not match, and nothing was changed. Wait for the next code. If it fails again, turn on"
        " automatic date and time on your phone."
    )


def clock_is_off(minutes: int) -> str:
    """At the field `code`: right for another time. Minutes are positive when the device is ahead, never 0."""
    if minutes > 0:
        return ngettext(
            "Nothing was changed. Your device’s clock is about %(n)s minute ahead. Turn on automatic date and time.",
            "Nothing was changed. Your device’s clock is about %(n)s minutes ahead. Turn on automatic date and time.",
            minutes,
        )
    return ngettext(
        "Nothing was changed. Your device’s clock is about %(n)s minute behind. Turn on automatic date and time.",
        "Nothing was changed. Your device’s clock is about %(n)s minutes behind. Turn on automatic date and time.",
        -minutes,
    )


def wrong_password() -> str:
    """At the field `password`, when no code was sent with it."""
    return _("This is not your current password. Nothing was changed.")


def wrong_password_or_code(server_name: str) -> tuple[str, str]:
    """The server checks password and code of the present app together."""
    return (
        _("Nothing was changed. The password or the code is wrong."),
        _(
            "%(server)s checks both together and does not say which. Wait for a fresh code and type both again.",
            server=server_name,
        ),
    )


def not_saved(server_text: str) -> tuple[str, str]:
    """A refusal in words we do not know, quoted."""
    return (
        _("Not saved. The server refused it: “%(text)s”", text=server_text),
        _("Two-factor is as it was before."),
    )


def look_below() -> tuple[str, str]:
    """Something is missing or wrong in the fields below; nothing was sent."""
    return (_("Nothing was changed. Something is still missing below."), "")


def wrong_proof(number: int) -> str:
    """At the field `proof`."""
    return _("This is not code number %(number)s. Look at the list you saved and type it again.", number=number)


def recovery_code_unreadable() -> str:
    """At the field `recovery_code`."""
    return _("A recovery code has twelve letters and digits, such as 7K2M-Q9TX-4VBH.")


def wrong_recovery_code() -> str:
    """At the field `recovery_code`."""
    return _("This code is not right, or it was used before. Try another one from your list.")


def set_up_ended() -> Notice:
    """The pending key lived its fifteen minutes."""
    return Notice(
        heading=_("The set-up took too long, so it ended."),
        text=_("Nothing was changed. Remove the entry from your authenticator app and start again."),
        tone="warn",
        icon="clock",
        alert=True,
    )


def set_up_cancelled() -> Notice:
    """Left on purpose."""
    return Notice(
        heading=_("The set-up was cancelled. Nothing was changed."),
        text=_("You can remove the entry from your authenticator app."),
        alert=True,
    )


def signed_in_with_recovery_code(left: int) -> Notice:
    """Leads to a new authenticator."""
    return Notice(
        heading=_("You signed in with a recovery code. Set up your new authenticator app now."),
        text=ngettext("%(n)s code is left.", "%(n)s codes are left.", left),
        tone="accent",
        icon="phone",
    )


def confirmed(server_name: str, at: datetime) -> str:
    """Of every receipt: `Confirmed by mail.example.org on 23 November 2026 at 14:32:07.`."""
    return _(
        "Confirmed by %(server)s on %(date)s at %(time)s.",
        server=server_name,
        date=language.long_date(at),
        time=language.time_of_day(at, seconds=True),
    )


def turned_on() -> tuple[str, tuple[Point, ...]]:
    """The receipt of turning on: heading and points."""
    return (
        _("Two-factor is on"),
        (
            Point(text=_("From now on this panel and the mail server’s sign-in page ask for a code.")),
            Point(text=_("Your ten recovery codes are active.")),
            Point(
                text=_("Mail apps with your main password stop now. Give each one an app password."),
                icon="mail",
                tone="warn",
            ),
        ),
    )


def replaced() -> tuple[str, tuple[Point, ...]]:
    """The receipt of replacing."""
    return (
        _("The authenticator app was replaced"),
        (
            Point(text=_("Only codes of the new app are right from now on.")),
            Point(text=_("Your ten new recovery codes are active. The old ones no longer work.")),
            Point(text=_("You can remove the entry from the old app."), icon="phone", tone=""),
        ),
    )


def turned_off() -> tuple[str, tuple[Point, ...]]:
    """The receipt of turning off."""
    return (
        _("Two-factor is off"),
        (
            Point(text=_("Your password alone opens your account again."), icon="unlock", tone="warn"),
            Point(text=_("The recovery codes no longer work.")),
            Point(text=_("You can remove the entry from your authenticator app."), icon="phone", tone=""),
        ),
    )


def new_codes_made() -> tuple[str, tuple[Point, ...]]:
    """The receipt of new codes; they are the panel's own, so nobody else confirms them."""
    return (
        _("Your new recovery codes are active"),
        (Point(text=_("The old ones no longer work. Destroy the old list.")),),
    )


def turning_off(codes_left: int | None, app_passwords: int | None) -> BlastRadius:
    """What turning off does."""
    stops = [_("The code: your password alone opens the account again")]
    if codes_left:
        stops.append(ngettext("The recovery code that is left", "All %(n)s recovery codes that are left", codes_left))
    stays = (
        ngettext(
            "Your password, %(n)s app password, and your sessions in this panel",
            "Your password, %(n)s app passwords, and your sessions in this panel",
            app_passwords,
        )
        if app_passwords
        else _("Your password, your app passwords, and your sessions in this panel")
    )
    return BlastRadius(
        stops=tuple(stops),
        stays=(stays,),
        way_back=(_("Turn it on again any time, with a new QR code and new recovery codes"),),
    )


def making_codes(left: int) -> BlastRadius:
    """What making new codes does."""
    return BlastRadius(
        stops=(
            ngettext("The old code that is left", "All %(n)s old codes that are left", left)
            if left
            else _("Nothing: no old code is left"),
        ),
        stays=(_("Your authenticator app, your password and your app passwords"),),
        way_back=(_("None: old codes cannot be brought back. You can make new ones again"),),
    )


def old_codes_until_saved() -> str:
    """Above the new codes."""
    return _("They are shown only now. The old codes work until you have typed one of the new ones back.")


def belong_together() -> Notice:
    """The test of a recovery code went well."""
    return Notice(
        heading=_("They belong together."),
        text=_("This recovery code would let you in. It was not used up."),
        tone="ok",
    )


def do_not_belong() -> Notice:
    """The recovery code opens, but the app's code is not the one computed from it."""
    return Notice(
        heading=_("They do not belong together."),
        text=_(
            "The recovery code is right, but the code of your app is another one. Either your app was set up again in"
            " another place, or its clock is off. If the clock is right, replace the app here to get codes that fit."
        ),
        tone="bad",
    )


def settled(what: Literal["on", "off", "new-app", "old-app", "neither"]) -> SettledPage:
    """What holds after a lost answer."""
    back = Link(label=_("Go to two-factor"), href="/two-factor")
    again = Link(label=_("Check again"), href="/two-factor/check")
    match what:
        case "on":
            return SettledPage(
                icon="check",
                tone="ok",
                heading=_("Two-factor is on"),
                text=_("The mail server asks for a code. Keep the new recovery codes."),
                next_step=back,
            )
        case "off":
            return SettledPage(
                icon="unlock",
                tone="warn",
                heading=_("Two-factor is off"),
                text=_("The mail server asks for no code. Recovery codes do not work while it is off."),
                next_step=back,
            )
        case "new-app":
            return SettledPage(
                icon="check",
                tone="ok",
                heading=_("The new app holds"),
                text=_(
                    "The mail server accepted a code of the new app. The old app and the old recovery codes are out."
                ),
                next_step=back,
            )
        case "old-app":
            return SettledPage(
                icon="warn",
                tone="warn",
                heading=_("The old app still holds"),
                text=_("The mail server accepted a code of the old app. The new one was not saved."),
                next_step=back,
            )
        case "neither":
            return SettledPage(
                icon="unknown",
                tone="unknown",
                heading=_("Neither code was accepted"),
                text=_("The password may be mistyped or a code too old. Keep both apps and all recovery codes."),
                next_step=again,
            )
