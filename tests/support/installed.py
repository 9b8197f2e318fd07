"""The packages that were built, and an environment with one of them in it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What `python -m build` left behind."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment of its own with the wheel in it."""

    folder: Path
    home: Path

    def run(self, *command: str, typed: str = "", status: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment."""
        ran = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            env=self.environ | environ,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == status, (command, ran.stdout, ran.stderr)
        return ran

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of the machine's but a path and a language."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
