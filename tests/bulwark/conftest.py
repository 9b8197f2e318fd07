"""A shell with the command line in it, for every slice's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.null import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from canaries import Watch
    from stalwart_sandbox import Sandbox
    from terminal_kit import Terminal


@pytest.fixture(scope="session")
def socket_server() -> Iterator[Sandbox]:
    """One stand-in behind a loopback socket for all commands of a run; each test makes people of its own."""
    from stalwart_sandbox import Sandbox
    from stalwart_sandbox.server import running

    sandbox = Sandbox(admin=None)
    with running(sandbox):
        yield sandbox


@pytest.fixture
def terminal(
    socket_server: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    watch: Watch,
) -> Iterator[Terminal]:
    """A shell in English, with a home of its own and no keyring."""
    from terminal_kit import Terminal

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]  # upstream has none
    for name in ("BULWARK_SERVER_URL", "LC_ALL", "BULWARK_CA_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    terminal = Terminal(socket_server, tmp_path, monkeypatch, capsys, watch)
    terminal.default_server = ["--server", socket_server.state.base_url]
    yield terminal
    socket_server.quirks.clear()
    keyring.set_keyring(before)
