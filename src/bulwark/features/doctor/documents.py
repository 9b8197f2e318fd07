"""What `bulwark doctor` prints with `--json`."""

from __future__ import annotations

from typing import Literal

from bulwark.console.documents import Document


class CheckDocument(Document, frozen=True, kw_only=True):
    """One check. `check`, `state` and `case` never change, the words may."""

    check: str
    state: Literal["fine", "note", "attention", "broken", "unchecked"]
    case: str
    title: str
    meaning: str
    remedy: str
    facts: dict[str, str]
