"""Logs name code and causes, never what a person typed or a server echoed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import structlog

from bulwark.web import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "a very private sentence"


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def fail() -> None:
    raise ValueError(f"could not read {SECRET!r}")


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_logged_by_its_kind_and_frames_only(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.configure(form="json" if form == "json" else "console", level="info")
    try:
        fail()
    except ValueError as error:
        structlog.get_logger("bulwark.test").error("fault", reference="ABCD", exc_info=error)
        structlog.get_logger("bulwark.test").exception("fault-again", reference="EFGH")

    written = capsys.readouterr().err
    assert SECRET not in written
    assert "ValueError" in written
    assert "fail" in written
    assert "ABCD" in written
    assert "EFGH" in written


def test_a_cause_is_not_quoted_either(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form="json", level="info")
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError("another") from error
    except RuntimeError as error:
        structlog.get_logger("bulwark.test").error("fault", exc_info=error)

    assert SECRET not in capsys.readouterr().err


def test_json_lines_can_be_read_by_machines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form="json", level="info")
    structlog.get_logger("bulwark.test").info("request", path="/password", status=200)
    line = json.loads(capsys.readouterr().err)

    assert line["event"] == "request"
    assert line["status"] == 200
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_what_weighs_less_than_wanted_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form="console", level="warning")
    structlog.get_logger("bulwark.test").info("request")

    assert capsys.readouterr().err == ""
