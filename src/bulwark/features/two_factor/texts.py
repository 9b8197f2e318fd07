"""The sentences of two-factor authentication: receipts, what a step does, what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bulwark import language
from bulwark.features.two_factor.pages import SettledPage, Use, UseChoice
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import BlastRadius, Link, Notice, Point

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        found.append(Use(icon="check", heading=series(app_passwords), text=_("They have their own app passwords.")))
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


def ticked_will_stop(picked: frozenset[str]) -> tuple[str, str]:
    """Heading and text of the reminder in the last step, from what was ticked; empty when nothing was."""
    named = [choice.label for choice in use_choices(picked) if choice.checked]
    if not named:
        return ("", "")
    return (ngettext("What you ticked will stop", "These will stop", len(named)), _no_longer(named))


def reported_will_stop(named: Sequence[str]) -> tuple[str, str]:
    """The same from what the mail server reported."""
    return _("Will stop working"), _no_longer(named)


def _no_longer(named: Sequence[str]) -> str:
    return _("With your main password, this no longer works: %(list)s.", list="; ".join(named))


def since(day: str) -> str:
    """Set up here on a day."""
    return _("Since %(date)s. This panel and the mail server’s sign-in page ask for a code.", date=day)


def set_up_elsewhere() -> str:
    """On, but nobody here did it."""
    return _("It was set up outside this panel. This panel and the mail server’s sign-in page ask for a code.")


def codes_not_possible() -> str:
    """Why a set-up from elsewhere has no codes."""
    return _("They need a set-up made in this panel. Replacing the app here gives you ten.")


def app_without_name() -> str:
    """Where nobody gave the device a name."""
    return _("your authenticator app")


def new_app() -> str:
    """The app that is being set up in place of another, where nobody gave it a name."""
    return _("the new app")


def old_app() -> str:
    """The app in use, where nobody gave it a name."""
    return _("the app you use now")


def text_file(account: str, address: str, made: str, codes: tuple[str, ...]) -> str:
    """The file that is downloaded."""
    where = _("They work at this panel only: %(address)s", address=address) if address else ""
    where = where or _("They work at this panel only, not on other sign-in pages.")
    lines = (
        _("Recovery codes for %(account)s", account=account),
        _("Made on %(moment)s. Codes made earlier no longer work.", moment=made),
        "",
        *(f"{number:2}  {code}" for number, code in enumerate(codes, start=1)),
        "",
        _("Each works once, together with your password. When asked for a code, choose “Use a recovery code”."),
        where,
        "",
    )
    return "\n".join(lines)


def device_note(added: str, last_code: str) -> str:
    """Below the device's name: when it was added, and when a code was last accepted here (both may be empty)."""
    if added and last_code:
        return _("Added %(date)s, last code accepted here: %(when)s", date=added, when=last_code)
    if last_code:
        return _("Last code accepted here: %(when)s", when=last_code)
    return _("Added %(date)s", date=added) if added else ""


def codes_note(made: str, used: str, *, saved: bool) -> str:
    """Below the number of codes left: when they were made, when one was last used, and what was never proven."""
    said = _("Made %(date)s, last one used %(used)s", date=made, used=used) if used else _("Made %(date)s", date=made)
    return (
        said if saved else f"{said}. {_('Nobody typed one of them back, so we do not know whether they were saved.')}"
    )


def cannot_change() -> str:
    """The heading where a permission is missing."""
    return _("You cannot change two-factor authentication here")


def answer_was_lost() -> Point:
    """On a receipt: the answer never came, and looking showed that it was saved."""
    return Point(
        text=_("The mail server’s answer was lost on the way. We looked again, and the change was saved."),
        icon="info",
        tone="",
    )


def set_up_ended() -> Notice:
    """The pending key lived its fifteen minutes."""
    return Notice(
        heading=_("The set-up took too long, so it ended."),
        text=_("Nothing was changed. Remove the entry from your authenticator app and start again."),
        tone="warn",
        icon="clock",
        alert=True,
    )


def new_codes_ended() -> Notice:
    """The new codes were shown a quarter of an hour ago, and none was typed back."""
    return Notice(
        heading=_("That took too long, so the new codes were thrown away."),
        text=_("Your old recovery codes still work. Make new ones again when you have paper at hand."),
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
        text=ngettext("%(n)s code is left.", "%(n)s codes are left.", left)
        + " "
        + _("For the next quarter of an hour only your password is asked, and no code of the lost app."),
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
