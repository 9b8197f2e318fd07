"""`Identity`: the names and addresses a person sends as (RFC 8621, 6).

Stalwart makes missing ones by itself when they are read. A standard object: its capability must be named, an account id
must be given, and it has states, so changes can be followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.errors import SetError
from stalwart_jmap.core.ids import IdentityId
from stalwart_jmap.core.request import Call
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.core.wire import KEEP, Keep, convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from stalwart_jmap.client import StalwartClient
    from stalwart_jmap.core.request import ResultReference

GET: Final = "Identity/get"
SET: Final = "Identity/set"
CHANGES: Final = "Identity/changes"
_NEW: Final = "identity"
NAME_BYTES: Final = 254
"""The longest name, in UTF-8 bytes."""
SIGNATURE_BYTES: Final = 2047
"""The longest signature, in UTF-8 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address with an optional name (RFC 8621, 4.1.2.3)."""

    email: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A sender identity. `reply_to` and `bcc` are empty when unset."""

    id: IdentityId
    name: str
    email: str
    reply_to: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    text_signature: str
    html_signature: str
    may_delete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDraft:
    """What an identity shall be, or what of it shall be different. The address can only be set at creation."""

    email: str | Keep = KEEP
    name: str | Keep = KEEP
    reply_to: tuple[Mailbox, ...] | Keep = KEEP
    bcc: tuple[Mailbox, ...] | Keep = KEEP
    text_signature: str | Keep = KEEP
    html_signature: str | Keep = KEEP

    def to_wire(self) -> dict[str, Any]:
        """Write what is not kept; no mailbox at all is written as null, which clears. Raises ValueError for nothing."""
        wire: dict[str, Any] = {
            "email": self.email,
            "name": self.name,
            "replyTo": _mailboxes(self.reply_to),
            "bcc": _mailboxes(self.bcc),
            "textSignature": self.text_signature,
            "htmlSignature": self.html_signature,
        }
        changed = {key: value for key, value in wire.items() if value is not KEEP}
        if not changed:
            message = "nothing to change"
            raise ValueError(message)
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanges:
    """What happened between two states. `has_more`: ask again from `new_state`."""

    old_state: str
    new_state: str
    has_more: bool
    created: frozenset[IdentityId]
    updated: frozenset[IdentityId]
    destroyed: frozenset[IdentityId]


class _Mailbox(msgspec.Struct):
    email: str
    name: str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    email: str
    name: str = ""
    reply_to: tuple[_Mailbox, ...] | None = None
    bcc: tuple[_Mailbox, ...] | None = None
    text_signature: str = ""
    html_signature: str = ""
    may_delete: bool = True


class _Get(msgspec.Struct, rename="camel"):
    state: str
    entries: list[_Entry] = msgspec.field(name="list")


class _Changes(msgspec.Struct, rename="camel"):
    old_state: str
    new_state: str
    has_more_changes: bool = False
    created: list[str] = []
    updated: list[str] = []
    destroyed: list[str] = []


def get_call(call_id: str = "identities", *, ids: Iterable[IdentityId] | ResultReference | None = None) -> Call:
    """Read some identities, or all: by ids, or by `changes.ref("/updated")`."""
    if ids is None:
        return Call(GET, {}, call_id)
    return Call(GET, {"ids": list(ids) if not hasattr(ids, "result_of") else ids}, call_id)


def changes_call(since_state: str, call_id: str = "identity-changes") -> Call:
    """Ask what happened since a state. Fails with `cannotCalculateChanges` when that is too long ago."""
    return Call(CHANGES, {"sinceState": since_state}, call_id)


def parse(result: Mapping[str, Any]) -> tuple[Identity, ...]:
    """Read the result of `get_call`."""
    return tuple(
        Identity(
            id=IdentityId(entry.id),
            name=entry.name,
            email=entry.email,
            reply_to=_from_wire(entry.reply_to),
            bcc=_from_wire(entry.bcc),
            text_signature=entry.text_signature,
            html_signature=entry.html_signature,
            may_delete=entry.may_delete,
        )
        for entry in convert(result, _Get).entries
    )


def parse_state(result: Mapping[str, Any]) -> str:
    """Read the state that the result of `get_call` describes."""
    return convert(result, _Get).state


def parse_changes(result: Mapping[str, Any]) -> IdentityChanges:
    """Read the result of `changes_call`."""
    wire = convert(result, _Changes)
    return IdentityChanges(
        old_state=wire.old_state,
        new_state=wire.new_state,
        has_more=wire.has_more_changes,
        created=frozenset(map(IdentityId, wire.created)),
        updated=frozenset(map(IdentityId, wire.updated)),
        destroyed=frozenset(map(IdentityId, wire.destroyed)),
    )


def create_call(draft: IdentityDraft, call_id: str = "set") -> Call:
    """Make one; `created_in` reads the answer."""
    return Call(SET, {"create": {_NEW: draft.to_wire()}}, call_id)


def update_call(identity_id: IdentityId, draft: IdentityDraft, call_id: str = "set") -> Call:
    """Change one; `updated_in` reads the answer."""
    return Call(SET, {"update": {identity_id: draft.to_wire()}}, call_id)


def destroy_call(identity_id: IdentityId, call_id: str = "set") -> Call:
    """Delete one; `destroyed_in` reads the answer."""
    return Call(SET, {"destroy": [identity_id]}, call_id)


def created_in(result: Mapping[str, Any], *, sent_at: datetime) -> IdentityId | SetError:
    """Read the answer to `create_call`. Raises `OutcomeUnknown` when it names nothing, as the two below do."""
    created = parse_set(dict(result), sent_at=sent_at).created_as(_NEW)
    return created if isinstance(created, SetError) else IdentityId(str(created["id"]))


def updated_in(result: Mapping[str, Any], identity_id: IdentityId, *, sent_at: datetime) -> SetError | None:
    """Read the answer to `update_call`: None means that the server named the identity as updated."""
    return parse_set(dict(result), sent_at=sent_at).update_of(identity_id)


def destroyed_in(result: Mapping[str, Any], identity_id: IdentityId, *, sent_at: datetime) -> SetError | None:
    """Read the answer to `destroy_call`: None means that the server named the identity as destroyed."""
    return parse_set(dict(result), sent_at=sent_at).destruction_of(identity_id)


async def create(client: StalwartClient, draft: IdentityDraft) -> IdentityId | SetError:
    """Create one and give its id; `draft.email` must be an address of the account.

    Raises `OutcomeUnknown`, `MethodError`, as do the two below.
    """
    result = await client.write(Call(SET, {"create": {_NEW: draft.to_wire()}}, "create"))
    created = result.created_as(_NEW)
    return created if isinstance(created, SetError) else IdentityId(str(created["id"]))


async def update(client: StalwartClient, identity_id: IdentityId, draft: IdentityDraft) -> SetError | None:
    """Change one; None means that the server named it as updated."""
    result = await client.write(Call(SET, {"update": {identity_id: draft.to_wire()}}, "update"))
    return result.update_of(identity_id)


async def destroy(client: StalwartClient, identity_id: IdentityId) -> SetError | None:
    """Remove one; None means that the server named it as destroyed."""
    result = await client.write(Call(SET, {"destroy": [identity_id]}, "destroy"))
    return result.destruction_of(identity_id)


def _mailboxes(boxes: tuple[Mailbox, ...] | Keep) -> list[dict[str, str | None]] | Keep | None:
    if boxes is KEEP:
        return KEEP
    return [{"name": box.name, "email": box.email} for box in boxes] or None


def _from_wire(boxes: tuple[_Mailbox, ...] | None) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(email=box.email, name=box.name) for box in boxes or ())
