"""`bulwark identities`, `encryption` and `profile` in processes of their own, against the stand-in over loopback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import json_documents
from key_samples import FOLDER, private_pem
from shell_kit import LOGIN, signed_in_shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shell_kit import Shell

pytestmark = pytest.mark.slow


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with signed_in_shell(tmp_path) as made:
        yield made


def test_identities_are_made_changed_and_removed(shell: Shell, tmp_path: Path) -> None:
    signature = tmp_path / "signature.txt"
    signature.write_text("-- \nLibrary\n", encoding="utf-8")
    made = shell.json(
        "identities", "create", LOGIN, "--name", "Library", "--reply-to", "Desk <desk@example.org>",
        "--signature", str(signature),
    )  # fmt: skip
    shell("identities", "edit", made["id"], "--reply-to", "", "--name", "Bücherei")
    (one,) = [known for known in shell.json("identities", "list") if known["id"] == made["id"]]

    assert (one["name"], one["reply_to"], one["text_signature"]) == ("Bücherei", [], "-- \nLibrary")
    assert "Bücherei" in shell("identities", "list").stdout
    shell("identities", "create", "nonsense", status=2)
    shell("identities", "remove", made["id"], "--yes")
    shell("identities", "remove", made["id"], "--yes", status=1)


def test_watching_prints_what_others_do(shell: Shell) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-m", "bulwark.cli", "identities", "watch", "--json"],
        env={**shell.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert watching.stderr is not None
    try:
        assert "Watching the sender identities" in watching.stderr.readline()
        time.sleep(0.5)
        shell("identities", "create", LOGIN, "--name", "Made elsewhere")
        (told,) = json_documents.check(("identities", "watch"), watching.stdout.readline())
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=20)

    assert [one["name"] for one in told["changed"]] == ["Made elsewhere"]
    assert watching.returncode == 130


def test_encryption_is_turned_on_tested_and_turned_off(shell: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "secret.pem"
    secret.write_bytes(private_pem())
    assert "this is a private key" in shell("encryption", "add", str(secret), status=1).stderr
    (added,) = shell.json("encryption", "add", str(FOLDER / "curve25519.asc"), "--name", "Carla")
    shell("encryption", "on", added["id"], status=130)
    shell("encryption", "on", added["id"], "--cipher", "aes256-gcm", "--i-have-the-private-key", status=2)
    shell("encryption", "on", added["id"], "--i-have-the-private-key")
    shown = shell.json("encryption", "show")
    assert shown["encryption"] == {
        "on": True, "cipher": "Aes256", "key": added["id"], "append": True, "spam_training": False,
    }  # fmt: skip
    assert shown["keys"][0]["warnings"] == ["not-mine"]
    assert shell.json("encryption", "test")["outcome"] == "encrypted"
    shell("encryption", "remove", added["id"], "--yes", status=1)
    shell("encryption", "off")
    shell("encryption", "test", status=2)
    shell("encryption", "remove", added["id"], "--yes")

    assert "off" in shell("encryption", "show").stdout


def test_the_profile_is_shown_and_set(shell: Shell) -> None:
    assert shell.json("profile", "show") == {"name": "Alice", "language": "en_US", "time_zone": ""}
    saved = shell.json("profile", "set", "--name", "Al", "--time-zone", "Asia/Tokyo")
    shell("profile", "set", status=2)
    shell("profile", "set", "--language", "xx_XX", status=2)

    assert (saved["saved"], saved["name"], saved["time_zone"]) == (["name", "time_zone"], "Al", "Asia/Tokyo")
    assert "Asia/Tokyo" in shell("profile", "show").stdout
