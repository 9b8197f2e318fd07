"""`bulwark app-passwords` and `bulwark api-keys` in a process of their own, against the stand-in over loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stalwart_sandbox import Sandbox

LOGIN, PASSWORD = "alice@example.org", "velvet tractor 41"
SECRET = re.compile(r"app_[a-z0-9]{36}|API_[A-Za-z0-9_-]{38}")


class Terminal:
    """Somebody at a shell; standard output and error are pipes."""

    def __init__(self, url: str, home: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "BULWARK_SERVER_URL": url,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "NO_PROXY": "*",
        }

    def run(self, *arguments: str, typed: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            [sys.executable, "-m", "bulwark.cli", *arguments],
            env=self._environ,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == status, (ran.stdout, ran.stderr)
        return ran

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    from stalwart_sandbox import Sandbox
    from stalwart_sandbox import server as sandbox_server

    sandbox = Sandbox()
    sandbox.add_account(LOGIN, PASSWORD)
    with sandbox_server.running(sandbox) as url:
        at = Terminal(url, tmp_path, sandbox)
        at.run("sign-in", "--password", LOGIN, typed=f"{PASSWORD}\n")
        yield at


def test_the_secret_stands_alone_on_standard_output(terminal: Terminal) -> None:
    made = terminal.run("app-passwords", "create", "Phone", "--ends", "30d", "--from", "192.0.2.9/24")

    assert SECRET.fullmatch(made.stdout)
    assert "“Phone” was created" in made.stderr
    assert not SECRET.search(made.stderr)
    (one,) = terminal.json("app-passwords", "list")
    assert (one["name"], one["preset"], one["allowed_ips"]) == ("Phone", "mail-app", ["192.0.2.0/24"])
    assert one["protocols"] == ["IMAP", "SMTP"]


def test_a_change_touches_only_what_is_given(terminal: Terminal) -> None:
    terminal.run("app-passwords", "create", "Phone", "--preset", "send-only", "--ends", "never")
    (before,) = terminal.json("app-passwords", "list")
    changed = terminal.json("app-passwords", "edit", before["mark"][:8], "--name", "Printer", "--from", "192.0.2.7")

    assert changed["changed"] is True
    assert changed["now"]["name"] == "Printer"
    assert changed["now"]["allowed_ips"] == ["192.0.2.7"]
    assert (changed["now"]["preset"], changed["now"]["expires_at"]) == ("send-only", None)
    again = terminal.json("app-passwords", "edit", "Printer", "--from-anywhere", "--permission", "emailSend")
    assert (again["now"]["allowed_ips"], again["now"]["permissions"]) == ([], ["authenticate", "emailSend"])
    assert "nothing was sent" in terminal.run("app-passwords", "edit", "Printer").stdout


def test_revoking_asks_unless_told(terminal: Terminal) -> None:
    for name in ("One", "Two", "Two"):
        terminal.run("app-passwords", "create", name)
    refused = terminal.run("app-passwords", "revoke", "One", status=2)
    assert "Nothing was revoked" in refused.stderr
    assert "Several are called “Two”" in terminal.run("app-passwords", "revoke", "Two", "--yes", status=2).stderr
    done = terminal.json("app-passwords", "revoke", "One", "--yes")
    assert done == {"items": [{"name": "One", "outcome": "revoked", "why": ""}], "left": 2}
    gone = terminal.run("app-passwords", "revoke", "One", "--yes", status=1)
    assert "It is not there any more" in gone.stderr


def test_what_is_wrong_is_said_before_anything_is_sent(terminal: Terminal) -> None:
    before = len(terminal.sandbox.requests)
    wrong = terminal.run("app-passwords", "create", "Phone", "--preset", "fax", "--ends", "1970-01-01", status=2)

    assert "Choose what it may do." in wrong.stderr
    assert "Presets: mail-app" in wrong.stderr
    assert "That day is over." in wrong.stderr
    asked = [method for request in terminal.sandbox.requests[before:] for method in request.methods]
    assert not [method for method in asked if method.endswith("/set")]


def test_the_quota_and_a_lost_answer_have_their_statuses(terminal: Terminal) -> None:
    terminal.sandbox.settings.change("Authentication", maxAppPasswords=1)
    terminal.run("app-passwords", "create", "One")
    assert "The server allows no more" in terminal.run("app-passwords", "create", "Two", status=1).stderr
    terminal.sandbox.settings.change("Authentication", maxAppPasswords=5)
    terminal.sandbox.quirks.set("cut-after", method="x:AppPassword/set", times=1)
    lost = terminal.run("app-passwords", "create", "Two", status=6)

    assert "It may exist." in lost.stderr
    assert [one["name"] for one in terminal.json("app-passwords", "list")] == ["Two", "One"]


def test_keys_are_made_listed_and_revoked(terminal: Terminal) -> None:
    assert "Tick at least one permission." in terminal.run("api-keys", "create", "Script", status=2).stderr
    made = terminal.json("api-keys", "create", "Script", "--permission", "jmapEmailGet")
    assert SECRET.fullmatch(made["secret"])
    listed = terminal.run("api-keys", "list").stdout
    assert "Script" in listed
    assert "2 permissions" in listed
    assert "was revoked" in terminal.run("api-keys", "revoke", "Script", "--yes").stdout
