"""The command line as a program: what it says about itself, its statuses, the sign-in it keeps."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import click.testing
import pytest

from bulwark import cli, errors
from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from stalwart_sandbox import Sandbox
from stalwart_sandbox.server import running
from terminal_kit import now_code
from totp_code import wrong_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terminal_kit import Terminal


# Signing in


def test_a_person_signs_in_and_only_tokens_are_kept(terminal: Terminal) -> None:
    login = terminal.new_person()
    outcome = terminal("sign-in", "--password", login, typed=(PASSWORD,))

    kept = terminal.home / "state" / "bulwark" / "default.json"
    assert outcome.status == 0
    assert outcome.out == f"Signed in as {login}. The sign-in is kept in: {kept}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert PASSWORD not in kept.read_text(encoding="utf-8")


def test_the_login_is_asked_for_when_it_is_not_given(terminal: Terminal) -> None:
    login = terminal.new_person()

    assert terminal("sign-in", "--password", typed=(f" {login.upper()} ", PASSWORD)).status == 0


def test_a_code_is_asked_for_when_the_server_wants_one(terminal: Terminal) -> None:
    login = terminal.new_person(otp_secret=TOTP_SECRET)
    code = now_code()

    assert terminal("sign-in", "--password", login, typed=(PASSWORD, f"{code[:3]} {code[3:]}")).status == 0


def test_the_result_can_be_read_by_machines(terminal: Terminal) -> None:
    login = terminal.new_person()
    outcome = terminal("sign-in", "--password", login, "--json", typed=(PASSWORD,))

    assert outcome.json["account"] == login
    assert outcome.json["server"] == terminal.server.state.base_url
    assert outcome.err == ""


def test_a_wrong_password_is_status_1_in_words(terminal: Terminal) -> None:
    login = terminal.new_person()
    known = terminal("sign-in", "--password", login, typed=(WRONG_PASSWORD,))
    unknown = terminal("sign-in", "--password", "nobody@example.org", typed=(WRONG_PASSWORD,))

    assert known == unknown
    assert known.status == 1
    assert "The email address or the password is wrong." in known.err


def test_a_wrong_code_is_status_1(terminal: Terminal) -> None:
    login = terminal.new_person(otp_secret=TOTP_SECRET)
    outcome = terminal("sign-in", "--password", login, typed=(PASSWORD, wrong_code(TOTP_SECRET, datetime.now(UTC))))

    assert outcome.status == 1
    assert "This code is not right" in outcome.err


@pytest.mark.parametrize("make", ["add_app_password", "add_api_key"])
def test_a_secret_made_for_a_program_is_refused_before_anything_is_sent(terminal: Terminal, make: str) -> None:
    login = terminal.new_person()
    secret = getattr(terminal.server, make)(login, "Phone")
    terminal.server.forget_requests()
    outcome = terminal("sign-in", "--password", login, typed=(secret,))

    assert outcome.status == 1
    assert "Sign in with your account password." in outcome.err
    assert terminal.server.requests == []


def test_a_percent_sign_is_refused_before_a_password_is_asked_for(terminal: Terminal) -> None:
    outcome = terminal("sign-in", "--password", "alice@example.org%admin")

    assert outcome.status == 1
    assert "percent sign" in outcome.err


def test_input_that_ends_too_early_is_a_usage_error(terminal: Terminal) -> None:
    outcome = terminal("sign-in", "--password", "alice@example.org")

    assert outcome.status == 2
    assert "Standard input ended before this was given: Password" in outcome.err


def test_without_a_server_it_says_how_to_name_one_before_it_asks_anything(terminal: Terminal) -> None:
    terminal.default_server = []
    outcome = terminal("sign-in", "--password")

    assert outcome.status == 2
    assert "bulwark --server https://mail.example.org" in outcome.err


@pytest.mark.parametrize("address", ["mail.example.org", "ftp://mail.example.org", "https://", "https://a:b@c"])
def test_an_address_that_is_none_is_a_usage_error(terminal: Terminal, address: str) -> None:
    terminal.default_server = ["--server", address]
    outcome = terminal("sign-in", "--password", "alice@example.org", typed=(PASSWORD,))

    assert outcome.status == 2
    assert "This is no usable server address" in outcome.err


def test_signing_out_forgets_the_tokens(terminal: Terminal) -> None:
    terminal.signed_in()
    first, second = terminal("sign-out"), terminal("sign-out", "--json")

    assert first.out == "Signed out.\n"
    assert second.json == {"signed_out": False}
    assert list((terminal.home / "state" / "bulwark").iterdir()) == []
    assert terminal("password", "change").status == 3


def test_profiles_are_apart(terminal: Terminal) -> None:
    terminal.signed_in()
    outcome = terminal("--profile", "work", "password", "change")

    assert outcome.status == 3
    assert "bulwark sign-in" in outcome.err


def test_the_server_need_not_be_named_again(terminal: Terminal) -> None:
    login = terminal.signed_in()
    terminal.default_server = []

    assert terminal("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD)).status == 0
    assert terminal.server.password_is(login, NEW_PASSWORD)


def test_kept_tokens_go_to_no_other_server(terminal: Terminal) -> None:
    terminal.signed_in()
    elsewhere = Sandbox(admin=None)
    with running(elsewhere) as url:
        terminal.default_server = ["--server", url]
        outcome = terminal("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 2
    assert f"This sign-in belongs to {terminal.server.state.base_url}." in outcome.err
    assert elsewhere.requests == []


# The program itself


def test_every_error_has_a_status_and_a_sentence_of_its_own() -> None:
    assert set(cli.EXIT_STATUS.values()) <= {1, 3, 4, 5, 6}
    assert cli.status_of(errors.BulwarkError()) == 1
    assert cli.status_of(errors.OutcomeUnknown(datetime.now(UTC))) == 6


def all_commands(command: click.Command, path: str = "bulwark") -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name."""
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from all_commands(child, f"{path} {name}")


COMMANDS = dict(all_commands(cli.bulwark))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(terminal: Terminal, name: str) -> None:
    outcome = terminal(*name.split()[1:], "--help")

    assert outcome.status == 0
    assert "Usage: bulwark" in outcome.out
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_a_secret_as_an_argument(name: str) -> None:
    taking = [one for one in COMMANDS[name].params if not (isinstance(one, click.Option) and one.is_flag)]
    names = {option for parameter in taking for option in (parameter.name or "", *parameter.opts)}
    secret = {
        one for one in names if one.strip("-").replace("-", "_") in {"password", "secret", "code", "new", "token"}
    }

    assert secret <= ({"code", "--code"} if name == "bulwark demo" else set())


def test_an_unknown_command_is_status_2(terminal: Terminal) -> None:
    outcome = terminal("nonsense")

    assert outcome.status == 2
    assert "No such command" in outcome.err


def test_the_version_is_told(terminal: Terminal) -> None:
    from importlib.metadata import version

    assert version("bulwark-account-security") in terminal("--version").out


@pytest.mark.parametrize("listen", ["8700", "localhost:", ":8700", "localhost:x", "localhost:0", "localhost:70000"])
def test_an_address_to_listen_on_that_is_none_is_status_2(terminal: Terminal, listen: str) -> None:
    outcome = terminal("serve", "--listen", listen)

    assert outcome.status == 2
    assert "Write for example 127.0.0.1:8700" in outcome.err


def test_settings_that_do_not_do_are_told_and_nothing_starts(terminal: Terminal) -> None:
    terminal.default_server = []
    terminal.monkeypatch.setenv("BULWARK_SESSION_IDLE", "soon")
    outcome = terminal("serve")

    assert outcome.status == 2
    assert "BULWARK_SERVER_URL" in outcome.err
    assert "BULWARK_SESSION_IDLE" in outcome.err


def test_the_database_is_brought_up_to_date(terminal: Terminal) -> None:
    terminal.default_server = []
    terminal.monkeypatch.setenv("BULWARK_SERVER_URL", "https://mail.test")
    terminal.monkeypatch.setenv("BULWARK_DATA_DIR", str(terminal.home / "data"))
    first, second = terminal("migrate"), terminal("migrate")

    assert first.status == second.status == 0
    assert "The database is up to date." in first.out
    assert (terminal.home / "data" / "bulwark.sqlite3").exists()


@pytest.mark.parametrize(("variable", "value"), [("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_AT")])
def test_it_speaks_the_language_of_the_shell(terminal: Terminal, variable: str, value: str) -> None:
    terminal.monkeypatch.setenv(variable, value)
    login = terminal.new_person()
    outcome = terminal("sign-in", "--password", login, typed=(WRONG_PASSWORD,))

    assert "Nicht angemeldet." in outcome.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--webhook", "panel.example.org", "--webhook-secret", "x"), "is no address. Write for example"),
        (("--webhook", "http://127.0.0.1:8700"), "--webhook needs the panel's key"),
    ],
)
def test_a_webhook_without_address_or_key_is_refused_before_the_stand_in_starts(
    arguments: tuple[str, ...], said: str
) -> None:
    result = click.testing.CliRunner(env={"BULWARK_WEBHOOK_SECRET": None}).invoke(cli.bulwark, ["sandbox", *arguments])

    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
