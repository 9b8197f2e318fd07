"""The panel as a process of its own, on a loopback port: for killing it, and for two of them on one database."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

_SECONDS = 30


def free_port() -> int:
    """A port nobody uses just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(slots=True, kw_only=True)
class PanelProcess:
    """`bulwark serve` on `data_dir`; a context manager. It can be killed and started again at the same address."""

    mail_url: str
    data_dir: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)  # by name without prefix
    says_into: Path | None = None  # instead of a file beside its database
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is opened."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def number(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it says."""
        return self.data_dir / f"panel-{self.port}.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("BULWARK_")}
        given = {"SERVER_URL": self.mail_url, "DATA_DIR": str(self.data_dir), **self.settings}
        environ |= {f"BULWARK_{name}": value for name, value in given.items()}
        with (self.says_into or self.log).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bulwark.cli", "serve", "--listen", f"127.0.0.1:{self.port}"],
                env=environ,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, "the panel answers")

    def kill(self) -> None:
        """As a power cut does: at once, without a word."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(_SECONDS)
            self._process = None

    def stop(self) -> None:
        """As a service manager does: told to, and waited for."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(_SECONDS)
            self._process = None

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Look into its database from outside, or change it."""
        with sqlite3.connect(self.data_dir / "bulwark.sqlite3", timeout=5) as connection:
            rows: list[tuple[object, ...]] = connection.execute(statement).fetchall()
        connection.close()
        return rows

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            with urlopen(f"{self.url}/healthz", timeout=1) as answer:  # noqa: S310 - our own process, over http
                return bool(answer.status == 200)
        except OSError:
            return False


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until it holds."""
    deadline = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {_SECONDS} seconds: {what}"
        time.sleep(0.05)
