"""`bulwark activity` asks the panel; `bulwark webhook` prints what the mail server needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from panel_beside import panel_beside

if TYPE_CHECKING:
    from pathlib import Path

    from terminal_kit import Terminal


def test_events_and_sessions_come_from_the_panel(terminal: Terminal, tmp_path: Path) -> None:
    terminal.signed_in()
    with panel_beside(terminal.server.state.base_url, tmp_path / "panel") as panel:
        events = terminal("activity", "events", "--json", "--panel", panel)
        sessions = terminal("activity", "sessions", "--json", "--panel", panel)
        shown = terminal("activity", "sessions", "--panel", panel)

    assert (events.status, events.json) == (0, {"events": []})
    assert (sessions.status, sessions.json) == (0, {"sessions": []})
    assert "Last active (UTC)" in shown.out


def test_without_a_panel_it_says_that_one_is_needed(terminal: Terminal) -> None:
    terminal.signed_in()
    outcome = terminal("activity", "events")

    assert outcome.status == 2
    assert "--panel" in outcome.err


def test_the_webhook_is_printed_for_the_panels_address(terminal: Terminal) -> None:
    outcome = terminal("webhook", "https://account.example.org/anything")

    assert outcome.status == 0
    assert outcome.json["url"] == "https://account.example.org/hooks/stalwart"
    assert terminal("webhook", "account.example.org").status == 2
