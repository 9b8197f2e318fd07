"""The documentation agrees with the program: every message has its entry, every command is one that works."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import click
import pytest

from bulwark import setting_list
from bulwark.catalog import FEATURES
from bulwark.cli import bulwark
from bulwark.features.doctor import texts as doctor_texts
from repository import ROOT, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
TROUBLE = (DOCS / "troubleshoot.md").read_text(encoding="utf-8")
# The library's pages run their own blocks; so does the page of the command line.
ELSEWHERE = {"docs/library", "docs/use/command-line.md", "docs/develop", "docs/security"}
PAGES = [
    *(path for path in sorted(DOCS.rglob("*.md")) if not any(str(path).startswith(str(ROOT / p)) for p in ELSEWHERE)),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
]
# Programs of the operator's machine: what is written about them is held to the shell's grammar and not run, because
# they would change the machine, or need a service that is not here.
NOT_RUN = {
    "pip": "installs packages",
    "/opt/bulwark/bin/pip": "installs packages",
    "pg_dump": "needs PostgreSQL's own database",
    "install": "writes into the system",
    "docker": "needs containers",
    "systemctl": "needs an init system",
    "openssl": "makes a key, another one each time",
}
BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^ *```$|^(?P<plain>(?:    \S.*\n)+)", re.MULTILINE | re.DOTALL
)


def commands_of(path: Path) -> Iterator[str]:
    """Every line of a page's shell blocks, continuations joined; what is no command for a shell is left out."""
    for found in BLOCK.finditer(path.read_text(encoding="utf-8")):
        if found["kind"] not in {None, "", "sh"}:
            continue
        body = (found["body"] or found["plain"] or "").replace("\\\n", " ")
        for line in body.splitlines():
            command = line.strip()
            word = _program(command)
            if found["kind"] == "sh" or word in {"bulwark", "make", "python3", *NOT_RUN} or word.endswith("/bulwark"):
                yield command


def _program(command: str) -> str:
    """The first word that is no assignment."""
    words = [word for word in command.split() if not re.match(r"[A-Z_]+=", word)]
    return words[0] if words else ""


COMMANDS = sorted({(path.relative_to(ROOT).as_posix(), command) for path in PAGES for command in commands_of(path)})


def parse(arguments: list[str]) -> None:
    """Let click read a command line as it would before running it: unknown words and wrong values are errors."""
    command: click.Command = bulwark
    context = command.make_context("bulwark", list(arguments))
    opened = [context]
    while isinstance(command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, found, left = command.resolve_command(context, rest)
        assert found is not None, rest
        command, context = found, found.make_context(name, list(left), parent=context)
        opened.append(context)
    for one in opened:
        one.close()


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=lambda value: value.replace("/", "-")[:60])
def test_a_command_of_the_documentation_is_one_that_works(
    page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checked = subprocess.run(["/bin/sh", "-n", "-c", command], capture_output=True, check=False, text=True, timeout=10)
    assert checked.returncode == 0, f"{page}: {checked.stderr}"
    program = _program(command)
    words = shlex.split(re.sub(r" [<>] \S+", "", command), comments=True)
    words = words[words.index(program) + 1 :]
    if program in NOT_RUN:
        return
    for word in words:
        if re.fullmatch(r"[\w-]+\.(asc|json|txt|html)", word):
            (tmp_path / word).touch()  # a file that the person has
    if program.endswith("bulwark"):
        parse(words)
    elif program == "make":
        targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert not words or words[0] in targets, f"{page}: make {words}"
    else:
        assert program == "python3", f"{page}: nobody looks at {program!r}; run it here, or say in NOT_RUN why not"
        assert words[:2] in (["-m", "venv"], ["-m", "sqlite3"]) or words[0] == "-c", command
        if words[0] == "-c":
            compile(words[1], page, "exec")


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
    known = {one.name for one in setting_list.SETTINGS} | {"BULWARK_CONFIG"}
    known |= {f"{name}_FILE" for name in known}
    texts = [path.read_text(encoding="utf-8") for path in PAGES]
    named = {name for text in texts for name in re.findall(r"BULWARK_[A-Z0-9_]+[A-Z0-9]", text)}

    assert named - known == set()


def test_the_administrator_is_told_every_permission_of_the_mission() -> None:
    text = (DOCS / "administrator.md").read_text(encoding="utf-8")
    core = ("password", "app-passwords", "api-keys", "encryption", "identities", "profile")
    needed = {name for one in FEATURES if one.slug in core for names in one.needs.values() for name in names}

    assert {name for name in needed if f"`{name}`" not in text} == set()
