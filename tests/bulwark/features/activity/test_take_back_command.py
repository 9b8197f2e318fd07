"""Taking the account back and signing out everywhere on the command line: done, refused, and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canaries import NEW_PASSWORD, PASSWORD, WRONG_PASSWORD

if TYPE_CHECKING:
    from terminal_kit import Terminal


def names(terminal: Terminal, login: str) -> list[str]:
    """What the account's app passwords and API keys are called."""
    return [one.description for one in terminal.server.account(login).credentials if one.description]


def test_everything_goes_but_what_is_kept(terminal: Terminal) -> None:
    login = terminal.signed_in(app_passwords=("Phone", "Backup"), api_keys=("Monitoring",))
    outcome = terminal(
        "activity", "take-back", "--yes", "--keep", "Backup", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    )

    assert outcome.status == 0
    assert names(terminal, login) == ["Backup"]
    assert terminal.server.password_is(login, NEW_PASSWORD)
    assert "“Phone” was revoked." in outcome.out
    assert "1 app password or API key still works." in outcome.out
    assert "Filters that forward or delete mail" in outcome.out
    assert terminal("profile", "show").status == 0


def test_a_wrong_password_changes_nothing(terminal: Terminal) -> None:
    login = terminal.signed_in(app_passwords=("Phone",))
    outcome = terminal("activity", "take-back", "--yes", typed=(WRONG_PASSWORD, NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 1
    assert names(terminal, login) == ["Phone"]
    assert terminal.server.password_is(login, PASSWORD)


def test_a_hidden_change_is_told_and_is_status_1(terminal: Terminal) -> None:
    terminal.signed_in()
    listed = terminal("identities", "list", "--json").out
    identity = listed.partition('"id": "')[2].partition('"')[0]
    assert terminal("identities", "edit", identity, "--reply-to", "thief@elsewhere.example").status == 0
    outcome = terminal("activity", "take-back", "--yes", "--keep-password")

    assert outcome.status == 1
    assert "thief@elsewhere.example" in outcome.out


def test_without_a_yes_and_a_terminal_nothing_is_revoked(terminal: Terminal) -> None:
    login = terminal.signed_in(app_passwords=("Phone",))
    outcome = terminal("activity", "take-back", "--keep-password")

    assert outcome.status == 0
    assert names(terminal, login) == ["Phone"]
    assert "1 app password or API key still works." in outcome.out


def test_a_lost_answer_is_in_the_report(terminal: Terminal) -> None:
    terminal.signed_in(app_passwords=("Phone",))
    terminal.server.quirks.set("cut-before", method="x:AppPassword/set")
    outcome = terminal("activity", "take-back", "--yes", "--keep-password", "--json")

    assert outcome.status == 6
    assert [item["outcome"] for item in outcome.json["items"]] == ["unknown"]  # type: ignore[attr-defined]  # a list


def test_signing_out_everywhere_ends_other_sign_ins_and_keeps_this_one(terminal: Terminal) -> None:
    login = terminal.signed_in(app_passwords=("Phone",))
    assert terminal("--profile", "tablet", "sign-in", "--password", login, typed=(PASSWORD,)).status == 0
    outcome = terminal("activity", "sign-out-everywhere", typed=(PASSWORD,))

    assert outcome.status == 0
    assert "1 app password keeps working." in outcome.out
    assert terminal("profile", "show").status == 0
    assert terminal("--profile", "tablet", "profile", "show").status == 3


def test_signing_out_everywhere_needs_the_password(terminal: Terminal) -> None:
    login = terminal.signed_in()
    assert terminal("--profile", "tablet", "sign-in", "--password", login, typed=(PASSWORD,)).status == 0

    assert terminal("activity", "sign-out-everywhere", typed=(WRONG_PASSWORD,)).status == 1
    assert terminal("--profile", "tablet", "profile", "show").status == 0


def test_an_answer_that_is_lost_for_good_is_status_6(terminal: Terminal) -> None:
    terminal.signed_in()
    terminal.server.quirks.set("cut-after", method="x:AccountPassword/set", times=1)
    terminal.server.quirks.set("503", path="/api/account", skip=1)
    outcome = terminal("activity", "sign-out-everywhere", typed=(PASSWORD,))

    assert outcome.status == 6
    assert "We did not send it a second time." in outcome.err
