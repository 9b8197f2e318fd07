"""What `bulwark password …` prints with `--json`."""

from __future__ import annotations

from bulwark.console.documents import Document, Moment


class AppPasswordsDocument(Document, frozen=True, kw_only=True):
    """What became of the app passwords; `state` is `kept`, `revoked`, `partly` or `unread`."""

    state: str
    kept: int
    revoked: int


class PasswordChanged(Document, frozen=True, kw_only=True):
    """The new password holds. `answer_was_lost`: signing in with it showed that.

    `signed_in_again`: the kept sign-in goes on.
    """

    changed: bool
    at: Moment
    answer_was_lost: bool
    signed_in_again: bool
    app_passwords: AppPasswordsDocument


class StrengthDocument(Document, frozen=True, kw_only=True):
    """An estimate: `score` from 0 to 4; the mail server decides when it is saved."""

    score: int
    reason: str
