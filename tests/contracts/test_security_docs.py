"""The security documents name what exists: every requirement once, every module, every test."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from repository import ROOT, tree_of

ASVS = ROOT / "docs" / "security" / "asvs.md"
THREATS = ROOT / "docs" / "security" / "threat-model.md"
FAULTS = ROOT / "docs" / "develop" / "faults.md"
# ASVS 5.0.0: how many requirements of each section are of level 1 or 2; they always come first.
SECTIONS = {
    "1.1": 2,
    "1.2": 9,
    "1.3": 11,
    "1.4": 3,
    "1.5": 2,
    "2.1": 3,
    "2.2": 3,
    "2.3": 4,
    "2.4": 1,
    "3.2": 2,
    "3.3": 4,
    "3.4": 6,
    "3.5": 5,
    "3.7": 2,
    "4.1": 3,
    "4.2": 1,
    "4.3": 2,
    "4.4": 4,
    "5.1": 1,
    "5.2": 3,
    "5.3": 2,
    "5.4": 3,
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
    "8.1": 2,
    "8.2": 3,
    "8.3": 1,
    "8.4": 1,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 2,
    "10.3": 4,
    "10.4": 11,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
    "11.1": 2,
    "11.2": 3,
    "11.3": 3,
    "11.4": 4,
    "11.5": 1,
    "11.6": 1,
    "12.1": 3,
    "12.2": 2,
    "12.3": 4,
    "13.1": 1,
    "13.2": 5,
    "13.3": 2,
    "13.4": 5,
    "14.1": 2,
    "14.2": 4,
    "14.3": 3,
    "15.1": 3,
    "15.2": 3,
    "15.3": 7,
    "16.1": 1,
    "16.2": 5,
    "16.3": 4,
    "16.4": 3,
    "16.5": 3,
    "17.1": 1,
    "17.2": 4,
    "17.3": 2,
}
ANSWERS = ("yes", "partly", "no", "server", "operator", "n/a")
_ROW = re.compile(r"^\| (V\d[^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
ROWS = [[cell.strip() for cell in row] for row in _ROW.findall(ASVS.read_text(encoding="utf-8"))]


def names(cell: str) -> list[str]:
    """What a cell names in code letters."""
    return _CODE.findall(cell)


def is_there(name: str) -> bool:
    """Whether a module is where the table says: in the panel, in a package of the source, or in the repository."""
    places = (ROOT / "src" / "bulwark" / name, ROOT / "src" / name, ROOT / name)
    return any(place.exists() for place in places)


def names_of_tests(file: str) -> set[str]:
    """The names of a module's tests."""
    tree = tree_of(ROOT / "tests" / file)
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_test(name: str) -> bool:
    """Whether a test, or a module of tests, exists."""
    file, _colons, test = name.partition("::")
    return (ROOT / "tests" / file).is_file() and (not test or test in names_of_tests(file))


def test_every_requirement_of_both_levels_has_its_row_once() -> None:
    wanted = {f"V{section}.{number + 1}" for section, count in SECTIONS.items() for number in range(count)}
    named = Counter(name.strip() for row in ROWS for name in row[0].split(","))

    assert len(wanted) == 253
    assert {name for name, number in named.items() if number > 1} == set()
    assert set(named) == wanted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:12])
def test_a_row_names_what_exists(row: list[str]) -> None:
    requirement, _words, answer, where, tested = row

    assert answer.split(":")[0].split(";")[0].split()[0].rstrip(",") in ANSWERS, answer
    assert [name for name in names(where) if not is_there(name)] == []
    assert [name for name in names(tested) if not is_test(name)] == []
    if answer.startswith(("yes", "partly")):
        assert names(where), f"{requirement} says where nothing is"
        assert names(tested), f"{requirement} is not tested"


@pytest.mark.parametrize("document", [ASVS, THREATS, FAULTS], ids=lambda path: path.name)
def test_a_document_leads_to_things_that_exist(document: object) -> None:
    assert isinstance(document, type(ROOT))
    text = document.read_text(encoding="utf-8")
    paths = [name for name in names(text) if re.fullmatch(r"(docs|deploy|bench)/[\w./-]+", name)]
    tests = [name.removeprefix("tests/") for name in names(text) if re.match(r"[\w/]+/test_\w+\.py", name)]

    assert [name for name in paths if not (ROOT / name).exists()] == []
    assert [name for name in tests if not is_test(name)] == []
