"""`bulwark admin …` lets the panel tell the person; what goes wrong with that fails nothing that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import PASSWORD
from panel_beside import panel_beside

if TYPE_CHECKING:
    from pathlib import Path

    from terminal_kit import Terminal

SECRET = "CANARYCANARYCANARYCANARYCANARY24"
ADMIN = {"@type": "Admin"}


def people(terminal: Terminal) -> tuple[str, str]:
    """An administrator, signed in here, and somebody else."""
    return terminal.signed_in(roles=ADMIN), terminal.new_person(otp_secret=SECRET, app_passwords=("Old phone",))


def inbox(terminal: Terminal, login: str) -> list[str]:
    """The subjects of every message there."""
    mailbox = terminal.server.state.mailbox(terminal.server.account(login))
    return [str(message.properties["subject"]) for message in mailbox.messages.values()]


def test_each_step_is_told_by_the_panel_and_its_receipt_says_so(terminal: Terminal, tmp_path: Path) -> None:
    _grace, bob = people(terminal)
    with panel_beside(terminal.server.state.base_url, tmp_path / "panel") as panel:
        dry = terminal("admin", "accounts", "reset-two-factor", bob, "--dry-run", "--json", "--panel", panel)
        reset = terminal("admin", "accounts", "reset-two-factor", bob, "--yes", "--panel", panel)
        forced = terminal("admin", "accounts", "force-password", bob, "--yes", "--json", "--panel", panel)
        revoked = terminal("admin", "keys", "revoke", bob, "Old phone", "--yes", "--json", "--panel", panel)

    assert (dry.json["done"], dry.json["notice"]) == (False, None)
    assert reset.out == "Done. Confirmed by the mail server.\nA notice lies in the person’s Inbox.\n"
    assert [one.json["notice"] for one in (forced, revoked)] == ["placed", "placed"]
    assert len(inbox(terminal, bob)) == 3


@pytest.mark.parametrize(
    ("quirk", "sentence"),
    [
        ("503", "A notice waits for the person’s next visit to this panel."),
        ("cut-after", "We do not know whether a notice was placed"),
    ],
)
def test_a_notice_that_was_not_placed_fails_nothing(
    terminal: Terminal, tmp_path: Path, quirk: str, sentence: str
) -> None:
    _grace, bob = people(terminal)
    with panel_beside(terminal.server.state.base_url, tmp_path / "panel") as panel:
        terminal.server.quirks.set(quirk, method="Email/set", times=1)
        done = terminal("admin", "accounts", "force-password", bob, "--yes", "--panel", panel)

    assert done.status == 0
    assert sentence in done.out


def test_without_a_panel_or_with_a_silent_one_it_is_done_all_the_same(terminal: Terminal) -> None:
    _grace, bob = people(terminal)
    without = terminal("admin", "accounts", "reset-two-factor", bob, "--yes", "--json")
    silent = terminal("admin", "keys", "revoke", bob, "Old phone", "--yes", "--json", "--panel", "http://127.0.0.1:9")

    assert (without.status, without.json["done"], without.json["notice"], without.err) == (0, True, None, "")
    assert (silent.status, silent.json["done"], silent.json["notice"]) == (0, True, None)
    assert silent.err == "Notices cannot be placed.\n"
    assert inbox(terminal, bob) == []
    assert PASSWORD not in silent.out
