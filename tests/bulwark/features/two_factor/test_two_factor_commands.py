"""The same on the command line, against a panel and a mail server on loopback."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from click.testing import CliRunner, Result

from bulwark import errors
from bulwark.app import create_app
from bulwark.cli import bulwark
from bulwark.console import prompts
from bulwark.settings import Settings
from canaries import PASSWORD, WRONG_PASSWORD
from json_documents import documents
from loopback_server import serve
from stalwart_sandbox import Sandbox
from totp_code import totp_code, wrong_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALICE = "alice@example.org"


class Terminal:
    """Somebody at a terminal, signed in as Alice; `url` is the panel's address."""

    def __init__(self, url: str, sandbox: Sandbox, mail_url: str, home: Path) -> None:
        self.url = url
        self.sandbox = sandbox
        self._mail_url = mail_url
        self._environ = {
            "BULWARK_SERVER_URL": mail_url,
            "BULWARK_PUBLIC_URL": url,
            "XDG_STATE_HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def run(self, *arguments: str, lines: tuple[str, ...] = (), panel: bool = True) -> Result:
        """A command with lines on standard input."""
        environ = self._environ | ({} if panel else {"BULWARK_PUBLIC_URL": ""})
        return CliRunner().invoke(bulwark, arguments, input="\n".join((*lines, "")), env=environ)

    def did(self, *arguments: str, lines: tuple[str, ...] = (), panel: bool = True) -> list[Any]:
        """The JSON documents of a command that worked."""
        result = self.run(*arguments, "--json", lines=lines, panel=panel)
        assert result.exit_code == 0, (result.output, result.exception)
        return documents(result.stdout)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def quiet() -> Iterator[None]:
    """The panel serves in this very process: what it logs would stand between what the command prints."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def terminal(quiet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    del quiet
    monkeypatch.delenv("BULWARK_PUBLIC_URL", raising=False)
    sandboxes: list[Sandbox] = []

    def make(url: str) -> Any:
        sandboxes.append(Sandbox(base_url=url))
        return sandboxes[0].app

    with serve(make) as mail_url:
        sandboxes[0].add_account(ALICE, PASSWORD)
        environ = {"BULWARK_SERVER_URL": mail_url, "BULWARK_DATA_DIR": str(tmp_path / "panel")}
        settings = Settings.load(environ, None).settings
        with serve(lambda _: create_app(settings)) as url:
            one = Terminal(url, sandboxes[0], mail_url, tmp_path / "home")
            assert one.run("sign-in", "--password", ALICE, lines=(PASSWORD,)).exit_code == 0
            yield one


def enrol(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Turn it on; the code is computed from the key that the command prints, as an app would."""
    seen: dict[str, Any] = {}
    answer_with_key(monkeypatch, seen)
    shown, done = terminal.did("two-factor", "enrol", "--device", "Pixel 8", lines=("any", PASSWORD))
    assert done["done"] == "on"
    return shown["key"], shown["recovery_codes"]


def answer_with_key(monkeypatch: pytest.MonkeyPatch, seen: dict[str, Any]) -> None:
    """Type what only somebody who read the output can type: one of the codes, and the code of the new app."""
    from bulwark.features.two_factor import commands
    from stalwart_jmap import Secret

    show = commands._show

    def read_screen(url: Secret, shown: tuple[str, ...], *, use_json: bool) -> None:
        found = re.search(r"secret=([A-Z2-7]+)", url.reveal())
        assert found
        seen.update(key=found[1], codes=shown)
        show(url, shown, use_json=use_json)

    def type_code(label: str) -> Secret:
        if "old app" in label or "key" not in seen:
            return prompts.ask_code(label)
        return Secret(totp_code(seen["key"], now()))

    def type_back(label: str) -> str:
        prompts.ask_text(label)
        found = re.search(r"number (\d+)", label)
        assert found
        return str(seen["codes"][int(found[1]) - 1])

    monkeypatch.setattr(commands, "_show", read_screen)
    monkeypatch.setattr(commands, "ask_code", type_code)
    monkeypatch.setattr(commands, "ask_text", type_back)


def test_the_whole_life_of_a_second_factor(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (status,) = terminal.did("two-factor", "status")
    assert not status["on"]
    key, codes = enrol(terminal, monkeypatch)
    monkeypatch.undo()
    (status,) = terminal.did("two-factor", "status")

    assert status["on"]
    assert status["set_up_here"]
    assert status["device"] == "Pixel 8"
    assert status["recovery_codes_left"] == 10
    assert status["recovery_codes_saved"]
    assert terminal.sandbox.verify(ALICE, PASSWORD, totp_code(key, now()))
    (tested,) = terminal.did("two-factor", "test", lines=(codes[0], totp_code(key, now())))
    assert tested == {"belong_together": True, "minutes_ahead": 0}
    (done,) = terminal.did("two-factor", "off", "--recovery-code", lines=(PASSWORD, codes[1]))
    assert done["done"] == "off"
    assert not terminal.sandbox.two_factor_on(ALICE)


def test_replacing_asks_for_a_code_of_both_apps(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    key, old_codes = enrol(terminal, monkeypatch)
    shown, done = terminal.did("two-factor", "replace", lines=("any", PASSWORD, totp_code(key, now())))

    assert done["done"] == "replaced"
    assert set(shown["recovery_codes"]).isdisjoint(old_codes)
    assert terminal.sandbox.verify(ALICE, PASSWORD, totp_code(shown["key"], now()))


def test_new_codes_for_one_of_the_old(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    key, codes = enrol(terminal, monkeypatch)
    monkeypatch.undo()
    result = terminal.run("two-factor", "codes", lines=(codes[0], ""))
    assert isinstance(result.exception, errors.NotApplied)  # nothing typed back: the old ones stay
    (tested,) = terminal.did("two-factor", "test", lines=(codes[5], totp_code(key, now())))

    assert tested["belong_together"]


def test_a_wrong_code_is_refused_before_anything_is_sent(terminal: Terminal) -> None:
    result = terminal.run("two-factor", "enrol", lines=("", PASSWORD, "000000"))

    assert isinstance(result.exception, errors.CodeDoesNotMatch)
    assert not terminal.sandbox.two_factor_on(ALICE)


def test_refusals_of_the_panel_reach_the_terminal_as_themselves(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, codes = enrol(terminal, monkeypatch)
    monkeypatch.undo()
    wrong_password = terminal.run("two-factor", "off", "--recovery-code", lines=(WRONG_PASSWORD, codes[0]))
    wrong_recovery = terminal.run("two-factor", "test", lines=("0000-0000-0000", totp_code(key, now())))
    other_app = terminal.run("two-factor", "test", "--json", lines=(codes[0], wrong_code(key, now())))

    assert isinstance(wrong_password.exception, errors.WrongPassword)
    assert isinstance(wrong_recovery.exception, errors.WrongRecoveryCode)
    assert other_app.exit_code == 1
    assert documents(other_app.stdout) == [{"belong_together": False, "minutes_ahead": 0}]


def test_without_a_panel_recovery_codes_must_be_given_up_in_so_many_words(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = terminal.run("two-factor", "enrol", panel=False)
    assert refused.exit_code == 2
    assert "--no-recovery-codes" in refused.output
    answer_with_key(monkeypatch, {})
    shown, done = terminal.did("two-factor", "enrol", "--no-recovery-codes", lines=(PASSWORD,), panel=False)

    assert done["done"] == "on"
    assert shown["recovery_codes"] == []
    (status,) = terminal.did("two-factor", "status", panel=False)
    assert status["on"]
    assert status["set_up_here"] is None


def test_what_is_on_is_not_turned_on_and_what_is_off_not_replaced(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Two-factor is off." in terminal.run("two-factor", "replace").output
    enrol(terminal, monkeypatch)

    assert "Two-factor is on already." in terminal.run("two-factor", "enrol").output


def test_people_see_a_picture_and_the_codes(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with_key(monkeypatch, {})
    result = terminal.run("two-factor", "enrol", lines=("any", PASSWORD))

    assert result.exit_code == 0, result.output
    assert "█" in result.output or "▄" in result.output
    assert len(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", result.output)) == 10
    assert "Two-factor is on." in result.output
    assert "10 of 10 left" in terminal.run("two-factor", "status").output
