"""The commands that the documentation shows, each line run as it stands against the stand-in and a panel."""

from __future__ import annotations

import re
import shlex
import threading
import time
from typing import TYPE_CHECKING

import httpx2
import pytest

from bulwark.command_reference import EXAMPLES
from canaries import NEW_PASSWORD, PASSWORD
from json_documents import verb_of
from panel_beside import panel_beside
from repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terminal_kit import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.shows_secrets("app passwords are printed once, on purpose")]
PAGE = ROOT / "docs" / "use" / "command-line.md"
SHOWN = {"https://mail.example.org": "mail", "https://account.example.org": "panel"}
PEOPLE = ("alice@example.org", "bob@example.org", "heidi@example.org")


def lines_of(path: Path) -> list[str]:
    """Every command line of the blocks marked `sh`."""
    blocks = re.findall(r"```sh\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


class Shell:
    """Somebody who types what is shown, with the addresses and people of this test."""

    def __init__(self, terminal: Terminal, panel: str) -> None:
        self.terminal = terminal
        terminal.default_server = []
        self.addresses = {"mail": terminal.server.state.base_url, "panel": panel}
        self.people = {name: terminal.new_person(roles={"@type": "Admin"}) for name in PEOPLE}
        self.password = PASSWORD

    def __call__(self, line: str) -> int:
        """Run a line; what is asked for is typed."""
        for shown, name in SHOWN.items():
            line = line.replace(shown, self.addresses[name])
        for shown, login in self.people.items():
            line = line.replace(shown, login)
        program, *words = shlex.split(line.partition(" | ")[0])
        assert program == "bulwark", line
        verb = verb_of(words)[0]
        approving = verb == "bulwark sign-in" and "--password" not in words
        person = threading.Thread(target=self._approve) if approving else None
        if person is not None:
            person.start()
        outcome = self.terminal(*words, typed=self._typed(verb))
        if person is not None:
            person.join()
        assert outcome.status in {0, 1}, (line, outcome.err)
        return outcome.status

    def _typed(self, verb: str) -> tuple[str, ...]:
        if verb == "bulwark password change":
            before, self.password = self.password, NEW_PASSWORD
            return (before, NEW_PASSWORD, NEW_PASSWORD)
        return (PASSWORD,)

    def _approve(self) -> None:
        devices = self.terminal.server.state.grants.devices
        deadline = time.monotonic() + 20
        while not devices and time.monotonic() < deadline:
            time.sleep(0.02)
        body = {
            "type": "authDevice",
            "accountName": self.people["alice@example.org"],
            "accountSecret": PASSWORD,
            "code": next(iter(devices.values())).user_code,
        }
        httpx2.post(f"{self.addresses['mail']}/api/auth", json=body)


@pytest.fixture
def shell(terminal: Terminal, tmp_path: Path) -> Iterator[Shell]:
    state = terminal.server.state
    before, state.device_interval = state.device_interval, 1
    state.grants.devices.clear()
    with panel_beside(state.base_url, tmp_path / "panel") as panel:
        yield Shell(terminal, panel)
    state.device_interval = before


def test_every_line_that_is_shown_works(shell: Shell) -> None:
    shown = lines_of(PAGE)
    statuses = {line: shell(line) for line in shown}

    assert len(shown) > 15
    assert {line for line, status in statuses.items() if status} == {"bulwark check"}  # an account without two-factor


def test_the_examples_of_the_manual_work(shell: Shell) -> None:
    statuses = [shell(line) for _about, line in EXAMPLES]

    assert statuses == [0, 1, 0, 0]


def test_every_verb_that_a_page_of_the_documentation_names_exists() -> None:
    unknown = {
        (path.name, named)
        for path in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md")
        for named in re.findall(r"`bulwark ([a-z][a-z -]*[a-z])", path.read_text(encoding="utf-8"))
        if verb_of(named.split())[0] == "bulwark"
    }

    assert unknown == set()
