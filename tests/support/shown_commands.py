"""The commands that the documentation shows, in order, and the few that no test can run, with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from json_documents import verb_of
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES = [*DOCS, *(ROOT / "deploy" / name for name in ("compose.yaml", "Dockerfile", "bulwark.service"))]
NOT_RUN = {
    r"pipx? install ": "fetches packages; tests/packaging installs what is built here",
    r"/opt/bulwark/bin/pip install ": "the same",
    r"docker compose ": "starts containers; tests/contracts/test_deploy.py reads the file as docker does",
    r"docker build ": "builds a container",
    r"systemctl enable ": "starts a service of the system",
    r"sudo chown ": "asks for another password, and needs a user that the container has",
    r"pass insert ": "writes into a person's own password store",
    r"kill %1$": "ends what a person started in their shell",
    r"man bulwark$": "reads the installed page; tests/contracts/test_commands.py sets it",
    r"\.venv/bin/python -m pytest ": "is what runs this test",
}
_PROGRAMS = {
    *("bulwark", "curl", "docker", "git", "kill", "make", "man", "openssl", "pg_restore", "pip", "pipx", "python"),
    *("python3", "sudo", "systemctl", ".venv/bin/python"),
}
_KINDS = {"sh", "text", "python", "json", "toml", "yaml", "nginx", "caddyfile"}
_FENCED = r"^ *```(?P<kind>\w*)\n(?P<body>.*?)^ *```$"
_PIECE = re.compile(rf"{_FENCED}|(?<!`)`(?P<inline>[^`]+)`(?!`)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^(?:#   \S.*\n)+", re.MULTILINE)
_INDENTED = re.compile(r"(?<=\n\n)    \S.*")
_ASSIGNED = re.compile(r"[A-Z_]+=")


def blocks_of(path: Path) -> list[tuple[str, ...]]:
    """What a page wants typed, in its order, line by line: the blocks marked `sh`, and commands within sentences."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":  # a file for a program, with commands in its comments
        bodies = [re.sub(r"^#   ", "", found[0], flags=re.MULTILINE) for found in _COMMENT.finditer(text)]
    else:
        pieces = [
            (found["kind"], found["body"] or " ".join(found["inline"].split())) for found in _PIECE.finditer(text)
        ]
        bodies = [body for kind, body in pieces if kind == "sh" or (kind is None and is_command(body))]
    joined = [re.sub(r" *\\\n *", " ", body) for body in bodies]
    return [tuple(line.strip() for line in body.splitlines() if line.strip()) for body in joined]


def unmarked(path: Path) -> list[str]:
    """The blocks of a page that do not say what they are, or say something else than what they are."""
    text = path.read_text(encoding="utf-8")
    fences = re.compile(_FENCED, re.MULTILINE | re.DOTALL)
    wrong = [
        found["body"]
        for found in fences.finditer(text)
        if found["kind"] not in _KINDS or (found["kind"] != "sh" and _PROGRAMS & set(command_words(found["body"])[:1]))
    ]
    return wrong + _INDENTED.findall(fences.sub("", text))


def is_command(text: str) -> bool:
    """Whether words begin with a program and go on. The name of a program, or of a verb alone, is a name."""
    program, *words = command_words(text) or [""]
    if program == "bulwark":
        return len(verb_of(words)[0].split()) <= len(words)
    return program == "make" or (program in _PROGRAMS and bool(words))


def command_words(line: str) -> list[str]:
    """The words of a line without the assignments before it."""
    words = line.split()
    while words and _ASSIGNED.match(words[0]):
        del words[0]
    return words


def entry_for(line: str) -> str | None:
    """The entry of the table that a line falls under."""
    command = " ".join(command_words(line))
    return next((pattern for pattern in NOT_RUN if re.match(pattern, command)), None)
