"""The documentation agrees with the program: every message has its entry, every setting and extra exists."""

from __future__ import annotations

import ast
import re
from importlib import metadata

import pytest

import shown_commands
from bulwark import setting_list
from bulwark.catalog import FEATURES
from bulwark.features.doctor import texts as doctor_texts
from repository import ROOT, tree_of

DOCS = ROOT / "docs"
TROUBLE = (DOCS / "troubleshoot.md").read_text(encoding="utf-8")
TEXTS = [path.read_text(encoding="utf-8") for path in shown_commands.DOCS]


def headings() -> set[str]:
    """The heading of every page about something that went wrong."""
    tree = tree_of(ROOT / "src" / "bulwark" / "web" / "problem_pages.py")
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "heading" and isinstance(node.value, ast.Call):
            (argument,) = node.value.args
            assert isinstance(argument, ast.Constant)
            found.add(str(argument.value))
    return found


@pytest.mark.parametrize("heading", sorted(headings()))
def test_every_page_about_trouble_has_its_entry(heading: str) -> None:
    assert re.search(rf"^\| {re.escape(heading)} \|", TROUBLE, re.MULTILINE), heading


@pytest.mark.parametrize("title", doctor_texts._TITLES.values())
def test_every_check_of_the_doctor_has_its_entry(title: str) -> None:
    assert re.search(rf"^\| {re.escape(title)} \|", TROUBLE, re.MULTILINE), title


def test_settings_in_the_documentation_exist() -> None:
    known = {one.name for one in setting_list.SETTINGS} | {"BULWARK_CONFIG", "BULWARK_PROFILE"}
    known |= {f"{name}_FILE" for name in known}
    named = {name for text in TEXTS for name in re.findall(r"BULWARK_[A-Z0-9_]+[A-Z0-9](?![A-Z0-9_])", text)}

    assert named - known == set()


def test_what_pip_is_asked_for_exists() -> None:
    asked = {
        found
        for text in TEXTS
        for found in re.findall(r"pipx? install [^`\n]*?'?(bulwark[\w-]+)(?:\[([\w,]+)\])?", text)
    }

    assert {name for name, _extras in asked} == {"bulwark-account-security"}
    assert {extra for _name, extras in asked for extra in extras.split(",") if extra} == {"web", "postgresql"}
    assert {"web", "postgresql"} <= set(metadata.metadata("bulwark-account-security").get_all("Provides-Extra") or ())


def test_the_administrator_is_told_every_permission_of_the_mission() -> None:
    text = (DOCS / "administrator.md").read_text(encoding="utf-8")
    core = ("password", "app-passwords", "api-keys", "encryption", "identities", "profile")
    needed = {name for one in FEATURES if one.slug in core for names in one.needs.values() for name in names}

    assert {name for name in needed if f"`{name}`" not in text} == set()
