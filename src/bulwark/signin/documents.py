"""What `sign-in`, `sign-out`, `sign-ins`, `app-passwords` and `api-keys` print with `--json`."""

from __future__ import annotations

from typing import Literal

from bulwark.console.documents import Document, Moment


class SignedIn(Document, frozen=True, kw_only=True):
    """A sign-in that was kept: `kept` is `keyring` or a file's path, `profile` its name on this machine."""

    account: str
    server: str
    profile: str
    kept: str


class SignedOut(Document, frozen=True, kw_only=True):
    """Whether there was a sign-in to forget."""

    signed_out: bool


class KeptSignIn(Document, frozen=True, kw_only=True):
    """One sign-in of this machine; `in_use` is the one that commands take unless told otherwise."""

    profile: str
    account: str
    server: str
    in_use: bool


class Chosen(Document, frozen=True, kw_only=True):
    """Which sign-in commands take from now on."""

    in_use: str


class Credential(Document, frozen=True, kw_only=True):
    """An app password or an API key. `mark` names it in `edit` and `revoke`.

    `scope` is `everything`, `except` (all but `permissions`), `only` (`permissions`), or `unknown`. `ended`: it works
    no more. An empty `allowed_ips` means anywhere.
    """

    mark: str
    name: str
    created_at: Moment | None
    expires_at: Moment | None
    ended: bool
    scope: Literal["everything", "except", "only", "unknown"]
    preset: str | None
    permissions: tuple[str, ...]
    protocols: tuple[str, ...]
    allowed_ips: tuple[str, ...]


class CredentialMade(Document, frozen=True, kw_only=True):
    """A new one, with its secret, which cannot be read again. `total` counts all there are now, where it is known."""

    name: str
    secret: str
    at: Moment
    expires_at: Moment | None
    allowed_ips: tuple[str, ...]
    total: int | None


class CredentialEdited(Document, frozen=True, kw_only=True):
    """How it is now; `changed` is false when it was so before and nothing was sent."""

    changed: bool
    now: Credential


class RevokedItem(Document, frozen=True, kw_only=True):
    """What became of one: `revoked`, `refused` with the reason in `why`, or `unknown`."""

    name: str
    outcome: Literal["revoked", "refused", "unknown"]
    why: str


class Revoked(Document, frozen=True, kw_only=True):
    """What became of each, and how many are left."""

    items: tuple[RevokedItem, ...]
    left: int | None
