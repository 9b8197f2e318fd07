"""A bar stands on a terminal alone."""

from __future__ import annotations

import os
import pty
import select
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING

from bulwark.console.progress import progress, untold

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


@contextmanager
def screen() -> Iterator[int]:
    """A terminal as standard error; what is shown there can be read."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as file, redirect_stderr(file):
        yield leader
    os.close(leader)


def shown_on(leader: int) -> str:
    """All that was shown until now."""
    found = ""
    while select.select([leader], [], [], 0.2)[0]:
        found += os.read(leader, 65536).decode()
    return found


def test_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with screen() as leader:
        with progress("Accounts") as tell:
            tell(500, 2000)
            tell(2000, 2000)
        shown = shown_on(leader)

    assert "Accounts" in shown
    assert "2000/2000" in shown


def test_beside_json_nothing_is_shown() -> None:
    with screen() as leader:
        with progress("Accounts", quiet=True) as tell:
            tell(1, 2)
        shown = shown_on(leader)

    assert tell is untold
    assert shown == ""


def test_in_a_pipe_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Accounts") as tell:
        tell(1, 2)

    assert capsys.readouterr() == ("", "")
