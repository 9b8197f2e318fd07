"""The pages of signing in: what each shows, and the sentences of its refusals.

Functions that return a pair give `form_error` and `form_advice`; those that return one sentence belong to a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bulwark.language import _, ngettext
from bulwark.web.page_types import Link, Notice, Page, Wait

if TYPE_CHECKING:
    from bulwark.web.frame import OtherAccount

SIGN_IN = "sign_in/sign_in.html"
CODE = "sign_in/code.html"
RECOVERY = "sign_in/recovery.html"
STEP_UP = "sign_in/step_up.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Page):
    """Address and password. Fields: `login`, `password`, hidden `next`.

    `wait` disables the button, `provider` is the redirect sign-in by its name, `next` the path to go to afterwards.
    Without `asks_password` the provider is the only way.
    `beside` is the account that stays signed in, `others` those to go on with; when it `is_full`, nothing is asked.
    """

    login: str = ""
    next: str = ""
    wait: Wait | None = None
    notice: Notice | None = None
    provider: Link | None = None
    asks_password: bool = True
    beside: str = ""
    others: tuple[OtherAccount, ...] = ()
    is_full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage(Page):
    """The second factor. Field: `code`. The password is not asked again and is in no hidden field."""

    login: str
    wait: Wait | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPage(Page):
    """A recovery code instead. Field: `recovery_code`, never refilled."""

    login: str
    wait: Wait | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpPage(Page):
    """A proof of presence. Fields: `password`, then `code` or `recovery_code`, hidden `carried`.

    `purpose` ends "You are about to …"; `carried` is the opaque mark of the request that is done afterwards; `proof`
    says what is asked besides the password; `cancel_href` leads back without confirming.
    """

    purpose: str
    carried: str = ""
    proof: Literal["none", "code", "recovery-code"] = "none"
    switch_href: str = ""
    cancel_href: str = "/"
    minutes: int = 10
    wait: Wait | None = None


def wrong_sign_in() -> tuple[str, str]:
    """Unknown address or wrong password: the same words for both."""
    return (
        _("The email address or the password is wrong."),
        _("Use your main password here, not one that was made for an app."),
    )


def no_more_accounts(most: int) -> tuple[str, str]:
    """One further account does not fit into this browser; nothing is sent."""
    return (
        ngettext(
            "%(n)s account is signed in here, and that is the most for one browser.",
            "%(n)s accounts are signed in here, and that is the most for one browser.",
            most,
        ),
        _("Sign out of one of them first."),
    )


def wrong_kind_of_secret(kind: Literal["app-password", "api-key"]) -> str:
    """At the field `password`, before anything is sent."""
    if kind == "app-password":
        return _("This is an app password. Sign in with your account password.")
    return _("This is an API key. Sign in with your account password.")


def login_missing() -> str:
    """At the field `login`."""
    return _("Type your email address.")


def password_missing() -> str:
    """At the field `password`."""
    return _("Type your password.")


def password_too_long() -> str:
    """At the field `password`: nothing was sent."""
    return _("This is longer than any password. Check what you pasted.")


def login_not_allowed() -> str:
    """At the field `login`: the server would read a `%` as acting for somebody else."""
    return _("An email address here must not contain a percent sign.")


def wrong_code() -> str:
    """At the field `code`."""
    return _("This code is not right, or it is too old. Wait for the next one.")


def code_unreadable() -> str:
    """At the field `code`: nothing was sent."""
    return _("A code has 6 to 8 digits.")


def code_needed() -> str:
    """At the field `code` of step-up: the password is right, and only now the server told that a code is wanted."""
    return _("Two-factor authentication is on. Type the password again and the code from your authenticator app.")


def recovery_code_unreadable() -> str:
    """At the field `recovery_code`: nothing was tried."""
    return _("A recovery code has twelve letters and digits, such as 7K2M-Q9TX-4VBH.")


def wrong_recovery_code() -> str:
    """At the field `recovery_code`: unknown or used, nobody learns which."""
    return _("This code is not right, or it was used before. Try another one from your list.")


def no_recovery_codes_known() -> tuple[str, str]:
    """The password is right, but this panel keeps no codes under that login."""
    return (
        _("This panel knows no recovery codes for this email address."),
        _(
            "They exist only after two-factor was set up here. If the account has another address with which you"
            " usually sign in, start again with that one."
        ),
    )


def recovery_code_busy() -> str:
    """At the field `recovery_code`: it is right, and another request is using it."""
    return _("This code is being used just now. It was not used up: wait half a minute and type it again.")


def authenticator_changed(*, replacing: bool = False) -> tuple[str, str]:
    """The password works, yet the code computed from the recovery set is refused."""
    if replacing:
        return (
            _("Not signed in. This code belongs to a replacement that the mail server did not take."),
            _("It was not used up. Use a code of the list before it, or the authenticator app you had before."),
        )
    return (
        _("Not signed in. The authenticator app was changed somewhere else, so these recovery codes no longer fit it."),
        _("The code was not used up. Use the authenticator app that was set up last, or ask your administrator."),
    )


def authenticator_changed_step_up(*, replacing: bool = False) -> tuple[str, str]:
    """The same at step-up, where somebody is signed in already."""
    _heading, advice = authenticator_changed(replacing=replacing)
    return (_("Not confirmed. This recovery code does not fit the authenticator app that is set up."), advice)


def pending_sign_in_ended() -> Notice:
    """More than five minutes, or too many tries, between password and code."""
    return Notice(
        heading=_("That took too long, so we start again."),
        text=_("Type your password once more. Nothing was changed."),
        tone="warn",
        icon="clock",
    )


def not_permitted() -> tuple[str, str]:
    """The account lacks the permission to sign in at all."""
    return (
        _("Not signed in. This account may not sign in here."),
        _("Its permission “authenticate” is missing. Your administrator can give it back."),
    )


def wrong_step_up() -> str:
    """At the field `password` of step-up without two-factor."""
    return _("This password is wrong.")


def wrong_step_up_or_code() -> tuple[str, str]:
    """Step-up with a code: the server checks both together."""
    return (
        _("Not confirmed. The password or the code is wrong."),
        _("The mail server checks both together and does not say which. Wait for a fresh code and type both again."),
    )


def signed_out() -> Notice:
    """After signing out."""
    return Notice(heading=_("You are signed out."), tone="ok", alert=True)


def timed_out(minutes: int) -> Notice:
    """After idling."""
    return Notice(
        heading=ngettext(
            "You were signed out after %(n)s minute without activity.",
            "You were signed out after %(n)s minutes without activity.",
            minutes,
        ),
        text=_("Nothing was changed."),
        tone="warn",
        icon="clock",
    )


def session_ended() -> Notice:
    """The session or its token is dead for another reason: signed out elsewhere, or the password was changed."""
    return Notice(
        heading=_("This session has ended. Please sign in again."),
        text=_("It was ended in another place, or the password was changed. What you had not saved was not sent."),
        tone="warn",
        icon="clock",
    )


def password_changed() -> Notice:
    """The change is confirmed, signing in with it right away did not work."""
    return Notice(
        heading=_("Your password was changed. Please sign in again."),
        text=_("Use the new password. Your app passwords keep working."),
        tone="ok",
        alert=True,
    )
