"""Administration and the doctor on the command line, against a mail server on loopback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bulwark.cli import bulwark
from canaries import PASSWORD, TOTP_SECRET
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRACE, HEIDI, BOB = "grace@example.org", "heidi@example.org", "bob@example.org"
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


class Terminal:
    """An administrator at a terminal."""

    def __init__(self, sandbox: Sandbox, url: str, home: Path) -> None:
        self.sandbox = sandbox
        self._environ = {
            "BULWARK_SERVER_URL": url,
            "BULWARK_DATA_DIR": str(home / "data"),
            "XDG_STATE_HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def run(self, *arguments: str, lines: str = "") -> Result:
        return CliRunner().invoke(bulwark, arguments, input=lines, env=self._environ)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    sandbox = Sandbox(admin=None)
    role = sandbox.add_role("No password change", disabled=DENIED)
    sandbox.add_account(GRACE, PASSWORD, roles={"@type": "Admin"})
    sandbox.add_account(BOB, PASSWORD, otp_secret=TOTP_SECRET, app_passwords=("Old phone",))
    sandbox.add_account(HEIDI, PASSWORD, roles={"@type": "Custom", "roleIds": {"b": True, role: True}})
    with sandbox_server.running(sandbox) as url:
        found = Terminal(sandbox, url, tmp_path)
        assert found.run("sign-in", "--password", GRACE, lines=f"{PASSWORD}\n").exit_code == 0
        yield found


def test_accounts_are_listed_and_filtered(terminal: Terminal) -> None:
    result = terminal.run("admin", "accounts", "list", "--show", "without-two-factor", "--json")

    assert [one["address"] for one in json.loads(result.stdout)] == [GRACE, HEIDI]


def test_a_dry_run_sends_nothing_and_a_yes_does_it(terminal: Terminal) -> None:
    dry = terminal.run("admin", "accounts", "reset-two-factor", BOB, "--dry-run")
    assert "Nothing is sent." in dry.stdout
    assert terminal.sandbox.two_factor_on(BOB)
    done = terminal.run("admin", "accounts", "reset-two-factor", BOB, "--yes")
    assert done.exit_code == 0
    assert not terminal.sandbox.two_factor_on(BOB)


def test_without_an_answer_nothing_is_done(terminal: Terminal) -> None:
    result = terminal.run("admin", "keys", "revoke", BOB, "Old phone")

    assert result.exit_code == 1
    assert len(terminal.sandbox.account(BOB).credentials) == 2
    assert terminal.run("admin", "keys", "revoke", BOB, "Old phone", "--yes").exit_code == 0
    assert len(terminal.sandbox.account(BOB).credentials) == 1


def test_a_plan_goes_through_a_file_and_back(terminal: Terminal, tmp_path: Path) -> None:
    why = terminal.run("admin", "permissions", "why", HEIDI)
    assert why.exit_code == 1
    assert "the role “No password change” denies" in why.stdout
    plan, undo = tmp_path / "plan.json", tmp_path / "undo.json"
    plan.write_text(terminal.run("admin", "permissions", "plan", HEIDI).stdout, encoding="utf-8")
    dry = terminal.run("admin", "permissions", "apply", str(plan), "--dry-run")
    assert "x:Role/set" in dry.stdout
    assert terminal.run("admin", "permissions", "why", HEIDI).exit_code == 1
    applied = terminal.run("admin", "permissions", "apply", str(plan), "--yes")
    assert applied.exit_code == 0
    undo.write_text(applied.stdout, encoding="utf-8")
    assert terminal.run("admin", "permissions", "why", HEIDI).exit_code == 0
    assert terminal.run("admin", "permissions", "apply", str(undo), "--yes").exit_code == 0
    assert terminal.run("admin", "permissions", "why", HEIDI).exit_code == 1


def test_an_old_plan_applies_nothing(terminal: Terminal, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(terminal.run("admin", "permissions", "plan", HEIDI).stdout, encoding="utf-8")
    terminal.sandbox.state.roles[5].enabled["emailSend"] = True
    result = terminal.run("admin", "permissions", "apply", str(plan), "--yes")

    assert result.exit_code == 1
    assert "Nothing was applied" in result.stderr
    assert set(terminal.sandbox.state.roles[5].disabled) == set(DENIED)


def test_the_doctor_answers_in_json_with_a_status(terminal: Terminal) -> None:
    result = terminal.run("doctor", "--json")
    found = {one["check"]: one["state"] for one in json.loads(result.stdout)}

    assert result.exit_code == 0
    assert found["server"] == found["default-role"] == found["encryption"] == "fine"


def test_the_doctor_works_without_signing_in_and_tells_a_silent_server(terminal: Terminal) -> None:
    terminal.run("sign-out")
    result = terminal.run("doctor")
    assert result.exit_code == 0
    assert "nobody is signed in" in result.stdout
    silent = terminal.run("--server", "http://127.0.0.1:9", "doctor")
    assert silent.exit_code == 4
    terminal.sandbox.quirks.set("before-0.16")
    assert terminal.run("doctor").exit_code == 5


def test_the_list_is_narrowed_and_written_for_a_spreadsheet(terminal: Terminal) -> None:
    terminal.sandbox.add_account("zoe@example.org", PASSWORD, description="=1+1")
    lines = terminal.run("admin", "accounts", "list", "--csv", "--find", "zoe").stdout.splitlines()

    assert lines[0].startswith("address,name,kind,roles")
    assert len(lines) == 2
    assert lines[1].startswith("zoe@example.org,'=1+1,user")
