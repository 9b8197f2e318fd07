"""What commands print: a table or sentences for people, JSON for scripts.

A command that takes `--json` names the shape of each document it prints (`json_option`). The reference, the JSON
Schemas and the tests read the shapes from there, so none of them can say something else than the program.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

Command = TypeVar("Command", bound="Callable[..., Any]")

# What a terminal obeys instead of showing; names come from the mail server, and anybody may have chosen them.
_OBEYED = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


class JsonOption(click.Option):
    """`--json`, with the shapes of the documents that are printed, one after the other."""

    def __init__(self, *arguments: Any, shapes: tuple[Any, ...] = (), **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.shapes = shapes


def json_option(*shapes: Any, text: str = "Print the result as JSON.") -> Callable[[Command], Command]:
    """The option `--json` of a command, as its parameter `use_json`."""
    return click.option("--json", "use_json", is_flag=True, cls=JsonOption, shapes=shapes, help=text)


def shapes_of(command: click.Command) -> tuple[Any, ...]:
    """The shapes of what a command prints with `--json`; empty for one that has no `--json`."""
    return next((one.shapes for one in command.params if isinstance(one, JsonOption)), ())


def as_json(value: msgspec.Struct | Sequence[msgspec.Struct], *, in_one_line: bool = False) -> None:
    """Print one JSON document on standard output."""
    written = msgspec.json.encode(value)
    click.echo((written if in_one_line else msgspec.json.format(written)).decode())


def say(sentence: str) -> None:
    """Print a sentence for people on standard output."""
    click.echo(printable(sentence))


def note(sentence: str) -> None:
    """Print a sentence beside the result, on standard error."""
    click.echo(printable(sentence), err=True)


def printable(text: str) -> str:
    """The text without anything that a terminal would obey."""
    return text.translate(_OBEYED)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, as wide as the terminal allows; in a pipe, without decoration."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    for head in heads:
        shown.add_column(head, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))
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
