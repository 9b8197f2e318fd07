"""A bar for what takes long, on standard error of a terminal alone: never in a pipe, never beside `--json`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[int, int], None]  # how many are done, of how many


def untold(_done: int, _total: int) -> None:
    """Where nobody watches."""


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Tell]:
    """A bar for as long as the block lasts; it is told how far the work is."""
    if quiet or not sys.stderr.isatty():
        yield untold
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=max(total, done))

        yield tell
