"""`bulwark check`, alone and with a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canaries import TOTP_SECRET
from panel_beside import panel_beside

if TYPE_CHECKING:
    from pathlib import Path

    from terminal_kit import Terminal


def test_a_script_sees_what_needs_attention_by_the_exit_status(terminal: Terminal, tmp_path: Path) -> None:
    login = terminal.signed_in(otp_secret=TOTP_SECRET)
    with panel_beside(terminal.server.state.base_url, tmp_path / "panel") as panel:
        result = terminal("check", "--json", "--panel", panel)

    assert result.status == 1
    assert (result.json["account"], result.json["with_panel"]) == (login, True)
    found = result.json["findings"]
    assert isinstance(found, list)
    assert [(one["kind"], one["urgency"]) for one in found] == [("two-factor-set-up-elsewhere", "worth-a-look")]


def test_without_a_panel_it_says_what_was_not_looked_at(terminal: Terminal) -> None:
    terminal.signed_in()
    result = terminal("check")

    assert result.status == 1
    assert "Do this first: Two-factor authentication is off" in result.out
    assert "were not looked at" in result.err


def test_nothing_to_do_is_status_nought(terminal: Terminal) -> None:
    terminal.signed_in(otp_secret=TOTP_SECRET)
    result = terminal("check")

    assert result.status == 0
    assert "Nothing to do." in result.out


def test_nobody_signed_in_is_status_three(terminal: Terminal) -> None:
    assert terminal("check").status == 3
