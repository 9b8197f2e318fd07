"""The two programs some tests drive. Missing, they skip the test with the reason; where CI=true they fail it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def chromium() -> Path:
    """Debian's Chromium: the one without any window where it is there, because it starts and draws twice as fast."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        _missing("chromium-headless-shell")
    return Path(found)


def postgresql() -> Path:
    """The folder with PostgreSQL's server programs (`initdb`, `postgres`), of the newest version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not folders:
        _missing("postgresql")
    return folders[-1].parent


def _missing(package: str) -> NoReturn:
    reason = f"{package} is not on this machine (apt-get install {package}; as root `make test` does it)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
