"""The command line's kept sign-ins: the server's tokens, in the system keyring, else in a file only its owner may read.

The password is never kept. A profile is named after what the person chose, `default` otherwise, and belongs to one
server and one account. An index beside the files knows the names, because a keyring does not tell them, and which one
is in use.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec

from bulwark.console import private_files
from stalwart_jmap import Secret, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "bulwark-account-security"
DEFAULT = "default"
_ENDING = ".json"


class KeptTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one sign-in; times in seconds since the epoch.

    `token_endpoint` and `client_id` are those of the provider that signed the account in, empty for the mail server.
    """

    server: str
    address: str
    access: str
    refresh: str
    access_ends_at: float
    token_endpoint: str = ""
    client_id: str = ""

    def tokens(self, now: float) -> Tokens:
        """The tokens, with what is left of the access token's life."""
        return Tokens(
            access=Secret(self.access),
            refresh=Secret(self.refresh),
            expires_in=max(0, int(self.access_ends_at - now)),
        )

    def with_tokens(self, tokens: Tokens, now: float) -> KeptTokens:
        """The same sign-in with fresh tokens."""
        return msgspec.structs.replace(
            self,
            access=tokens.access.reveal(),
            refresh=tokens.refresh.reveal(),
            access_ends_at=now + tokens.expires_in,
        )

    def __repr__(self) -> str:
        """Never the tokens."""
        return f"KeptTokens({self.server}, {self.address})"


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    in_use: str = DEFAULT
    names: tuple[str, ...] = ()


def kept(*, server: str, address: str, tokens: Tokens, now: float, by: tuple[str, str] = ("", "")) -> KeptTokens:
    """What to keep of fresh tokens; `by` is the provider's token endpoint and our name there."""
    return KeptTokens(
        server=server,
        address=address,
        access="",
        refresh="",
        access_ends_at=0,
        token_endpoint=by[0],
        client_id=by[1],
    ).with_tokens(tokens, now)


@dataclass(frozen=True, slots=True)
class Profiles:
    """Where sign-ins are kept. `folder` holds the files for machines without a keyring, and the index."""

    folder: Path
    use_keyring: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Profiles:
        """The usual place: `$XDG_STATE_HOME/bulwark`. Which keyring is used is the `keyring` package's setting."""
        state = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".local" / "state")
        return cls(folder=Path(state) / "bulwark")

    def load(self, profile: str) -> KeptTokens | None:
        """The kept sign-in of a profile, or None."""
        text = self._from_keyring(profile) or private_files.read(self._path(profile))
        if text is None:
            return None
        try:
            return msgspec.json.decode(text.encode(), type=KeptTokens)
        except msgspec.DecodeError:
            return None

    def save(self, profile: str, tokens: KeptTokens) -> str:
        """Keep a sign-in; returns where: `keyring` or the file's path.

        Raises:
            OSError: there is no keyring, and the file cannot be written.
        """
        text = msgspec.json.encode(tokens).decode()
        if self._to_keyring(profile, text):
            self._path(profile).unlink(missing_ok=True)
            self._note(profile)
            return "keyring"
        private_files.write(self._path(profile), text)
        return str(self._path(profile))

    def forget(self, profile: str) -> bool:
        """Forget a sign-in; whether there was one."""
        had = self.load(profile) is not None
        if self.use_keyring:
            import keyring
            import keyring.errors

            with contextlib.suppress(keyring.errors.KeyringError):
                keyring.delete_password(SERVICE, profile)
        self._path(profile).unlink(missing_ok=True)
        index = self._index()
        names = tuple(name for name in index.names if name != profile)
        left = _Index(in_use=DEFAULT if index.in_use == profile else index.in_use, names=names)
        if left == _Index():
            self._index_path.unlink(missing_ok=True)
        elif left != index:
            self._write_index(left)
        return had

    def names(self) -> tuple[str, ...]:
        """Every profile that may hold a sign-in, without opening the keyring."""
        files = (unquote(path.name.removesuffix(_ENDING)) for path in self.folder.glob(f"*{_ENDING}"))
        return tuple(sorted({*files, *self._index().names}))

    def in_use(self) -> str:
        """The profile that commands take unless told otherwise."""
        return self._index().in_use

    def use(self, profile: str) -> None:
        """Let commands take this profile from now on.

        Raises:
            OSError: that cannot be kept.
        """
        self._write_index(msgspec.structs.replace(self._index(), in_use=profile))

    def _path(self, profile: str) -> Path:
        return self.folder / f"{quote(profile, safe='@+ ')}{_ENDING}"

    def _note(self, profile: str) -> None:
        """Remember a name that only the keyring knows."""
        index = self._index()
        if profile not in index.names:
            self._write_index(msgspec.structs.replace(index, names=(*index.names, profile)))

    @property
    def _index_path(self) -> Path:
        return self.folder / "index"

    def _index(self) -> _Index:
        text = private_files.read(self._index_path)
        try:
            return _Index() if text is None else msgspec.json.decode(text.encode(), type=_Index)
        except msgspec.DecodeError:
            return _Index()

    def _write_index(self, index: _Index) -> None:
        private_files.write(self._index_path, msgspec.json.encode(index).decode())

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
