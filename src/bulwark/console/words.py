"""Every error in one sentence for the terminal: what did not happen, why, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.console.output import local_time
from bulwark.language import _, ngettext, series

if TYPE_CHECKING:
    from bulwark.errors import BulwarkError


def sentence_for(error: BulwarkError) -> str:  # noqa: C901, PLR0912 - one branch per error is the table itself
    """The sentence of an error, in the language in force."""
    match error:
        case errors.ServerUnreachable():
            if error.nothing_changed:
                return _("The mail server does not answer. Nothing was changed.")
            return _("The mail server does not answer. We do not know whether anything was changed.")
        case errors.UnsupportedServer():
            return _(
                "Account security management is not available for this mail server: it needs Stalwart 0.16 or newer."
            )
        case errors.ProtocolBroken():
            return _("The mail server sent an answer that cannot be read.")
        case errors.TooManyRequests():
            return _("The mail server asks to wait %(n)s seconds. Nothing was changed.", n=error.retry_after)
        case errors.AddressBlocked():
            return _("The mail server blocks this address. Ask your administrator to lift the block.")
        case errors.SignInExpired():
            return _("You are not signed in any more. Run: bulwark sign-in")
        case errors.SignInRefused():
            return _("Not signed in. The email address or the password is wrong. Use your main password.")
        case errors.SignInNotPermitted():
            return _("Not signed in. This account lacks the permission “authenticate”.")
        case errors.WrongCode():
            return _("Not signed in. This code is not right, or it is too old. Wait for the next one.")
        case errors.WrongRecoveryCode():
            return _("This recovery code is not right, or it was used before. Try another one from your list.")
        case errors.RecoveryCodeBusy():
            return _("This recovery code is being used just now. It was not used up: wait half a minute and try again.")
        case errors.AuthenticatorChanged():
            return _(
                "The recovery code was not used up, but it does not help: the authenticator app was changed somewhere"
                " else. Use the app that was set up last, or ask your administrator."
            )
        case errors.WrongKindOfSecret():
            return _("This was made for an app or a script. Sign in with your account password.")
        case errors.LoginNotAllowed():
            return _("An email address here must not contain a percent sign.")
        case errors.ProviderProblem():
            return f"{_('Signing in elsewhere did not work')}."
        case errors.TooManyAttempts():
            return _("Too many attempts. You can try again at %(time)s.", time=local_time(error.until))
        case errors.PermissionMissing():
            names = series(error.names)
            return _("Not possible. Your account lacks: %(names)s. Your administrator can give it.", names=names)
        case errors.ManagedElsewhere():
            return _("Not possible here. Your password lives in an external directory.")
        case errors.FeatureAbsent():
            return _("This mail server does not have this feature.")
        case errors.WrongPassword():
            return _("Not saved. This is not your current password.")
        case errors.WrongPasswordOrCode():
            return _("Not saved. The password or the code is wrong; the server does not say which.")
        case errors.CodeRequired():
            return _("Not saved. Two-factor authentication is on, so a code is needed.")
        case errors.CodeDoesNotMatch():
            return _code_does_not_match(error.minutes)
        case errors.WeakPassword():
            return _("Not saved. The server refused it: “%(text)s”", text=error.text)
        case errors.NoPassword():
            return _("Not saved. This account has no password of its own.")
        case errors.QuotaReached():
            return _("Not created. The server allows no more of these. Revoke one first.")
        case errors.InUse():
            return _("Not removed. It is in use by: %(names)s.", names=series(error.by))
        case errors.Gone():
            return _("It is not there any more, or it is another one now. Read the list again.")
        case errors.OwnAccount():
            return _("This is your own account. Your own pages do this, and ask for your password.")
        case errors.NotApplied():
            return _("Not saved. The connection broke, and looking again showed that nothing was changed.")
        case errors.Refused():
            return _("The server refused it: “%(text)s”", text=error.text)
        case errors.OutcomeUnknown():
            sent = local_time(error.sent_at)
            return _(
                "We do not know whether it was done. It was sent at %(time)s and the answer was lost."
                " We did not send it a second time.",
                time=sent,
            )
        case errors.StoreUnavailable():
            return _("The panel’s own database does not answer. Nothing was changed.")
        case errors.SealBroken():
            return _("This is our fault, not yours")
        case _:
            return _("It did not work.")


def _code_does_not_match(minutes: int) -> str:
    if not minutes:
        return _("This code does not match, and nothing was changed. Wait for the next code and try again.")
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
