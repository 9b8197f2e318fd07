"""A test message to oneself, and how the server stored it (RFC 8621; Stalwart's encryption at rest).

Law, as seen on a real server: the draft lies in Drafts, never in the Inbox, for a delivered message whose Message-ID is
still found in the Inbox is dropped as a duplicate. The submission removes the draft at once. The delivered copy is
found by its folder and its random subject, because a search by subject may lag behind. Subject, sender, recipients and
date stay readable; the body's type tells whether it was encrypted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NewType

import msgspec

from stalwart_jmap.core.errors import SetError
from stalwart_jmap.core.request import Call, creation_reference
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.core.wire import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stalwart_jmap.core.ids import IdentityId
    from stalwart_jmap.core.response import Response

EmailId = NewType("EmailId", str)
MailboxId = NewType("MailboxId", str)

ENCRYPTED_TYPES: Final = frozenset({"multipart/encrypted", "application/pkcs7-mime"})
"""The types of a message that was encrypted on delivery, by OpenPGP and by S/MIME."""
_DRAFT: Final = "draft"
_SENT: Final = "sent"
_LATEST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofMessage:
    """What is sent: a plain text from one of one's own addresses to the same address."""

    address: str
    name: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as the server keeps it; `type` is that of the whole body."""

    id: EmailId
    subject: str
    type: str

    @property
    def is_encrypted(self) -> bool:
        """Whether the body was encrypted when it was stored."""
        return self.type in ENCRYPTED_TYPES


class _Ids(msgspec.Struct):
    ids: list[str]


class _Part(msgspec.Struct):
    type: str = ""


class _Entry(msgspec.Struct, rename="camel"):
    id: str
    subject: str | None = None
    body_structure: _Part | None = None


class _Get(msgspec.Struct, rename="camel"):
    entries: list[_Entry] = msgspec.field(name="list")


def mailbox_call(role: str, call_id: str) -> Call:
    """Find the mailbox with a role: `drafts`, `inbox`, `junk`."""
    return Call("Mailbox/query", {"filter": {"role": role}}, call_id)


def parse_mailbox(result: Mapping[str, Any]) -> MailboxId | None:
    """Read the result of `mailbox_call`: None when there is none."""
    found = convert(result, _Ids).ids
    return MailboxId(found[0]) if found else None


def send_calls(message: ProofMessage, *, drafts: MailboxId, identity: IdentityId) -> tuple[Call, Call]:
    """Write the draft, send it, and remove it in the same breath."""
    person = {"name": message.name, "email": message.address}
    email = {
        "mailboxIds": {drafts: True},
        "keywords": {"$draft": True},
        "from": [person],
        "to": [{"email": message.address}],
        "subject": message.subject,
        "bodyValues": {"text": {"value": message.text}},
        "textBody": [{"partId": "text", "type": "text/plain"}],
    }
    submission = {"emailId": creation_reference(_DRAFT), "identityId": identity}
    return (
        Call("Email/set", {"create": {_DRAFT: email}}, _DRAFT),
        Call(
            "EmailSubmission/set",
            {"create": {_SENT: submission}, "onSuccessDestroyEmail": [creation_reference(_SENT)]},
            _SENT,
        ),
    )


def parse_sent(response: Response) -> tuple[EmailId | None, SetError | None]:
    """Read the answer to `send_calls`: the draft that is still there (None: removed), and why it was not sent.

    Raises `MethodError` when one of the calls failed as a whole, `OutcomeUnknown` when the answer names nothing.
    """
    drafted = parse_set(response[_DRAFT], sent_at=response.sent_at).created_as(_DRAFT)
    if isinstance(drafted, SetError):
        return None, drafted
    draft = EmailId(str(drafted["id"]))
    sent = parse_set(response[_SENT], sent_at=response.sent_at).created_as(_SENT)
    if isinstance(sent, SetError):
        return draft, sent
    removed = any(
        name == "Email/set" and draft in parse_set(result, sent_at=response.sent_at).destroyed
        for name, result in response.all(_SENT)[1:]
    )
    return (None if removed else draft), None


def latest_calls(mailbox: MailboxId, call_id: str) -> tuple[Call, Call]:
    """Read subject and body type of the latest messages of a mailbox; the second call's result is for `parse`."""
    query = Call(
        "Email/query",
        {
            "filter": {"inMailbox": mailbox},
            "sort": [{"property": "receivedAt", "isAscending": False}],
            "limit": _LATEST,
        },
        f"{call_id}-ids",
    )
    return query, Call(
        "Email/get",
        {
            "ids": query.ref("/ids"),
            "properties": ["id", "subject", "bodyStructure"],
            "bodyProperties": ["type", "subParts"],
        },
        call_id,
    )


def parse(result: Mapping[str, Any]) -> tuple[StoredMessage, ...]:
    """Read the result of the second of `latest_calls`."""
    return tuple(
        StoredMessage(
            id=EmailId(entry.id),
            subject=entry.subject or "",
            type=(entry.body_structure.type if entry.body_structure else "").lower(),
        )
        for entry in convert(result, _Get).entries
    )


def destroy_call(ids: Iterable[EmailId], call_id: str = "destroy") -> Call:
    """Delete messages for good."""
    return Call("Email/set", {"destroy": list(ids)}, call_id)


def parse_destroyed(response: Response, call_id: str = "destroy") -> frozenset[EmailId]:
    """Read which messages the server named as deleted."""
    return frozenset(map(EmailId, parse_set(response[call_id], sent_at=response.sent_at).destroyed))
