"""The command line's kept sign-in: the server's tokens, in the system keyring, else in a file only its owner may read.

The password is never kept. A profile is named after what the person chose, `default` otherwise, and belongs to one
server and one account.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from stalwart_jmap import Secret, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "bulwark-account-security"


class KeptTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one sign-in; times in seconds since the epoch."""

    server: str
    address: str
    access: str
    refresh: str
    access_ends_at: float

    def tokens(self, now: float) -> Tokens:
        """The tokens, with what is left of the access token's life."""
        return Tokens(
            access=Secret(self.access),
            refresh=Secret(self.refresh),
            expires_in=max(0, int(self.access_ends_at - now)),
        )

    def __repr__(self) -> str:
        """Never the tokens."""
        return f"KeptTokens({self.server}, {self.address})"


def kept(*, server: str, address: str, tokens: Tokens, now: float) -> KeptTokens:
    """What to keep of fresh tokens."""
    return KeptTokens(
        server=server,
        address=address,
        access=tokens.access.reveal(),
        refresh=tokens.refresh.reveal(),
        access_ends_at=now + tokens.expires_in,
    )


@dataclass(frozen=True, slots=True)
class Profiles:
    """Where sign-ins are kept. `folder` holds the file for machines without a keyring."""

    folder: Path
    use_keyring: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Profiles:
        """The usual place: `$XDG_STATE_HOME/bulwark`. Which keyring is used is the `keyring` package's setting."""
        state = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".local" / "state")
        return cls(folder=Path(state) / "bulwark")

    def load(self, profile: str) -> KeptTokens | None:
        """The kept sign-in of a profile, or None."""
        text = self._from_keyring(profile) or self._from_file(profile)
        if text is None:
            return None
        try:
            return msgspec.json.decode(text.encode(), type=KeptTokens)
        except msgspec.DecodeError:
            return None

    def save(self, profile: str, tokens: KeptTokens) -> str:
        """Keep a sign-in; returns where: `keyring` or the file's path."""
        text = msgspec.json.encode(tokens).decode()
        if self._to_keyring(profile, text):
            self._drop_file(profile)
            return "keyring"
        path = self._path(profile)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)  # one that was left over keeps the mode it had
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
        return str(path)

    def forget(self, profile: str) -> bool:
        """Forget a sign-in; whether there was one."""
        had = self.load(profile) is not None
        if self.use_keyring:
            import keyring
            import keyring.errors

            with contextlib.suppress(keyring.errors.KeyringError):
                keyring.delete_password(SERVICE, profile)
        self._drop_file(profile)
        return had

    def _path(self, profile: str) -> Path:
        return self.folder / f"{json.dumps(profile)[1:-1].replace('/', '_')}.json"

    def _from_file(self, profile: str) -> str | None:
        try:
            return self._path(profile).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _drop_file(self, profile: str) -> None:
        self._path(profile).unlink(missing_ok=True)

    def _from_keyring(self, profile: str) -> str | None:
        if not self.use_keyring:
            return None
        import keyring
        import keyring.errors

        try:
            return keyring.get_password(SERVICE, profile)
        except keyring.errors.KeyringError:
            return None

    def _to_keyring(self, profile: str, text: str) -> bool:
        if not self.use_keyring:
            return False
        import keyring
        import keyring.errors

        try:
            keyring.set_password(SERVICE, profile, text)
            return keyring.get_password(SERVICE, profile) == text  # the "null" backend takes all and keeps nothing
        except keyring.errors.KeyringError:
            return False
