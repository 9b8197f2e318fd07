"""What `bulwark admin accounts …` and `bulwark admin keys …` print with `--json`, and tell the panel."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from bulwark.console.documents import Document, Moment

StepName: TypeAlias = Literal["two-factor-reset", "password-forced", "revoked"]
Notice: TypeAlias = Literal["placed", "waits", "unwanted", "unknown"]
_Short: TypeAlias = Annotated[str, msgspec.Meta(max_length=1000)]


class AccountDocument(Document, frozen=True, kw_only=True):
    """One account. `two_factor` is `on`, `off`, `elsewhere` (an external directory) or `impossible` (a group)."""

    id: str
    address: str
    name: str
    kind: str
    roles: tuple[str, ...]
    two_factor: Literal["on", "off", "elsewhere", "impossible"]
    app_passwords: int
    api_keys: int
    password_ends: Moment | None


class SecondaryDocument(Document, frozen=True, kw_only=True):
    """Somebody's app password or API key. `mark` names it in `admin keys revoke`; no networks means anywhere."""

    mark: str
    kind: str
    name: str
    all_rights: bool
    created_at: Moment | None
    expires_at: Moment | None
    allowed_ips: tuple[str, ...]


class PersonDocument(AccountDocument, frozen=True, kw_only=True):
    """One account with its app passwords and API keys."""

    credentials: tuple[SecondaryDocument, ...]


class Step(Document, frozen=True, kw_only=True):
    """A step on somebody's account: `two-factor-reset`, `password-forced` or `revoked`, in words in `what`.

    `done`: the mail server confirmed it; with `--dry-run` it is false, and nothing was sent. `notice`: what became of
    the notice into that person's Inbox; null where no panel was named, or it could not place any.
    """

    step: StepName
    account: str
    what: str
    done: bool
    notice: Notice | None = None


class KeyDocument(SecondaryDocument, frozen=True, kw_only=True):
    """An app password or an API key, and whose it is."""

    account: str


class Report(Document, frozen=True, kw_only=True):
    """What was done to whom, for the panel; `name` and `mark` are those of a credential that was revoked."""

    step: StepName
    account_id: _Short
    name: _Short = ""
    mark: _Short = ""


class Reported(Document, frozen=True, kw_only=True):
    """What became of the notice."""

    notice: Notice
