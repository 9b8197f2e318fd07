"""Just enough mail for notices and for the proof of encryption: five mailboxes, messages, delivery to oneself.

Nothing is really encrypted: a delivered message gets the body structure that the real server gives an encrypted one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from stalwart_sandbox.changes import ChangeLog

Json = dict[str, Any]

INBOX: Final = "a"
JUNK: Final = "c"
_FOLDERS: Final[dict[str, tuple[str, str | None]]] = {
    "e": ("Sent Items", "sent"),
    "d": ("Drafts", "drafts"),
    "a": ("Inbox", "inbox"),
    "c": ("Junk Mail", "junk"),
    "b": ("Deleted Items", "trash"),
}


@dataclass(slots=True, kw_only=True)
class Message:
    """A stored message; `headers` holds the properties that were asked for on creation."""

    mailboxes: dict[str, bool]
    keywords: dict[str, bool]
    received_at: str
    message_id: str
    properties: Json
    body_values: Json
    structure: Json
    preview: str | None
    size: int
    blob: str


@dataclass(slots=True)
class Mailbox:
    """One account's messages by number, and its folders by id with name and role."""

    messages: dict[int, Message] = field(default_factory=dict)
    folders: dict[str, tuple[str, str | None]] = field(default_factory=lambda: dict(_FOLDERS))
    submissions: dict[int, Json] = field(default_factory=dict)
    log: ChangeLog = field(default_factory=ChangeLog)
    submission_log: ChangeLog = field(default_factory=ChangeLog)
    _count: int = 0

    def next_number(self) -> int:
        """A number for a new message: its thread above, its own count below."""
        self._count += 1
        return self._count << 32 | self._count

    def is_duplicate(self, message_id: str) -> bool:
        """Whether a delivery would be dropped: the same Message-ID lies in the Inbox or in Junk."""
        return any(
            message.message_id == message_id and (INBOX in message.mailboxes or JUNK in message.mailboxes)
            for message in self.messages.values()
        )


def encrypted_structure(kind: str, *, openpgp: bool) -> Json:
    """The body structure of a message encrypted on delivery, for an algorithm name of AccountSettings."""
    if openpgp:
        parts = [("application/pgp-encrypted", None), ("application/octet-stream", "encrypted.asc")]
        return {
            "type": "multipart/encrypted",
            "size": 0,
            "subParts": [
                {"partId": str(place), "type": type_, "name": name, "size": 0}
                for place, (type_, name) in enumerate(parts, start=1)
            ],
        }
    smime = "authenticated-enveloped-data" if kind in {"Aes256Gcm", "ChaCha20Poly1305"} else "enveloped-data"
    return {
        "partId": "0",
        "type": "application/pkcs7-mime",
        "name": "smime.p7m",
        "size": 0,
        "smime-type": smime,
    }
