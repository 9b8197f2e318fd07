"""Everything that can go wrong, in the panel's own words: no HTTP, no JMAP.

The first translation, from the wire to these, is `bulwark.account.refusals`; the second, from these to a page or an
exit status, is one table each in `bulwark.web.error_pages` and `bulwark.cli`.

    BulwarkError
    ├── ServerProblem               the mail server as a whole
    │   ├── ServerUnreachable       no answer; nothing was changed, because nothing was sent or nothing was written
    │   ├── UnsupportedServer       older than 0.16, or no Stalwart
    │   ├── ProtocolBroken          an answer nobody can read
    │   ├── TooManyRequests         the server's own limit, with the seconds to wait
    │   └── AddressBlocked          the server refuses this person's address, or the panel's
    ├── SignInProblem
    │   ├── SignInExpired           the token or the session is dead
    │   ├── SignInRefused           unknown account or wrong password: nobody learns which
    │   ├── SignInNotPermitted      the account lacks `authenticate`
    │   ├── WrongCode               the password is right, the code is not
    │   ├── WrongRecoveryCode       unknown or used up: nobody learns which
    │   ├── RecoveryCodeBusy        right, but somebody is using it at this very moment
    │   ├── AuthenticatorChanged    the recovery code is right, yet its authenticator is not the server's any more
    │   ├── WrongKindOfSecret       an app password or an API key was typed
    │   ├── LoginNotAllowed         the login carries a `%`
    │   ├── ProviderProblem         signing in elsewhere did not work, with the reason
    │   ├── TooManyAttempts         the panel's own limit, with the moment it ends
    │   ├── RecentAuthRequired      step-up is needed
    │   └── AccountSwitched         a form made for another account
    ├── Unavailable                 this section cannot be used, with the reason
    │   ├── PermissionMissing
    │   ├── ManagedElsewhere
    │   └── FeatureAbsent
    ├── Refusal                     the server understood and said no
    │   ├── WrongPassword
    │   ├── WrongPasswordOrCode
    │   ├── CodeRequired
    │   ├── CodeDoesNotMatch        the code is not of the authenticator it should be of: checked by us
    │   ├── WeakPassword
    │   ├── NoPassword
    │   ├── QuotaReached
    │   ├── InUse
    │   ├── Gone
    │   ├── OwnAccount              an administrator's step, aimed at themselves
    │   ├── NotApplied              the answer was lost, and looking showed that nothing was changed
    │   └── Refused                 a text we do not know, shown as the server said it
    │       ├── ForeignAddress      a sender address that is none of the account's
    │       └── CipherUnknown       a way to encrypt that an older server does not know
    ├── OutcomeUnknown              a write whose answer was lost: the third outcome
    ├── StoreUnavailable            the panel's own database: locked, full, gone
    │   └── StoreFromNewerVersion   a newer release has migrated it; this release cannot read it
    └── SealBroken                  a sealed value was changed, belongs elsewhere, or its key is not in the list
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime


# Why signing in elsewhere did not work; each has its sentences in `bulwark.signin.redirect_pages`.
ProviderWhy = Literal[
    "denied", "expired", "state", "issuer", "refused",  # what came back with the person
    "silent", "unreadable", "address", "client", "code", "token",  # between the provider and us
    "server", "mail-server", "not-permitted", "stale", "other-person", "no-address", "foreign",  # what we make of it
]  # fmt: skip


class BulwarkError(Exception):
    """The root of the panel's own errors."""


class ServerProblem(BulwarkError):
    """Something about the mail server as a whole."""


class ServerUnreachable(ServerProblem):
    """The mail server gave no answer. `nothing_changed` is true when nothing that writes had been sent."""

    def __init__(self, *, nothing_changed: bool = True) -> None:
        super().__init__("The mail server does not answer.")
        self.nothing_changed = nothing_changed


class UnsupportedServer(ServerProblem):
    """The server is older than 0.16, or is no Stalwart."""


class ProtocolBroken(ServerProblem):
    """The server's answer could not be read."""


class TooManyRequests(ServerProblem):
    """The server's request limit; `retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("The mail server asks to slow down.")
        self.retry_after = retry_after


class AddressBlocked(ServerProblem):
    """The server refuses every request from an address: the person's own, or the panel's, or not asked yet whose."""

    def __init__(self, whose: Literal["yours", "panel", "unknown"]) -> None:
        super().__init__("The mail server blocks the address.")
        self.whose = whose


class SignInProblem(BulwarkError):
    """Signing in, staying signed in, proving presence."""


class SignInExpired(SignInProblem):
    """The server no longer takes the token, or the panel's session has ended."""


class SignInRefused(SignInProblem):
    """Unknown account or wrong password; the server does not tell them apart and neither do we."""


class SignInNotPermitted(SignInProblem):
    """The account lacks the permission `authenticate`."""


class WrongCode(SignInProblem):
    """The password was right before, the code is not right now."""


class WrongRecoveryCode(SignInProblem):
    """No recovery code of this account, or one that was used up; nobody learns which."""


class RecoveryCodeBusy(SignInProblem):
    """The recovery code is right and is being used by another request just now; it is good again in half a minute."""


class AuthenticatorChanged(SignInProblem):
    """The recovery code is right and the password works, but the server refuses the code computed from it.

    `replacing` is true when the code belongs to a replacement that the server did not take.
    """

    def __init__(self, *, replacing: bool = False) -> None:
        super().__init__("The authenticator is another one now.")
        self.replacing = replacing


class WrongKindOfSecret(SignInProblem):
    """An app password or an API key was typed where the account's password belongs."""

    def __init__(self, kind: Literal["app-password", "api-key"]) -> None:
        super().__init__("A secret of another kind was typed.")
        self.kind = kind


class LoginNotAllowed(SignInProblem):
    """The login carries a `%`, which the server reads as acting for somebody else."""


class ProviderProblem(SignInProblem):
    """Signing in at the provider, or at the mail server's own page, did not work; nothing was changed."""

    def __init__(self, why: ProviderWhy) -> None:
        super().__init__(f"Signing in elsewhere did not work: {why}")
        self.why = why


class TooManyAttempts(SignInProblem):
    """The panel's own limit; `until` is when the next try is allowed."""

    def __init__(self, until: datetime) -> None:
        super().__init__("Too many attempts.")
        self.until = until


class RecentAuthRequired(SignInProblem):
    """The action needs a proof of presence not older than ten minutes."""


class AccountSwitched(SignInProblem):
    """The form was made for another account than the one signed in now; `made_for` is that account's mark.

    With `answer`, the browser left the account while its form was under way: there the account shows what came of it.
    """

    def __init__(self, made_for: str, *, answer: str = "") -> None:
        super().__init__("The form belongs to another account.")
        self.made_for = made_for
        self.answer = answer


class Unavailable(BulwarkError):
    """A section or an action that cannot be used, with the reason."""


class PermissionMissing(Unavailable):
    """The account lacks permissions; `names` are the server's own."""

    def __init__(self, *names: str) -> None:
        super().__init__("A permission is missing.")
        self.names = names


class ManagedElsewhere(Unavailable):
    """The account's password and second factor live in an external directory."""


class FeatureAbsent(Unavailable):
    """This edition or version of the server does not have the feature."""


class Refusal(BulwarkError):
    """The server understood the request and said no."""


class WrongPassword(Refusal):
    """The current password is wrong."""


class WrongPasswordOrCode(Refusal):
    """The current password or the code is wrong; the server checks both together and does not say which."""


class CodeRequired(Refusal):
    """The password is right and a code is needed."""


class CodeDoesNotMatch(Refusal):
    """The code was not made by the authenticator it should be of, and nothing was sent.

    `minutes` tells how far the device's clock is ahead (negative: behind) when the code is right for another time,
    0 when it is right for none.
    """

    def __init__(self, minutes: int = 0) -> None:
        super().__init__("The code does not match.")
        self.minutes = minutes


class WeakPassword(Refusal):
    """The new password was refused by the server's policy; `text` is its own sentence."""

    def __init__(self, text: str) -> None:
        super().__init__("The new password was refused.")
        self.text = text


class NoPassword(Refusal):
    """The account has no password of its own that could be changed."""


class QuotaReached(Refusal):
    """No more of this kind; `limit` is the number the server named, if it did."""

    def __init__(self, limit: int | None) -> None:
        super().__init__("The quota is reached.")
        self.limit = limit


class InUse(Refusal):
    """The object is used by others; `by` names them in the server's words."""

    def __init__(self, *by: str) -> None:
        super().__init__("The object is in use.")
        self.by = by


class Gone(Refusal):
    """The object is not there any more, or is another one now."""


class OwnAccount(Refusal):
    """A step for administrators that was aimed at one's own account; one's own pages do it, with one's own proof."""


class NotApplied(Refusal):
    """The answer to a write was lost; reading back showed that the server did not carry it out."""


class Refused(Refusal):
    """A refusal in words we do not know; `text` is shown as the server said it."""

    def __init__(self, text: str) -> None:
        super().__init__("The mail server refused.")
        self.text = text


class ForeignAddress(Refused):
    """A sender address that the server does not count among the account's own."""


class CipherUnknown(Refused):
    """The server does not know the chosen way to encrypt: it is older than 0.16.11."""


class OutcomeUnknown(BulwarkError):
    """A write was sent and its answer was lost: it may have been applied or not."""

    def __init__(self, sent_at: datetime) -> None:
        super().__init__("The answer was lost.")
        self.sent_at = sent_at


class StoreUnavailable(BulwarkError):
    """The database does not serve. `reason` is for the log and the doctor; it carries no values.

    `nothing_changed` is false when a write may have been sent to the mail server before.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The panel's database does not answer: {reason}")
        self.reason = reason
        self.nothing_changed = True


class StoreFromNewerVersion(StoreUnavailable):
    """The database was migrated by a newer release to `revision`."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"a newer release of the panel has changed it (revision {revision}); install that release")
        self.revision = revision


class SealBroken(BulwarkError):
    """A sealed value cannot be opened with the keys, purpose, binding and secret at hand; nothing tells which."""

    def __init__(self) -> None:
        super().__init__("A sealed value cannot be opened.")
