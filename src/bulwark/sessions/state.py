"""What a session keeps, sealed: tokens, the account behind them, its rights. And what the list of sessions shows."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

import stalwart_jmap as jmap
from bulwark.account.rights import Rights
from bulwark.account.token_source import TokenSource  # noqa: TC001 - msgspec reads the annotations at run time
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.account.entry import SignedIn
    from stalwart_jmap import Tokens


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A form that waits for step-up: where it was sent, what it carried, and when it is forgotten (epoch seconds)."""

    path: str
    fields: list[tuple[str, str]]
    purpose: str
    ends_at: float

    @property
    def mark(self) -> str:
        """An opaque name, so that a second tab cannot make the wrong form go through."""
        return hashlib.sha256(b"carried" + msgspec.json.encode(self)).hexdigest()[:20]

    def __repr__(self) -> str:
        """Never what was typed."""
        return f"Carried({self.path})"


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """The part only this browser's cookie opens: sealed with the master key and the session's id."""

    address: str
    access: str
    refresh: str
    access_ends_at: float  # seconds since the epoch, our clock
    account_id: str
    api_path: str
    event_source_path: str
    jmap_state: str
    permissions: frozenset[str]
    edition: str
    locale: str
    rights_read_at: float
    language: str = ""  # as the account prefers it, such as `de_DE`
    time_zone: str = ""
    receipt: dict[str, object] | None = None  # what the last write did, until the next one; never a secret
    answer: str = ""  # where the form led that gave the session its latest id
    carried: Carried | None = None
    enrolment: str = ""  # the key to what waits between the steps of a set-up (`account.enrolment`)
    signed_in_as: str = ""  # the login as it was typed: an alias, say
    opened: str = ""  # the key to the authenticator that a recovery code opened at sign-in
    source: TokenSource | None = None  # who signed the person in, where that was not the panel's own form
    narrow_seen: bool = False  # the password was changed here and the rights stayed narrow: the ordinary reasons apply

    @property
    def rights(self) -> Rights:
        """The rights as last read."""
        return Rights(
            permissions=self.permissions,
            edition=self.edition,
            locale=self.locale,
            read_at=datetime.fromtimestamp(self.rights_read_at, UTC),
        )

    @property
    def jmap(self) -> jmap.Session:
        """The JMAP session document's facts."""
        return jmap.Session(
            account_id=self.account_id,
            username=self.address,
            api_path=self.api_path,
            event_source_path=self.event_source_path,
            state=self.jmap_state,
        )

    def encode(self) -> bytes:
        """The bytes to seal."""
        return msgspec.json.encode(self)

    def with_changes(self, before: SessionState, after: SessionState) -> SessionState:
        """This state with every field that differs between two others as the later one has it."""
        changed = {
            name: getattr(after, name)
            for name in self.__struct_fields__
            if getattr(after, name) != getattr(before, name)
        }
        return msgspec.structs.replace(self, **changed)

    def with_tokens(self, tokens: Tokens, now: datetime) -> SessionState:
        """The same session with newer tokens."""
        return msgspec.structs.replace(
            self,
            access=tokens.access.reveal(),
            refresh=tokens.refresh.reveal(),
            access_ends_at=now.timestamp() + tokens.expires_in,
        )

    def with_rights(self, rights: Rights) -> SessionState:
        """The same session with newer rights."""
        return msgspec.structs.replace(
            self,
            permissions=rights.permissions,
            edition=rights.edition,
            locale=rights.locale,
            rights_read_at=rights.read_at.timestamp(),
        )

    def __repr__(self) -> str:
        """Never the tokens."""
        return f"SessionState({self.address})"


class Waits(NamedTuple):
    """The keys to what waits in a session that begins: a set-up under way, an authenticator that was just opened."""

    enrolment: Secret
    opened: Secret


NOTHING_WAITS = Waits(enrolment=Secret(""), opened=Secret(""))


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of sessions tells of one: sealed with the master key alone."""

    address: str  # the network address it was signed in from
    device: str


def from_sign_in(signed_in: SignedIn, now: datetime, before: SessionState | None = None) -> SessionState:
    """The state of a session that begins now, or goes on after a new sign-in with what waited in it `before`."""
    tokens = signed_in.tokens
    rights = signed_in.rights
    return SessionState(
        address=signed_in.session.username,
        access=tokens.access.reveal(),
        refresh=tokens.refresh.reveal(),
        access_ends_at=now.timestamp() + tokens.expires_in,
        account_id=signed_in.session.account_id,
        api_path=signed_in.session.api_path,
        event_source_path=signed_in.session.event_source_path,
        jmap_state=signed_in.session.state,
        permissions=rights.permissions,
        edition=rights.edition,
        locale=rights.locale,
        rights_read_at=rights.read_at.timestamp(),
        language=rights.locale,
        time_zone=signed_in.time_zone,
        enrolment=before.enrolment if before is not None else "",
        opened=before.opened if before is not None else "",
        signed_in_as=before.signed_in_as if before is not None else "",
        source=before.source if before is not None else signed_in.source,
    )


def decode_state(data: bytes) -> SessionState:
    """Read what `encode` wrote."""
    return msgspec.json.decode(data, type=SessionState)


def decode_shown(data: bytes) -> Shown:
    """Read what was sealed for the list."""
    return msgspec.json.decode(data, type=Shown)
