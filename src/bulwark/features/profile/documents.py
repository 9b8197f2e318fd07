"""What `bulwark profile …` prints with `--json`."""

from __future__ import annotations

from bulwark.console.documents import Document


class ProfileDocument(Document, frozen=True, kw_only=True):
    """Name, language and time zone on the mail server."""

    name: str
    language: str
    time_zone: str


class ProfileSaved(ProfileDocument, frozen=True, kw_only=True):
    """How it is now, what was saved, and what was refused, with the reason."""

    saved: tuple[str, ...]
    refused: dict[str, str]
