"""Addresses as people type them, one or several, with a name or without: `Archive <archive@example.org>, a@b.example`.

Strict where mail headers are in danger: a line break or any other control character is never let through.
"""

from __future__ import annotations

import re
import unicodedata

from stalwart_jmap import Mailbox

MAX_ADDRESS = 254  # bytes (RFC 5321, 4.5.3.1.3)
MAX_BOXES = 20
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,."]')
_LOCAL = r"[^\s@<>()\[\]:;,\\\"]+"
_ADDRESS = re.compile(rf"{_LOCAL}@[^\s@<>()\[\]:;,\\\"]+\.[^\s@<>()\[\]:;,\\\".]+")
_NAMED = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|([^"<>]*?))\s*<([^<>]*)>')


class Unreadable(ValueError):
    """The text is no list of addresses; `part` is the piece that is none, as typed."""

    def __init__(self, part: str) -> None:
        super().__init__("no address")
        self.part = part


def is_address(text: str) -> bool:
    """Whether a text has the shape of one mail address."""
    return bool(_ADDRESS.fullmatch(text)) and len(text.encode()) <= MAX_ADDRESS and not has_control_letters(text)


def has_control_letters(text: str) -> bool:
    """Whether a text holds line breaks or other characters that no name and no address may hold."""
    return any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text)


def parse(text: str) -> tuple[Mailbox, ...]:
    """Read a list of addresses, separated by commas; nothing typed is no address at all.

    Raises:
        Unreadable: a piece is no address, there are too many, or there is a line break.
    """
    typed = text.strip()
    if has_control_letters(typed):
        raise Unreadable(next(iter(typed.splitlines()), ""))
    boxes = tuple(_box(part) for part in _split(typed) if part.strip())
    if len(boxes) > MAX_BOXES:
        raise Unreadable(boxes[MAX_BOXES].email)
    return boxes


def written(boxes: tuple[Mailbox, ...]) -> str:
    """Addresses as they are typed; `parse` reads it back."""
    return ", ".join(_one(box) for box in boxes)


def _one(box: Mailbox) -> str:
    if not box.name:
        return box.email
    if not _SPECIAL.search(box.name):
        return f"{box.name} <{box.email}>"
    quoted = box.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{box.email}>'


def _split(text: str) -> list[str]:
    """The pieces between commas; a comma inside quotes separates nothing."""
    parts, start, quoted, escaped = [], 0, False, False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _box(part: str) -> Mailbox:
    text = part.strip()
    named = _NAMED.fullmatch(text)
    if named is None:
        email, name = text, None
    else:
        quoted, plain, email = named.groups()
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip()
        email = email.strip()
    if not is_address(email):
        raise Unreadable(text)
    return Mailbox(email=email, name=name or None)
