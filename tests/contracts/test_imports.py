"""What loads what: start-up stays quick, and each package can live without the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"starlette", "uvicorn", "jinja2", "sqlalchemy", "alembic", "zxcvbn", "segno", "pysequoia", "keyring", "babel"}
PANEL = {"bulwark", "stalwart_sandbox", "starlette", "jinja2", "sqlalchemy", "uvicorn", "click", "rich"}


def loaded_by(module: str) -> set[str]:
    program = f"import {module}, sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("bulwark.cli", HEAVY | {"stalwart_sandbox"}),
        ("bulwark.app", {"alembic", "zxcvbn", "segno", "pysequoia", "uvicorn", "click", "stalwart_sandbox"}),
        ("stalwart_jmap", PANEL),
        ("stalwart_sandbox", {"bulwark", "stalwart_jmap", "starlette", "jinja2", "sqlalchemy", "click", "rich"}),
    ],
)
def test_a_package_loads_only_what_it_needs(module: str, unwanted: set[str]) -> None:
    assert not loaded_by(module) & unwanted
