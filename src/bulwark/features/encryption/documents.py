"""What `bulwark encryption …` prints with `--json`."""

from __future__ import annotations

from bulwark.console.documents import Document, Moment


class EncryptionDocument(Document, frozen=True, kw_only=True):
    """Whether it is on, how, and with which key; `append`: also what mail programs file themselves."""

    on: bool
    cipher: str = ""
    key: str = ""
    append: bool = False
    spam_training: bool = False


class KeyDocument(Document, frozen=True, kw_only=True):
    """One stored key; what could not be read of it is empty. `warnings` are words such as `ends-soon`."""

    id: str
    name: str
    in_use: bool
    kind: str = ""
    fingerprint: str = ""
    owners: tuple[str, ...] = ()
    algorithm: str = ""
    bits: int | None = None
    ends: Moment | None = None
    warnings: tuple[str, ...] = ()


class Overview(Document, frozen=True, kw_only=True):
    """What `encryption show` prints."""

    encryption: EncryptionDocument
    keys: tuple[KeyDocument, ...]


class Added(Document, frozen=True, kw_only=True):
    """A key that was stored."""

    id: str
    name: str
    fingerprint: str


class Exported(Document, frozen=True, kw_only=True):
    """A stored public key as text."""

    id: str
    key: str


class Proof(Document, frozen=True, kw_only=True):
    """How a message to oneself was stored: `outcome` is `encrypted`, `clear`, `not-arrived` or `not-sent`.

    `refused` is the server's sentence where it was not sent. `opened`: the word in it was typed (None: not asked for).
    `left` are the ids of copies that could not be removed.
    """

    outcome: str
    structure: str
    sent_at: Moment
    subject: str
    refused: str
    opened: bool | None
    left: tuple[str, ...]
