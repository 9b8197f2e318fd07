"""What commands print: a table or sentences for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


def as_json(value: object) -> None:
    """Print one JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(sentence: str) -> None:
    """Print a sentence for people on standard output."""
    click.echo(sentence)


def note(sentence: str) -> None:
    """Print a sentence beside the result, on standard error."""
    click.echo(sentence, err=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, as wide as the terminal allows; in a pipe, without decoration."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    for head in heads:
        shown.add_column(head, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, soft_wrap=not sys.stdout.isatty()).print(shown)


def local_time(at: datetime) -> str:
    """A moment of today in this machine's zone: `14:32:07`. Needs no locale data, which a plain install lacks."""
    return at.astimezone().strftime("%H:%M:%S")


def local_moment(at: datetime) -> str:
    """A moment in this machine's zone: `2026-11-23 14:32`."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def facts(rows: Mapping[str, str]) -> None:
    """Print named facts, one a line."""
    table(("", ""), [(f"{name}:", value) for name, value in rows.items()])
