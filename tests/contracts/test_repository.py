"""Facts about the checkout itself that no reviewer should have to look for."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

import repository
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = ("runtime.txt", "test.txt", "dev.txt", "audit.txt")
# The names are written so that this file does not match itself.
REGISTRY_HOSTS = re.compile(
    r"(?:py" + r"pi|python" + r"hosted|npm" + r"js|cra" + r"tes)[.](?:org|com|io)", re.IGNORECASE
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|root)/[\w.]")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplemented" + "Error")
LONGEST_MODULE = 400  # lines


def test_no_file_names_a_package_registry_or_somebodys_machine() -> None:
    found = [
        f"{repository.named(path)}:{number}: {line.strip()[:80]}"
        for path in repository.text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if REGISTRY_HOSTS.search(line) or MACHINE_PATHS.search(line)
    ]

    assert not found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()

    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==\S+ ", entry), entry
        assert "--hash=sha256:" in entry, entry
        assert "://" not in entry, entry


def test_the_locks_hold_every_dependency_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    runtime = [*project["project"]["dependencies"], *extras["web"], *extras["postgresql"]]
    runtime += project["build-system"]["requires"]
    wanted = {
        "runtime.txt": runtime,
        "test.txt": [*runtime, *groups["test"]],
        "dev.txt": [*runtime, *groups["test"], *groups["dev"]],
        "audit.txt": groups["audit"],
    }
    pinned = {name: _pins(ROOT / "requirements" / name) for name in LOCKS}

    for name, requirements in wanted.items():
        missing = {_plain(requirement) for requirement in requirements} - set(pinned[name])
        assert not missing, f"{name} lacks {missing}; make lock"
    assert pinned["runtime.txt"].items() <= pinned["audit.txt"].items()
    assert pinned["runtime.txt"].items() <= pinned["test.txt"].items() <= pinned["dev.txt"].items()


def test_the_readme_names_both_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "make demo" in readme
    assert "make test" in readme


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[:1] == ["Unreleased"]


@pytest.mark.parametrize("name", ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"])
def test_links_between_the_documents_lead_somewhere(name: str) -> None:
    document = ROOT / f"{name}.md"
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))

    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert not missing


def test_modules_stay_readable() -> None:
    lengths = {
        repository.named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in repository.modules("src", "tests", "bench")
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_every_module_of_the_product_says_what_it_is_for() -> None:
    silent = [
        repository.named(path) for path in repository.modules("src") if not ast.get_docstring(repository.tree_of(path))
    ]

    assert not silent


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{repository.named(path)}:{number}"
        for path in repository.modules("src", "tests", "bench")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert not found


def test_only_the_last_resort_catches_everything() -> None:
    found = {
        repository.named(path) for path in repository.modules("src") for _ in _catch_alls(repository.tree_of(path))
    }

    assert found <= {"src/bulwark/web/front_door.py"}


def test_only_the_transport_of_the_library_speaks_http() -> None:
    found = {
        repository.named(path)
        for path in repository.modules("src/stalwart_jmap")
        if {"httpx2", "socket", "ssl"} & _imported_at_run_time(repository.tree_of(path))
    }

    assert found == {"src/stalwart_jmap/transport.py"}


def test_no_template_switches_escaping_off() -> None:
    found = [
        f"{repository.named(path)}: {line.strip()}"
        for path in repository.tracked_files()
        if path.suffix == ".html" and path.is_relative_to(ROOT / "src")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\|\s*safe\b|autoescape\s+false", line)
    ]

    assert not found


def _pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def _plain(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return match[0].lower()


def _catch_alls(tree: ast.Module) -> list[ast.ExceptHandler]:
    def is_wide(kind: ast.expr | None) -> bool:
        names = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        return any(n is None or (isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"}) for n in names)

    return [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and is_wide(node.type)]


def _imported_at_run_time(tree: ast.Module) -> set[str]:
    """The top packages a module imports, less what is there for the type checker only."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
