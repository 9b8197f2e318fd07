"""`bulwark app-passwords` and `bulwark api-keys` in a process of their own, against the stand-in over loopback."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from shell_kit import signed_in_shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shell_kit import Shell

SECRET = re.compile(r"app_[a-z0-9]{36}|API_[A-Za-z0-9_-]{38}")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with signed_in_shell(tmp_path) as made:
        yield made


def test_the_secret_stands_alone_on_standard_output(shell: Shell) -> None:
    made = shell("app-passwords", "create", "Phone", "--ends", "30d", "--from", "192.0.2.9/24")

    assert SECRET.fullmatch(made.stdout)
    assert "“Phone” was created" in made.stderr
    assert not SECRET.search(made.stderr)
    (one,) = shell.json("app-passwords", "list")
    assert (one["name"], one["preset"], one["allowed_ips"]) == ("Phone", "mail-app", ["192.0.2.0/24"])
    assert one["protocols"] == ["IMAP", "SMTP"]


def test_a_change_touches_only_what_is_given(shell: Shell) -> None:
    shell("app-passwords", "create", "Phone", "--preset", "send-only", "--ends", "never")
    (before,) = shell.json("app-passwords", "list")
    changed = shell.json("app-passwords", "edit", before["mark"][:8], "--name", "Printer", "--from", "192.0.2.7")

    assert changed["changed"] is True
    assert changed["now"]["name"] == "Printer"
    assert changed["now"]["allowed_ips"] == ["192.0.2.7"]
    assert (changed["now"]["preset"], changed["now"]["expires_at"]) == ("send-only", None)
    again = shell.json("app-passwords", "edit", "Printer", "--from-anywhere", "--permission", "emailSend")
    assert (again["now"]["allowed_ips"], again["now"]["permissions"]) == ([], ["authenticate", "emailSend"])
    assert "nothing was sent" in shell("app-passwords", "edit", "Printer").stdout


def test_revoking_asks_unless_told(shell: Shell) -> None:
    for name in ("One", "Two", "Two"):
        shell("app-passwords", "create", name)
    refused = shell("app-passwords", "revoke", "One", status=2)
    assert "Nothing was revoked" in refused.stderr
    assert "Several are called “Two”" in shell("app-passwords", "revoke", "Two", "--yes", status=2).stderr
    done = shell.json("app-passwords", "revoke", "One", "--yes")
    assert done == {"items": [{"name": "One", "outcome": "revoked", "why": ""}], "left": 2}
    gone = shell("app-passwords", "revoke", "One", "--yes", status=1)
    assert "It is not there any more" in gone.stderr


def test_what_is_wrong_is_said_before_anything_is_sent(shell: Shell) -> None:
    before = len(shell.sandbox.requests)
    wrong = shell("app-passwords", "create", "Phone", "--preset", "fax", "--ends", "1970-01-01", status=2)

    assert "Choose what it may do." in wrong.stderr
    assert "Presets: mail-app" in wrong.stderr
    assert "That day is over." in wrong.stderr
    asked = [method for request in shell.sandbox.requests[before:] for method in request.methods]
    assert not [method for method in asked if method.endswith("/set")]


def test_the_quota_and_a_lost_answer_have_their_statuses(shell: Shell) -> None:
    shell.sandbox.settings.change("Authentication", maxAppPasswords=1)
    shell("app-passwords", "create", "One")
    assert "The server allows no more" in shell("app-passwords", "create", "Two", status=1).stderr
    shell.sandbox.settings.change("Authentication", maxAppPasswords=5)
    shell.sandbox.quirks.set("cut-after", method="x:AppPassword/set", times=1)
    lost = shell("app-passwords", "create", "Two", status=6)

    assert "It may exist." in lost.stderr
    assert [one["name"] for one in shell.json("app-passwords", "list")] == ["Two", "One"]


def test_keys_are_made_listed_and_revoked(shell: Shell) -> None:
    assert "Tick at least one permission." in shell("api-keys", "create", "Script", status=2).stderr
    made = shell.json("api-keys", "create", "Script", "--permission", "jmapEmailGet")
    assert SECRET.fullmatch(made["secret"])
    listed = shell("api-keys", "list").stdout
    assert "Script" in listed
    assert "2 permissions" in listed
    assert "was revoked" in shell("api-keys", "revoke", "Script", "--yes").stdout
