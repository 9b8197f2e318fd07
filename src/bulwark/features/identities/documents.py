"""What `bulwark identities …` prints with `--json`."""

from __future__ import annotations

from bulwark.console.documents import Document


class Box(Document, frozen=True, kw_only=True):
    """An address, and the name before it if there is one."""

    name: str | None
    email: str


class IdentityDocument(Document, frozen=True, kw_only=True):
    """One sender identity."""

    id: str
    name: str
    email: str
    reply_to: tuple[Box, ...]
    bcc: tuple[Box, ...]
    text_signature: str
    html_signature: str


class Written(Document, frozen=True, kw_only=True):
    """The identity that was created or changed. `answer_was_lost`: looking again showed that it was done."""

    id: str
    answer_was_lost: bool


class ChangesDocument(Document, frozen=True, kw_only=True):
    """What `watch` prints, on one line for each change: identities as they are now, and the ids of removed ones."""

    changed: tuple[IdentityDocument, ...]
    removed: tuple[str, ...]
