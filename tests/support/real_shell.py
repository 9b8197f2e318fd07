"""Lines run by a real shell, and what `make` would do for one."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from _pytest.mark.expression import Expression

from repository import ROOT, modules

_MADE: set[str] = set()


def shell(line: str, folder: Path) -> str:
    """What a shell printed, with the programs of this environment before the machine's."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ran = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environ | {"PATH": f"{Path(sys.executable).parent}:{environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, (line, ran.stdout, ran.stderr)
    return ran.stdout


def recipe(line: str) -> list[str]:
    """The commands of our own that a line of make runs; each line is looked at once."""
    if line in _MADE:
        return []
    _MADE.add(line)
    words = shlex.split(line)
    for given in (word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=-k ")):
        wanted = Expression.compile(shlex.split(given)[1])
        assert any(wanted.evaluate(_Named(name)) for name in names_of_tests()), line
    said = shell(line if line == "make" else re.sub(r"\bmake\b", "make --dry-run", line), ROOT)
    assert said, line
    own = {found.partition("bin/")[2] for found in re.findall(r"^\S*bin/bulwark .*$", said, re.MULTILINE)}
    return sorted(own)


@dataclass(frozen=True, slots=True)
class _Named:
    """A test, for pytest's own reading of `-k`."""

    name: str

    def __call__(self, part: str, /, **_more: str | int | bool | None) -> bool:
        return part in self.name


@cache
def names_of_tests() -> list[str]:
    """Modules and names of all tests, as `-k` looks at them."""
    return [
        f"{path.name} {name}"
        for path in modules("tests")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
