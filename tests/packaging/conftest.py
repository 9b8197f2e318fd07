"""Wheel and source archive, built once; and empty environments that have exactly what a wheel asks for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from installed import Built, Installed
from repository import ROOT, tracked_files

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both packages, from a copy of the checkout: the wheel is made from the source archive, as `build` does it."""
    source = tmp_path_factory.mktemp("checkout")
    for path in tracked_files():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(source)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    return Built(wheel=wheel, sdist=sdist)


@pytest.fixture(scope="session")
def install(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Installed]:
    """Install the wheel with some of its extras."""

    def make(*extras: str) -> Installed:
        folder = tmp_path_factory.mktemp("environment")
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
        python = str(folder / "bin" / "python")
        offline = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, "install", *offline, str(built.wheel)],
            check=True,
            timeout=120,
        )
        (site,) = folder.glob("lib/python*/site-packages")
        for name in asked_for(built.wheel, set(extras)):
            _link(metadata.distribution(name), site)
        return Installed(folder=folder, home=tmp_path_factory.mktemp("home"))

    return make


def asked_for(wheel: Path, extras: set[str]) -> set[str]:
    """The names of everything that the wheel's own metadata asks for, and what that asks for in turn."""
    ours = next(iter(metadata.distributions(path=[str(wheel)])))
    waiting, found = _wanted(ours.requires or [], extras), dict[str, set[str]]()
    while waiting:
        name, more = waiting.pop()
        if name in found and more <= found[name]:
            continue
        found[name] = found.get(name, set()) | more
        waiting += _wanted(metadata.distribution(name).requires or [], found[name])
    return set(found)


def _wanted(requirements: list[str], extras: set[str]) -> list[tuple[str, set[str]]]:
    read = [Requirement(text) for text in requirements]
    environments = [{"extra": extra} for extra in (*extras, "")]
    return [
        (_plain(one.name), set(one.extras))
        for one in read
        if one.marker is None or any(one.marker.evaluate(environment) for environment in environments)
    ]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _link(distribution: metadata.Distribution, site: Path) -> None:
    """Put links to a distribution's own folders and files into another environment."""
    tops = {file.parts[0] for file in distribution.files or () if ".." not in file.parts}
    for top in tops - {"__pycache__"}:
        target = Path(str(distribution.locate_file(top)))
        if not (site / top).exists():
            (site / top).symlink_to(target)
