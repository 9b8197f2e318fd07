"""`bulwark password change` against the stand-in over a loopback socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from terminal_kit import now_code

if TYPE_CHECKING:
    from terminal_kit import Terminal


def test_the_password_is_changed_and_the_sign_in_goes_on(terminal: Terminal) -> None:
    login = terminal.signed_in()
    outcome = terminal("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 0
    assert outcome.out == "Your password was changed. Confirmed by the mail server.\n"
    assert terminal.server.password_is(login, NEW_PASSWORD)
    assert terminal("password", "change", typed=(NEW_PASSWORD, PASSWORD, PASSWORD)).status == 0


def test_with_two_factor_the_code_is_asked_for_second(terminal: Terminal) -> None:
    login = terminal.signed_in(otp_secret=TOTP_SECRET)
    outcome = terminal("password", "change", typed=(PASSWORD, now_code(), NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 0
    assert terminal.server.password_is(login, NEW_PASSWORD)


def test_app_passwords_are_counted_and_revoked_on_request(terminal: Terminal) -> None:
    login = terminal.signed_in(app_passwords=("Phone", "Laptop"))
    kept = terminal("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))
    outcome = terminal(
        "password", "change", "--revoke-app-passwords", "--json", typed=(NEW_PASSWORD, PASSWORD, PASSWORD)
    )

    assert "2 app passwords keep working." in kept.out
    assert outcome.json["changed"] is True
    assert outcome.json["signed_in_again"] is True
    assert outcome.json["app_passwords"] == {"state": "revoked", "kept": 0, "revoked": 2}
    assert [one.kind for one in terminal.server.account(login).credentials] == ["Password"]


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ((WRONG_PASSWORD, NEW_PASSWORD, NEW_PASSWORD), 1, "This is not your current password."),
        ((PASSWORD, "password1", "password1"), 1, "Password is too weak."),
        ((PASSWORD, NEW_PASSWORD, WRONG_PASSWORD), 2, "This is not the same as the new password above."),
        ((PASSWORD, PASSWORD, PASSWORD), 2, "This is the password you have now."),
        ((PASSWORD, "****", "****"), 2, "four asterisks"),
        ((PASSWORD, "", ""), 2, "Choose a new password."),
        ((PASSWORD, NEW_PASSWORD), 2, "Standard input ended"),
    ],
    ids=["wrong", "weak", "differs", "same", "mask", "empty", "ended"],
)
def test_every_refusal_has_its_words_and_status(
    terminal: Terminal, typed: tuple[str, ...], status: int, words: str
) -> None:
    login = terminal.signed_in()
    outcome = terminal("password", "change", typed=typed)

    assert outcome.status == status
    assert words in outcome.err
    assert outcome.out == ""
    assert terminal.server.password_is(login, PASSWORD)


def test_a_missing_permission_is_named_before_anything_is_asked(terminal: Terminal) -> None:
    terminal.signed_in(lacks=("sysAccountPasswordUpdate",))
    outcome = terminal("password", "change")

    assert outcome.status == 1
    assert "sysAccountPasswordUpdate" in outcome.err


def test_a_dead_sign_in_is_status_3(terminal: Terminal) -> None:
    login = terminal.signed_in()
    terminal.server.set_password(login, NEW_PASSWORD)
    outcome = terminal("password", "change")

    assert outcome.status == 3
    assert "Run: bulwark sign-in" in outcome.err


@pytest.mark.parametrize(
    ("fault", "status"), [("500", 4), ("429", 4), ("ban", 4), ("html", 5), ("truncated-json", 5), ("cut-before", 4)]
)
def test_a_server_in_trouble_has_its_status(terminal: Terminal, fault: str, status: int) -> None:
    terminal.signed_in()
    terminal.server.quirks.set(fault)
    outcome = terminal("password", "change")

    assert outcome.status == status
    assert outcome.err.count("\n") == 1
    assert "Traceback" not in outcome.err


def test_an_old_server_is_status_5(terminal: Terminal) -> None:
    login = terminal.new_person()
    terminal.server.quirks.set("before-0.16")
    outcome = terminal("sign-in", "--password", login, typed=(PASSWORD,))

    assert outcome.status == 5
    assert "Account security management is not available for this mail server" in outcome.err


def test_nobody_listening_is_status_4(terminal: Terminal) -> None:
    terminal.default_server = ["--server", "http://127.0.0.1:1"]
    outcome = terminal("sign-in", "--password", "alice@example.org", typed=(PASSWORD,))

    assert outcome.status == 4
    assert outcome.err == "The mail server does not answer. Nothing was changed.\n"


def test_a_lost_answer_is_settled_and_told(terminal: Terminal) -> None:
    login = terminal.signed_in()
    terminal.server.quirks.set("cut-after", account=login, method="x:AccountPassword/set")
    outcome = terminal("password", "change", "--json", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 0
    assert outcome.json["answer_was_lost"] is True
    assert terminal.server.password_is(login, NEW_PASSWORD)


def test_an_outcome_that_nobody_knows_is_status_6(terminal: Terminal) -> None:
    login = terminal.signed_in()
    terminal.server.quirks.set("cut-after", account=login, method="x:AccountPassword/set")
    terminal.server.quirks.set("cut-before", path="/api/auth")
    outcome = terminal("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))

    assert outcome.status == 6
    assert "We do not know whether it was done." in outcome.err
    assert "To find out, sign in with the new password: bulwark sign-in" in outcome.err
    assert outcome.out == ""
