"""The file of master keys: one base64url key of 32 bytes a line; the first seals, all open.

Blank lines and lines that begin with `#` are skipped. A file that others may read is refused, because it opens what the
panel's database keeps sealed. Losing the file loses every session and every recovery code, so it belongs into the
backup, apart from the database.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from typing import TYPE_CHECKING

from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=?", re.ASCII)
HOW_TO_MAKE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


class MasterKeyFileError(Exception):
    """The file cannot be used; the text says what to do about it and never carries a key."""


def new_master_key() -> Secret:
    """A fresh key of 32 random bytes in base64url without padding."""
    return Secret(secrets.token_urlsafe(KEY_BYTES))


def key_bytes(key: Secret) -> bytes:
    """The 32 bytes of a key; raises `ValueError` when the text is no such key."""
    text = key.reveal()
    if not _KEY.fullmatch(text):
        raise ValueError("a master key is 32 bytes in base64url")
    return base64.urlsafe_b64decode(text.rstrip("=") + "=")


def read(path: Path) -> tuple[Secret, ...]:
    """The keys in the file, the sealing one first; raises `MasterKeyFileError` with the remedy."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise MasterKeyFileError(f"{path} is not a file. Name a file with one key a line.")
            if stat.S_IMODE(mode) & 0o077:
                raise MasterKeyFileError(f"{path} may be read by other people of this machine. Run: chmod 600 {path}")
            lines = file.read().splitlines()
    except OSError as error:
        raise MasterKeyFileError(
            f"{path} cannot be read ({error.strerror}). The panel's own user must own it."
        ) from error
    except UnicodeDecodeError:
        raise MasterKeyFileError(f"{path} holds something else than keys. Make one with: {HOW_TO_MAKE}") from None
    return _keys(path, lines)


def read_or_make(path: Path) -> tuple[Secret, ...]:
    """The keys in the file, which is made with one fresh key and mode 0600 when it is absent.

    Several processes may start at once: the file appears complete or not at all, and the first one made holds.
    """
    if not is_there(path):
        _make(path)
    return read(path)


def is_there(path: Path) -> bool:
    """Whether the file exists; true also where that cannot be found out, so that `read` says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _keys(path: Path, lines: list[str]) -> tuple[Secret, ...]:
    keys: list[Secret] = []
    seen: set[bytes] = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            raw = key_bytes(Secret(text))
        except ValueError:
            raise MasterKeyFileError(
                f"Line {number} of {path} is not a key of 32 bytes in base64url. Make one with: {HOW_TO_MAKE}",
            ) from None
        if raw in seen:
            raise MasterKeyFileError(f"Line {number} of {path} repeats a key. Remove that line.")
        seen.add(raw)
        keys.append(Secret(text))
    if not keys:
        raise MasterKeyFileError(
            f"{path} holds no key. Remove it to have one made, or add one made with: {HOW_TO_MAKE}"
        )
    return tuple(keys)


def _make(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(new_master_key().reveal() + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                return  # another process was first, and its key holds
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise MasterKeyFileError(
            f"{path} cannot be made ({error.strerror}). Let the panel's own user write into {path.parent}, "
            "or name another place in BULWARK_DATA_DIR.",
        ) from error
