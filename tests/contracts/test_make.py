"""The Makefile tells a newcomer what it can do and what a machine lacks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not on this machine")


def make(*arguments: str, path: str = os.environ["PATH"], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | {"PATH": path}
    return subprocess.run(
        [MAKE or "make", *arguments], capture_output=True, check=False, cwd=cwd, env=environ, text=True, timeout=60
    )


def bare_checkout(folder: Path) -> Path:
    """The Makefile alone, with what its rules look at, and no environment built."""
    for name in ("Makefile", "pyproject.toml", "hatch_build.py"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return folder


def programs(folder: Path, **scripts: str) -> str:
    """A PATH with the shell's own tools and the given programs only."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("sh", "sed", "cut", "printf", "rm", "touch", "mkdir", "echo"):
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    return str(tools)


def test_make_alone_lists_every_target_with_a_sentence() -> None:
    shown = make().stdout

    for target in ("demo", "test", "check", "e2e", "live", "serve", "bench", "fuzz", "locale", "lock"):
        assert re.search(rf"make {target} +\S", shown), target


def test_a_missing_python_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    result = make("demo", path=programs(tmp_path), cwd=bare_checkout(tmp_path / "checkout"))

    assert result.returncode != 0
    assert "apt-get install python3 python3-venv" in result.stdout


def test_an_old_python_is_named_with_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    path = programs(tmp_path, python3='[ "$1" = -V ] && echo "Python 3.9.2"; exit 1')

    result = make("demo", path=path, cwd=bare_checkout(tmp_path / "checkout"))

    assert result.returncode != 0
    assert "python3 is 3.9.2; 3.11 or newer is needed" in result.stdout


def test_a_missing_venv_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    path = programs(tmp_path, python3='case "$2" in *ensurepip*) exit 1;; esac')

    result = make("demo", path=path, cwd=bare_checkout(tmp_path / "checkout"))

    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stdout


def test_the_live_tests_say_what_they_need() -> None:
    result = make("--assume-old=.venv/.dev", "live")

    assert "STALWART_TEST_URL=" in result.stdout


def test_forbidden_to_install_it_says_what_is_missing(tmp_path: Path) -> None:
    script = ROOT / "tests" / "support" / "install-programs.sh"
    environ = {"PATH": programs(tmp_path, ls="exit 1"), "TEST_INSTALL": "0"}

    result = subprocess.run(["/bin/sh", script], capture_output=True, check=False, env=environ, text=True, timeout=20)

    assert result.returncode == 0
    assert "chromium-headless-shell postgresql" in result.stdout
    assert "skipped" in result.stdout
