"""The command line is an equal: pages and verbs agree, the reference is the program's own, no secret is an argument."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import click
import pytest

import routes
from bulwark import cli, command_reference
from bulwark.console.output import shapes_of
from bulwark.console.statuses import MEANINGS
from repository import ROOT

if TYPE_CHECKING:
    from panel_kit import RunningPanel

FOLDER = ROOT / "docs" / "command-line"
VERBS = dict(command_reference.verbs())
FOR_SERVERS = "/hooks/"  # the mail server's, not a person's
WITHOUT_JSON = {
    "bulwark completion": "a script for a shell",
    "bulwark demo": "runs until it is stopped",
    "bulwark migrate": "a step of an installation",
    "bulwark sandbox": "runs until it is stopped",
    "bulwark serve": "runs until it is stopped",
    "bulwark webhook": "prints the server's own object, which is JSON already",
}
_ROUTE = re.compile(r"`(GET|POST) (/[^`]*)`")
_VERB = re.compile(r"`(bulwark [a-z -]+)`")


def rows() -> list[tuple[str, str]]:
    """First and last cell of every row of every table."""
    text = (FOLDER / "pages.md").read_text(encoding="utf-8")
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:3] == "| `"]
    return [(cells[0], cells[-1]) for cells in found]


def documented() -> dict[tuple[str, str], str]:
    """Every route with its last cell: a verb, or a reason."""
    return {(method, path): last for first, last in rows() for method, path in _ROUTE.findall(first)}


@pytest.mark.anyio
async def test_every_address_of_the_panel_has_its_verb_or_a_reason(panel: RunningPanel) -> None:
    served = {
        (method, path)
        for path, methods in routes.all_routes(panel.app)
        if not path.startswith(FOR_SERVERS)
        for method in methods - {"HEAD"}
    }
    static = {("GET", "/static/{name}")}

    assert set(documented()) - served - static == set()
    assert served - set(documented()) == set()


def test_a_page_names_a_verb_that_exists_or_says_why_there_is_none() -> None:
    for route, last in documented().items():
        named = _VERB.findall(last)
        assert named or re.match(r"none: .{10}", last), route
        assert set(named) <= set(VERBS), route


def test_every_verb_has_its_page_or_is_listed_without() -> None:
    named = {verb for cells in rows() for cell in cells for verb in _VERB.findall(cell)}

    assert named == set(VERBS)


def test_every_verb_prints_json_or_there_is_a_reason() -> None:
    assert {name for name, command in VERBS.items() if not shapes_of(command)} == set(WITHOUT_JSON)


def test_the_reference_in_the_repository_is_the_programs_own() -> None:
    made = command_reference.files()
    stored = {path.relative_to(FOLDER).as_posix() for path in (*FOLDER.rglob("*.json"), *FOLDER.glob("*.1"))}
    stale = [name for name, text in made.items() if (FOLDER / name).read_text(encoding="utf-8") != text]

    assert stored | {"json.md"} == set(made), "make reference"
    assert stale == [], "make reference"


def test_the_manual_tells_every_verb_option_and_status() -> None:
    text = (FOLDER / "bulwark.1").read_text(encoding="utf-8").replace("\\-", "-")

    for name, command in VERBS.items():
        assert f".SS {name.removeprefix('bulwark ')}" in text
        for option in (one for one in command.params if isinstance(one, click.Option)):
            assert option.opts[0] in text
    assert all(f"\\fB{status}\\fR\n{meaning}" in text for status, meaning in MEANINGS.items())


def test_the_manual_can_be_set() -> None:
    try:
        ran = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", str(FOLDER / "bulwark.1")], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("groff is not on this machine")

    assert ran.returncode == 0
    assert ran.stderr == ""


def test_statuses_are_documented_and_used() -> None:
    text = (ROOT / "docs" / "use" / "command-line.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.MULTILINE)) == {
        str(status): meaning for status, meaning in MEANINGS.items()
    }
    assert set(cli.EXIT_STATUS.values()) <= set(MEANINGS)


@pytest.mark.parametrize("name", VERBS)
def test_no_option_takes_a_secret(name: str) -> None:
    secret = {"password", "secret", "code", "token", "key", "pin", "passphrase", "recovery-code", "current", "new"}
    taking = [one for one in VERBS[name].params if not (isinstance(one, click.Option) and one.is_flag)]
    words = {option.lstrip("-") for one in taking for option in one.opts}

    assert words & secret <= ({"code"} if name == "bulwark demo" else set())  # there it names a demo person
