"""Files that hold secrets: only their owner may read them, a link is never followed, and half of one is never seen."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, or leave it as it was.

    Raises:
        OSError: the folder belongs to somebody else, is no folder, or cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _own_folder(path.parent)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")  # 0600, and new for certain
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)  # a link that lies there is replaced itself, not what it leads to
    finally:
        Path(fresh).unlink(missing_ok=True)


def read(path: Path) -> str | None:
    """The text of a file of one's own; None when there is none, when it is a link, or belongs to somebody else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return None
        if stat.S_IMODE(found.st_mode) & 0o077:  # a copy, or an archive that was unpacked
            os.fchmod(file.fileno(), 0o600)
        try:
            return file.read().decode()
        except UnicodeDecodeError:
            return None


def _own_folder(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder of your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
