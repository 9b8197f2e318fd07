"""The stand-in answers what the real server answered: every recorded exchange, over a socket, without exceptions."""

from __future__ import annotations

import filecmp
import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stalwart_sandbox import Sandbox, server

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "conformance"
SCENARIOS = sorted((HERE / "scenarios").glob("*.json"))
WITH_WAITS = {"encryption-proof"}
EXCHANGES = 440


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The URL of a stand-in that all scenarios share, as they shared the real server."""
    with server.running(Sandbox(admin="admin:secret")) as url:
        yield url


@pytest.fixture(scope="module")
def suite() -> Any:
    """The program that plays scenarios and compares."""
    spec = importlib.util.spec_from_file_location("conformance_run", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in WITH_WAITS else ()) for path in SCENARIOS],
)
def test_the_stand_in_answers_as_recorded(path: Path, base: str, suite: Any) -> None:
    scenario = json.loads(path.read_text(encoding="utf-8"))

    results = suite.play(scenario, base, "admin:secret")

    assert {name: lines for name, lines in results if lines} == {}


def test_every_recorded_exchange_is_played() -> None:
    steps = sum(len(json.loads(path.read_text(encoding="utf-8"))["steps"]) for path in SCENARIOS)

    assert steps == EXCHANGES


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings this copy was made from are not on this machine")
def test_the_copy_is_the_recording() -> None:
    names = ["run.py", *(f"scenarios/{path.name}" for path in (SHARED / "scenarios").glob("*.json"))]

    different = [name for name in names if not filecmp.cmp(SHARED / name, HERE / name, shallow=False)]

    assert different == []
    assert len(names) == len(SCENARIOS) + 1
