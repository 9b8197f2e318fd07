"""Questions and answers on a terminal and through a pipe."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime

import click
import msgspec
import pytest

from bulwark.console import output, prompts


class Named(msgspec.Struct):
    """A document."""

    name: str
    n: int


class Typed(io.StringIO):
    """Standard input that is a terminal, or not."""

    def __init__(self, text: str, *, is_terminal: bool = False) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let standard input be a pipe with this in it."""
    monkeypatch.setattr(sys, "stdin", Typed(text))


def test_secrets_come_one_a_line_and_are_not_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "  first with spaces  \nsecond\r\nthird")

    assert [prompts.ask_secret("x").reveal() for _ in range(3)] == ["  first with spaces  ", "second", "third"]


def test_an_empty_line_is_an_empty_secret_and_the_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "\n")

    assert prompts.ask_secret("x").reveal() == ""
    with pytest.raises(click.UsageError, match="Current password"):
        prompts.ask_secret("Current password")
    with pytest.raises(click.UsageError, match="Email address"):
        prompts.ask_text("Email address")


def test_a_code_is_read_as_people_group_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, " 123-456 \n")

    assert prompts.ask_code("x").reveal() == "123456"


def test_a_question_without_a_terminal_is_answered_with_no(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, "y\n")

    assert not prompts.confirm("Really?")


def test_on_a_terminal_a_secret_is_asked_for_without_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []

    def answer(label: str, **options: object) -> str:
        asked.append((label, bool(options.get("hide_input"))))
        return "typed"

    monkeypatch.setattr(sys, "stdin", Typed("", is_terminal=True))
    monkeypatch.setattr(click, "prompt", answer)

    assert prompts.ask_secret("Password").reveal() == "typed"
    assert prompts.ask_text("Email address") == "typed"
    assert prompts.ask_code("Code").reveal() == "typed"
    assert asked == [("Password", True), ("Email address", False), ("Code", False)]


def test_json_is_one_document_with_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    output.as_json(Named(name="Zoë", n=1))
    said = capsys.readouterr()

    assert json.loads(said.out) == {"name": "Zoë", "n": 1}
    assert "Zoë" in said.out


def test_a_table_in_a_pipe_has_no_decoration(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("name", "ends"), [("Phone [bold]", "never"), ("Laptop", "2026-12-01")])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert lines == [["name", "ends"], ["Phone", "[bold]", "never"], ["Laptop", "2026-12-01"]]


def test_notes_go_beside_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("result")
    output.note("remark")
    said = capsys.readouterr()

    assert (said.out, said.err) == ("result\n", "remark\n")


def test_moments_are_told_in_this_machines_zone() -> None:
    at = datetime(2026, 11, 23, 14, 32, 7, tzinfo=UTC)

    assert output.local_time(at) == at.astimezone().strftime("%H:%M:%S")
    assert output.local_moment(at) == at.astimezone().strftime("%Y-%m-%d %H:%M")
