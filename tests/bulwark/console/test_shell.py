"""What the shell around the command decides: its language, its completion, a pipe that is closed, no colour."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark import language
from bulwark.cli import bulwark
from bulwark.console.output import printable
from bulwark.console.shell import SHELLS, completion_script, language_of, tag_of
from canaries import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from terminal_kit import Terminal


@pytest.mark.parametrize(
    ("posix", "tag"),
    [
        ("de_DE.UTF-8", "de-DE"),
        ("de", "de"),
        ("zh_TW.UTF-8", "zh-TW"),
        ("zh_Hans", "zh-Hans"),
        ("sr_RS.UTF-8@latin", "sr-Latn-RS"),
        ("ca_ES@valencia", "ca-ES"),
        ("C.UTF-8", ""),
        ("POSIX", ""),
        ("", ""),
    ],
)
def test_a_posix_name_becomes_a_tag(posix: str, tag: str) -> None:
    assert tag_of(posix) == tag


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_AT"}, "de"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "xx:de"}, "de"),
        ({"LANG": "C", "LANGUAGE": "de"}, "en"),
        ({"LANG": "xx_XX"}, "en"),
        ({"LANG": "", "LC_ALL": "", "LC_MESSAGES": "de"}, "de"),
    ],
)
def test_the_language_is_chosen_as_gettext_does(environ: dict[str, str], spoken: str) -> None:
    assert language_of(environ) == spoken


@given(st.dictionaries(st.sampled_from(["LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"]), st.text()))
def test_any_environment_has_a_language(environ: dict[str, str]) -> None:
    assert language_of(environ) in language.available()


@given(st.text())
def test_nothing_that_is_said_steers_a_terminal(text: str) -> None:
    shown = printable(text)

    assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in shown if letter not in "\n\t")
    assert len(shown) == len(text)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_each_shell(terminal: Terminal, shell: str) -> None:
    outcome = terminal("completion", shell)

    assert outcome.status == 0
    assert "_BULWARK_COMPLETE" in outcome.out
    assert outcome.out == completion_script(bulwark, shell) + "\n"
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=outcome.out, text=True, check=False).returncode == 0


def test_another_shell_is_none(terminal: Terminal) -> None:
    assert terminal("completion", "tcsh").status == 2


def program(home: Path, **environ: str) -> dict[str, str]:
    """The environment of a process of its own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **environ,
    }


def test_bash_completes_verbs_and_names_of_sign_ins(terminal: Terminal) -> None:
    terminal("--profile", "work", "sign-in", "--password", terminal.new_person(), typed=(PASSWORD,))
    if shutil.which("bash") is None:
        pytest.skip("bash is not on this machine")

    def completed(*words: str) -> str:
        environ = program(terminal.home, XDG_STATE_HOME=str(terminal.home / "state"))
        environ |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        command = [sys.executable, "-m", "bulwark.cli"]
        environ["_BULWARK_COMPLETE"] = "bash_complete"
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    assert "plain,app-passwords" in completed("bulwark", "app")
    assert "plain,--dry-run" in completed("bulwark", "admin", "keys", "revoke", "--d")
    assert completed("bulwark", "sign-ins", "use", "w") == "plain,work\n"
    assert completed("bulwark", "--profile", "w") == "plain,work\n"


def test_a_pipe_that_is_closed_early_is_no_trace(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "bulwark.cli", "completion", "bash"],
            env=program(tmp_path),
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.stderr == b""


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_means_no_escape(tmp_path: Path, environ: dict[str, str]) -> None:
    leader, follower = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-m", "bulwark.cli", "sign-ins", "list"],
        env=program(tmp_path, **environ),
        stdout=follower,
        stderr=follower,
        check=False,
    )
    os.close(follower)
    shown = os.read(leader, 4096)
    os.close(leader)

    assert ran.returncode == 0
    assert b"\x1b" not in shown
    assert b"Nobody is signed in." in shown
