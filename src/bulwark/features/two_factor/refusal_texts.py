"""The sentences of refusals of two-factor authentication: what did not happen, why, and what to do.

Functions that return a pair give `form_error` and `form_advice`; those that return one sentence belong to a field.
"""

from __future__ import annotations

from bulwark.language import _, ngettext


def code_missing() -> str:
    """At the fields `code` and `old_code`."""
    return _("A code has 6 to 8 digits.")


def password_missing() -> str:
    """At the field `password`."""
    return _("Type your password.")


def turned_on_elsewhere() -> tuple[str, str]:
    """In the last step of a first set-up: the server wants a code of an app that is on already."""
    return (
        _("Nothing was changed. Two-factor was turned on in another place meanwhile."),
        _("Cancel this set-up and look at two-factor again."),
    )


def authenticator_changed() -> tuple[str, str]:
    """The recovery code opened an authenticator that is not the server's any more."""
    return (
        _("Nothing was changed. The authenticator app was changed somewhere else, so your recovery code does not fit."),
        _("The code was not used up. Use the authenticator app that was set up last, or ask your administrator."),
    )


def not_applied() -> tuple[str, str]:
    """The connection broke, and looking showed that nothing was changed."""
    return (
        _("Not saved. The connection to the mail server broke, and nothing was changed."),
        _("We looked again to make sure. You can try once more with a fresh code."),
    )


def no_password() -> tuple[str, str]:
    """The account has no password of its own."""
    return (
        _("Nothing was changed. This account has no password of its own."),
        _("Your administrator can give it one."),
    )


def too_many(time: str) -> tuple[str, str]:
    """The panel's own limit."""
    return (_("Too many attempts. You can try again at %(time)s.", time=time), _("Nothing was changed."))


def still_unknown() -> tuple[str, str]:
    """The check got no answer either."""
    return (_("The mail server still does not answer, so this is not known yet."), "")


def recovery_code_busy() -> str:
    """At the field `recovery_code`."""
    return _("This code is being used just now. It was not used up: wait half a minute and type it again.")


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


def clock_is_off_in_test(minutes: int) -> str:
    """At the field `code` of the test: they belong together, and the device's clock is off."""
    if minutes > 0:
        return ngettext(
            "They belong together, but your device’s clock is about %(n)s minute ahead: its codes are refused.",
            "They belong together, but your device’s clock is about %(n)s minutes ahead: its codes are refused.",
            minutes,
        )
    return ngettext(
        "They belong together, but your device’s clock is about %(n)s minute behind: its codes are refused.",
        "They belong together, but your device’s clock is about %(n)s minutes behind: its codes are refused.",
        -minutes,
    )


def wrong_password() -> str:
    """At the field `password`, when no code was sent with it."""
    return _("This is not your current password. Nothing was changed.")


def type_again() -> str:
    """At both fields below `wrong_password_or_code`."""
    return _("Type it again.")


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
