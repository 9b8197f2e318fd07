"""The watch at work in a run of its own: tests that leak a secret fail, each way of leaking, and others do not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LEAKY = """
import logging, sqlite3
import click, pytest, structlog
from click.testing import CliRunner
from canaries import PASSWORD, TOTP_SECRET

def test_leaks_in_a_log():
    logging.getLogger("bulwark.any").debug("typed %s", PASSWORD)

def test_leaks_in_a_traceback():
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        logging.getLogger("stalwart_jmap").exception("failed")

def test_leaks_in_a_structured_log():
    structlog.get_logger("bulwark").info("enrolled", secret=TOTP_SECRET)

def test_leaks_on_standard_output():
    print(PASSWORD.encode().hex(), PASSWORD)

def test_leaks_in_the_database(tmp_path):
    connection = sqlite3.connect(tmp_path / "a.sqlite3")
    connection.execute("CREATE TABLE t (v)")
    connection.execute("INSERT INTO t VALUES (?)", (PASSWORD,))
    connection.commit()
    connection.close()

def test_leaks_in_a_command():
    CliRunner().invoke(click.Command("c", callback=lambda: click.echo(PASSWORD)))

def test_keeps_its_secrets(tmp_path):
    logging.getLogger("bulwark.any").debug("typed something")
    (tmp_path / "file").write_text(PASSWORD)

@pytest.mark.shows_secrets("on purpose")
def test_may():
    print(PASSWORD)
"""


def test_every_way_of_leaking_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY, encoding="utf-8")
    environ = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'tests' / 'support'}", "PYTHONUTF8": "1"}
    settings = ["-c", str(ROOT / "pyproject.toml"), "-p", "conftest", "-p", "no:xdist"]

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *settings, "--rootdir", str(tmp_path), str(tmp_path / "test_leaky.py")],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=environ,
        text=True,
        timeout=100,
    )

    told = set(re.findall(r"^ERROR .*::(test_\w+)", result.stdout, re.MULTILINE))
    assert told == set(re.findall(r"def (test_leaks\w+)", LEAKY)), result.stdout
    assert "8 passed, 6 errors" in result.stdout
