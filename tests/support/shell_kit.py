"""Somebody at a shell: each command is a process of its own, signed in to the stand-in over loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGIN, PASSWORD = "alice@example.org", "velvet tractor 41"


class Shell:
    """Standard output and error of its commands are pipes."""

    def __init__(self, url: str, home: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "BULWARK_SERVER_URL": url,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "NO_PROXY": "*",
        }

    def __call__(self, *arguments: str, typed: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command, which ends with `status`."""
        ran = subprocess.run(
            [sys.executable, "-m", "bulwark.cli", *arguments],
            env=self.environ,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == status, (ran.stdout, ran.stderr)
        return ran

    def json(self, *arguments: str, status: int = 0) -> Any:
        """The document that a command prints."""
        return json.loads(self(*arguments, "--json", status=status).stdout)


@contextmanager
def signed_in_shell(home: Path) -> Iterator[Shell]:
    """Alice at a shell, signed in."""
    sandbox = Sandbox()
    sandbox.add_account(LOGIN, PASSWORD, description="Alice")
    with sandbox_server.running(sandbox) as url:
        shell = Shell(url, home, sandbox)
        shell("sign-in", "--password", LOGIN, typed=f"{PASSWORD}\n")
        yield shell
