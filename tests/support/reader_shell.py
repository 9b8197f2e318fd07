"""Somebody who types what the documentation shows, line by line: `bulwark` in this process, all else in a real shell.

The addresses, people, folders, ports and days of the examples become those of the test, and questions are answered with
yes; nothing else is changed. What runs until it is stopped is stopped when it works.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import httpx2
import pytest
import structlog

from bulwark.command_reference import verbs
from bulwark.settings import Settings
from canaries import NEW_PASSWORD, PASSWORD
from json_documents import verb_of
from panel_process import free_port, wait_until
from real_shell import recipe, shell
from repository import ROOT
from shown_commands import command_words, entry_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terminal_kit import Outcome, Terminal

_FOLDERS = re.compile(r"(?<![\w.~/-])/(?=(?:backup|backup-of-keys|etc|opt|run/secrets|var/lib)\b)")
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_SERVING = {"bulwark serve": "8700", "bulwark demo": "8700", "bulwark sandbox": "8701"}  # with the port unless told
_VERBS = dict(verbs())
_ANSWERS = ("--yes", "--i-have-the-private-key")
_ID = re.compile(r"(?<= )(?:i0eilcgcabab|g)(?= |$)")
_OF_THE_RUN = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "JOBS"}  # of the make that runs the tests
_WHERE_INSTALLED = {"make", "openssl", "pg_dump", "pg_restore"}
# What the module does when it is called with a database and a statement.
_SQLITE = "python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])'"
_SECONDS = 30


class Reader:
    """A person at a shell, with the addresses and people of this test; `folder` stands for the root of the machine."""

    def __init__(self, terminal: Terminal, panel: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal = terminal
        self.folder = folder
        self.home = folder / "home"
        self.server = terminal.server.state.base_url
        self.people: dict[str, str] = {}
        self.password = PASSWORD
        self.instead = {"https://mail.example.org": self.server, "https://account.example.org": panel}
        self.instead |= {f"127.0.0.1:{port}": f"127.0.0.1:{free_port()}" for port in ("8700", "8701")}
        self.made = ""  # the id of what was made last
        self.outcomes: list[tuple[str, Outcome]] = []
        self.beside: list[subprocess.Popen[bytes]] = []
        self.works: Callable[[], bool] = lambda: True  # what else must hold before a panel is stopped
        terminal.default_server = []
        self.home.mkdir()
        monkeypatch.chdir(self.home)
        monkeypatch.setenv("HOME", str(self.home))
        monkeypatch.setenv("BULWARK_PUBLIC_URL", panel)

    def knows(self, name: str, **options: object) -> str:
        """One of the people of the examples has an account; returns the login."""
        login = self.people[name] = self.instead[f"{name}@example.org"] = self.terminal.new_person(**options)
        return login

    def signs_in(self, name: str) -> None:
        """This machine is signed in as one of them."""
        words = ("--server", self.server, "sign-in", "--password", self.people[name])
        assert self.terminal(*words, typed=(PASSWORD,)).status == 0

    def unexpected(self, statuses: dict[str, int]) -> list[tuple[str, int, str]]:
        """The lines that ended otherwise than well, or than `statuses` has it for their verb, with what they said."""
        return [
            (line, outcome.status, outcome.err)
            for line, outcome in self.outcomes
            if outcome.status != statuses.get(verb_of(shlex.split(line))[0], 0)
        ]

    def here(self, line: str) -> str:
        """A line with what is this test's own."""
        for shown, ours in self.instead.items():
            line = line.replace(shown, ours)
        line = _DAY.sub((datetime.now(UTC) + timedelta(days=200)).date().isoformat(), line)
        return _FOLDERS.sub(f"{self.folder}/", _ID.sub(self.made, line))

    def types(self, *lines: str) -> None:
        """Type the lines of a block."""
        told: dict[str, str] = {}
        with unchanged():
            for line in lines:
                if entry_for(line) is None:
                    told |= self._line(self.here(line))
            if told:  # lines for the environment of a panel
                loaded = Settings.load({**os.environ, "BULWARK_SERVER_URL": self.server, **told}, None)
                assert loaded.warnings == ()

    def _line(self, line: str) -> dict[str, str]:
        """Type one; returns what it would have a panel told."""
        words = command_words(line)
        if not words:
            name, _, value = line.partition("=")
            return {name: value}
        program = Path(words[0]).name
        if program in _WHERE_INSTALLED and shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
        if program == "export":
            name = words[1].partition("=")[0]
            os.environ[name] = self.shell(f'{line}; printf %s "${name}"')
        elif program == "make":
            self._make(line)
        elif program == "bulwark":
            self._bulwark(line)
        else:
            self.shell(line)
        return {}

    def shell(self, line: str) -> str:
        """Let a real shell run a line; returns what it printed."""
        if sys.version_info < (3, 12):
            line = line.replace("python3 -m sqlite3", _SQLITE)
        line = line.replace("-m venv", "-m venv --without-pip")  # nobody uses it, and it takes seconds
        return shell(line, ROOT if "deploy/" in line else self.home)

    def _make(self, line: str) -> None:
        """See what make would do, and do what is the program's own; make alone only lists, and does it."""
        for own in recipe(line):
            assigned = [word for word in line.split() if word.startswith("BULWARK_")]
            self._bulwark(" ".join((*assigned, own)))

    def _bulwark(self, line: str) -> None:
        line, _, behind = line.partition(" | ")
        assert not behind or entry_for(behind), f"nobody runs {behind!r}"
        words = shlex.split(line)
        with unchanged():
            while "=" in words[0]:
                name, _, value = words.pop(0).partition("=")
                os.environ[name] = value
            if verb_of(words)[0] in {*_SERVING, "bulwark migrate"}:
                os.environ.setdefault("BULWARK_SERVER_URL", self.server)
            if words[-1] == "&" or "--workers" in words:
                self._start_beside([word for word in words[1:] if word != "&"])
            elif "COMMAND" in words:
                for name in _VERBS:
                    assert self.terminal(*name.split()[1:], *words[2:]).status == 0
            else:
                self._run(words[1:], line)

    def _run(self, words: list[str], line: str) -> None:
        words, into = (words[:-2], words[-1]) if ">" in words else (words, None)
        verb, command = verb_of(words)
        words += [answer for one in command.params for answer in one.opts if answer in _ANSWERS]
        if verb in _SERVING:
            outcome = self._until_stopped(self._listening(verb, words), signal.SIGTERM, self._answers(verb))
        elif verb == "bulwark identities watch":
            outcome = self._until_stopped(words, signal.SIGINT, self._streams)
        elif verb == "bulwark sign-in" and "--password" not in words:
            outcome = self._approved(words)
        else:
            outcome = self.terminal(*words, typed=self._typed(verb))
        self.outcomes.append((line, outcome))
        self.made = (re.findall(r"with the id (\S+)\.", outcome.out) or [self.made])[0]
        if into is not None:
            Path(into.replace("~", str(self.home))).write_text(outcome.out, encoding="utf-8")

    def _typed(self, verb: str) -> tuple[str, ...]:
        if verb in {"bulwark password change", "bulwark activity take-back"}:
            before, self.password = self.password, NEW_PASSWORD
            return (before, NEW_PASSWORD, NEW_PASSWORD)
        return (self.password,)

    def _approved(self, words: list[str]) -> Outcome:
        """A sign-in whose code Alice approves in a browser."""
        devices = self.terminal.server.state.grants.devices

        def approve() -> None:
            wait_until(lambda: bool(devices), "a code is shown")
            body = {"type": "authDevice", "accountName": self.people["alice"], "accountSecret": self.password}
            code = next(iter(devices.values())).user_code
            httpx2.post(f"{self.server}/api/auth", json=body | {"code": code})

        person = threading.Thread(target=approve)
        person.start()
        outcome = self.terminal(*words)
        person.join()
        return outcome

    def _listening(self, verb: str, words: list[str]) -> list[str]:
        """The words with an address of this test's to listen on."""
        return words if "--listen" in words else [*words, "--listen", self.here(f"127.0.0.1:{_SERVING[verb]}")]

    def _answers(self, verb: str) -> Callable[[], bool]:
        address = self.here(f"http://127.0.0.1:{_SERVING[verb]}/readyz")

        def looks() -> bool:
            try:
                with urlopen(address, timeout=1):  # noqa: S310 - our own process, over http
                    return self.works()
            except HTTPError as error:
                return error.code == 404  # the stand-in
            except OSError:
                return False

        return looks

    def _streams(self) -> bool:
        return any("eventsource" in seen.path for seen in self.terminal.server.requests)

    def _until_stopped(self, words: list[str], how: signal.Signals, works: Callable[[], bool]) -> Outcome:
        """Run what runs for ever in this process; another thread sends the signal that ends it."""
        ended, worked = threading.Event(), threading.Event()

        def stop() -> None:
            deadline = time.monotonic() + _SECONDS
            while not ended.wait(0.02) and not worked.is_set() and time.monotonic() < deadline:
                if works():
                    worked.set()
            if not ended.is_set():
                os.kill(os.getpid(), how)

        before = signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn sends itself the signal once more
        person = threading.Thread(target=stop)
        person.start()
        try:
            outcome = self.terminal(*words)
        finally:
            ended.set()
            person.join()
            signal.signal(signal.SIGTERM, before)
        assert worked.is_set(), (words, outcome)
        return outcome

    def _start_beside(self, words: list[str]) -> None:
        """Start what runs for ever as a process of its own, and wait until it answers; `leaves` ends it."""
        verb = verb_of(words)[0]
        words = self._listening(verb, words)
        process = subprocess.Popen([sys.executable, "-m", "bulwark.cli", *words], stdout=subprocess.DEVNULL)
        self.beside.append(process)
        answers = self._answers(verb)
        wait_until(lambda: answers() or process.poll() is not None, " ".join(words))
        assert process.poll() is None, words

    def leaves(self) -> None:
        """End what was started beside."""
        for process in self.beside:
            process.send_signal(signal.SIGTERM)
        for process in self.beside:
            assert process.wait(_SECONDS) in {0, -signal.SIGTERM}


@contextmanager
def unchanged() -> Iterator[None]:
    """What commands set up for their own process ends with them: environment, logging."""
    environ, told, uvicorn = dict(os.environ), structlog.get_config(), logging.getLogger("uvicorn")
    before = (uvicorn.handlers[:], uvicorn.level, uvicorn.propagate)
    for name in _OF_THE_RUN & set(environ):
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environ)
        structlog.configure(**told)
        uvicorn.handlers[:], uvicorn.level, uvicorn.propagate = before
