"""The checkout as data: its root, its own files, its source trees."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".venv", ".git", "build", "dist", "__pycache__", "output", ".mypy_cache", ".ruff_cache", ".hypothesis"}
_BINARY = {".png", ".ico", ".woff2", ".mo", ".db", ".gz", ".br", ".jpg", ".webp"}


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file of the repository; in an unpacked source archive, every file that is not built."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = (ROOT / name for name in listed.stdout.split("\0") if name)
        return tuple(sorted(path for path in paths if path.is_file()))
    return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and not _NOT_OURS & set(path.parts)))


def text_files() -> list[Path]:
    """Every tracked file that people read."""
    return [path for path in tracked_files() if path.suffix not in _BINARY]


def modules(*folders: str) -> list[Path]:
    """The Python files below folders of the repository."""
    roots = [ROOT / folder for folder in folders]
    return [
        path for path in tracked_files() if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def named(path: Path) -> str:
    """A file's name within the repository."""
    return path.relative_to(ROOT).as_posix()
