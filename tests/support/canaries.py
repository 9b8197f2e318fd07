"""Secrets that can be recognised, and the watch that looks for them where no secret may ever be.

Every password of a test account carries `MARK`, so one search finds it raw, form-encoded (the mark has no letter that
would be escaped) and in base64 at any alignment. Tokens and credentials of the server are recognised by their shape.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from stalwart_sandbox import Sandbox

MARK = "cAnArY9"
# Each has letters that forms, URLs and headers must escape, and is strong enough for the server's own policy.
PASSWORD = f"{MARK} velvet+tractor & ünder 41%"
NEW_PASSWORD = f"{MARK} marble/orchid = 77 ørbit"
WRONG_PASSWORD = f"{MARK} not this one, ever"
ADMIN_PASSWORD = f"{MARK} keeper of all doors 12"
# RFC 4648 base32, 20 bytes, as authenticator apps hold it.
TOTP_SECRET = "CANARYCANARYCANARYCANARYCANARY24"
OTHER_TOTP_SECRET = "CANARYCANARYCANARYCANARYCANARY35"

# The mark at offset 0, 1 and 2 of a base64 group, less the letters that its neighbours touch.
_BASE64_OF_MARK = ("Y0FuQXJZO", "NBbkFyWT", "jQW5Bclk5")
_PASSWORDS = re.compile("|".join((MARK, *_BASE64_OF_MARK)).encode())
_TOKENS = re.compile(
    rb"sw1\.[A-Za-z0-9_.-]{24,}"  # access, refresh and code tokens of the server
    rb"|app_[a-z0-9]{36}|API_[A-Za-z0-9_-]{38}"  # app passwords and API keys
    rb"|CANARYCANARY[A-Z2-7]+"
)
_DATABASE_SUFFIXES = ("-wal", "-journal", ".log")
_NEAR = 48  # characters shown around a find


class Watch:
    """Collects what was found where it must not be; `leaks` are sentences for a person."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self._further: list[bytes] = []

    def add(self, secret: str) -> None:
        """Also look for this secret, wherever tokens are looked for."""
        self._further.append(secret.encode())

    def see(self, where: str, data: bytes | str, *, tokens: bool = True) -> None:
        """Look at `data`; with `tokens` false only passwords count (a page may show a new credential once)."""
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        found = _PASSWORDS.search(raw)
        if found is None and tokens:
            found = _TOKENS.search(raw)
        if found is not None:
            self._tell(where, raw, found.start())
            return
        for secret in self._further if tokens else ():
            if (start := raw.find(secret)) >= 0:
                self._tell(where, raw, start)

    def see_databases(self, folder: Path) -> None:
        """Look into every SQLite file, its journals, and every log file below a folder."""
        for path in folder.rglob("*"):
            if not path.is_file():
                continue
            with path.open("rb") as file:
                is_database = file.read(16) == b"SQLite format 3\x00"
            if is_database or path.name.endswith(_DATABASE_SUFFIXES):
                self.see(f"the bytes of {path.name}", path.read_bytes())

    def see_mailboxes(self, sandbox: Sandbox) -> None:
        """Look into every message of the stand-in's mailboxes: what the panel placed there must carry no secret."""
        for account in sandbox.state.accounts.values():
            messages = account.mailbox.messages if account.mailbox is not None else {}
            for message in messages.values():
                self.see(f"a message to {account.name}", json.dumps([message.properties, message.body_values]))

    def _tell(self, where: str, raw: bytes, start: int) -> None:
        near = raw[max(0, start - _NEAR) : start + _NEAR]
        self.leaks.append(f"{where}: …{near.decode('utf-8', 'backslashreplace')}…")
