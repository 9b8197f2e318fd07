"""Every verb that takes `--json`, played once: the terminal of the tests holds what it prints against its schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import json_documents
from bulwark.command_reference import verbs
from bulwark.console.output import shapes_of
from canaries import NEW_PASSWORD, PASSWORD
from key_samples import FOLDER
from panel_beside import panel_beside
from totp_code import totp_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terminal_kit import Terminal, Typed

pytestmark = [pytest.mark.slow, pytest.mark.shows_secrets("keys and codes are what these verbs print")]
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


class Player:
    """Plays verbs and remembers which."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.played: set[str] = set()

    def __call__(self, *arguments: str, typed: tuple[Typed, ...] = (), status: int = 0) -> Any:
        """The last document that a verb printed."""
        outcome = self.terminal(*arguments, "--json", typed=typed)
        assert outcome.status == status, (arguments, outcome.err)
        self.played.add(json_documents.verb_of(arguments)[0])
        found = json_documents.documents(outcome.out)
        assert found, arguments
        return found[-1]


@pytest.fixture
def play(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Player]:
    with panel_beside(terminal.server.state.base_url, tmp_path / "panel") as panel:
        monkeypatch.setenv("BULWARK_PUBLIC_URL", panel)
        yield Player(terminal)


def test_every_verb_prints_what_its_schema_says(play: Player, tmp_path: Path) -> None:
    sign_in(play)
    own_account(play)
    second_factor(play)
    at_the_panel(play)
    administration(play, tmp_path)

    with_json = {name for name, command in verbs() if shapes_of(command)}
    assert with_json - play.played == {"bulwark identities watch"}  # it never ends: its own test stops it


def sign_in(play: Player) -> None:
    login = play.terminal.new_person()
    play("sign-in", "--password", login, typed=(PASSWORD,))
    assert play("sign-ins", "list")[0]["account"] == login
    play("--profile", "second", "sign-in", "--password", login, typed=(PASSWORD,))
    play("sign-ins", "use", "default")
    play("sign-ins", "remove", "second")


def own_account(play: Player) -> None:
    assert play("check", status=1)["with_panel"]
    assert play("password", "strength", typed=("correct horse battery staple",))["score"] == 4
    assert play("password", "change", typed=(PASSWORD, NEW_PASSWORD, NEW_PASSWORD))["signed_in_again"]
    for kind in ("app-passwords", "api-keys"):
        made = play(kind, "create", "Laptop", "--preset", "everything", "--ends", "30d", "--from", "192.0.2.0/24")
        assert made["secret"]
        assert play(kind, "edit", "Laptop", "--name", "Desk", "--ends", "never")["changed"]
        (one,) = play(kind, "list")
        assert (one["name"], one["scope"]) == ("Desk", "everything")
        assert play(kind, "revoke", "Desk", "--yes")["items"][0]["outcome"] == "revoked"
    (added,) = play("encryption", "add", str(FOLDER / "curve25519.asc"))
    assert "PUBLIC KEY" in play("encryption", "export", added["id"])["key"]
    play("encryption", "on", added["id"], "--i-have-the-private-key")
    assert play("encryption", "show")["keys"][0]["in_use"]
    assert play("encryption", "test")["outcome"] == "encrypted"
    play("encryption", "off")
    play("encryption", "remove", added["id"], "--yes")
    play("profile", "show")
    address = play("identities", "list")[0]["email"]
    made = play("identities", "create", address, "--name", "Desk")
    play("identities", "edit", made["id"], "--reply-to", "desk@example.net")
    play("identities", "remove", made["id"], "--yes")
    play("profile", "set", "--name", "Alice", "--language", "en_US")
    play("doctor")


def second_factor(play: Player) -> None:
    shown: dict[str, Any] = {}

    def remember(printed: str) -> str:
        shown.update(json_documents.documents(printed)[0])
        return str(shown["recovery_codes"][0])

    def code(_printed: str) -> str:
        return totp_code(shown["key"], datetime.now(UTC))

    def new_code(printed: str) -> str:
        return str(json_documents.documents(printed)[0]["recovery_codes"][0])

    def old_code(_printed: str) -> str:
        return old

    assert play("two-factor", "enrol", "--device", "Phone", typed=(remember, NEW_PASSWORD, code))["done"] == "on"
    assert play("two-factor", "status")["recovery_codes_left"] == 10
    assert play("two-factor", "test", typed=(shown["recovery_codes"][1], code("")))["belong_together"]
    assert play("two-factor", "codes", typed=(shown["recovery_codes"][1], new_code))["done"] == "codes"
    old = code("")
    assert play("two-factor", "replace", typed=(remember, NEW_PASSWORD, code, old_code))["done"] == "replaced"
    old = code("")
    server = play.terminal.server
    server.quirks.set("cut-after", method="x:AccountPassword/set", times=1)
    server.quirks.set("500", path="/api/auth")
    outcome = play.terminal("two-factor", "replace", "--json", typed=(remember, NEW_PASSWORD, code, old_code))
    assert outcome.status == 6, outcome.err
    server.quirks.clear()
    assert play("two-factor", "status")["replacement_unsettled"]
    assert play("two-factor", "check", typed=(NEW_PASSWORD, code(""), old))["holds"] == "new"
    assert play("two-factor", "off", typed=(NEW_PASSWORD, code("")))["done"] == "off"


def at_the_panel(play: Player) -> None:
    assert play("activity", "events", "--kind", "two-factor")["events"]
    assert play("activity", "sessions")["sessions"] == []
    assert play("activity", "end-sessions", "--all")["ended"] == 0
    assert play("activity", "notices", "--off", "address")["turned_off"] == ["address"]
    assert play("activity", "sign-out-everywhere", typed=(NEW_PASSWORD,))["signed_in_again"]
    play("app-passwords", "create", "Stranger")
    taken = play("activity", "take-back", "--yes", typed=(NEW_PASSWORD, PASSWORD, PASSWORD))
    assert [item["outcome"] for item in taken["items"]] == ["revoked"]
    assert taken["events"]


def administration(play: Player, tmp_path: Path) -> None:
    server = play.terminal.server
    grace = play.terminal.new_person(roles={"@type": "Admin"})
    role = server.add_role("No password change", disabled=DENIED)
    roles = {"@type": "Custom", "roleIds": {"b": True, role: True}}
    heidi = play.terminal.new_person(
        roles=roles, app_passwords=("Old phone",), otp_secret="CANARYCANARYCANARYCANARYCANARY24"
    )
    play("sign-in", "--password", grace, typed=(PASSWORD,))
    assert heidi in {one["address"] for one in play("admin", "accounts", "list", "--find", heidi)}
    assert play("admin", "accounts", "show", heidi)["credentials"][0]["name"] == "Old phone"
    assert not play("admin", "accounts", "reset-two-factor", heidi, "--dry-run")["done"]
    assert play("admin", "accounts", "reset-two-factor", heidi, "--yes")["notice"] == "placed"
    assert play("admin", "keys", "revoke", heidi, "Old phone", "--yes")["notice"] == "placed"
    play("admin", "keys", "list")
    assert play("admin", "permissions", "list", heidi)["accounts"][0]["standings"]["password"] == "blocked-by-role"
    assert play("admin", "permissions", "why", heidi, status=1)["sentences"]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(play("admin", "permissions", "plan", heidi)), encoding="utf-8")
    assert play("admin", "permissions", "apply", str(plan), "--dry-run")["calls"]
    assert not play("admin", "permissions", "check", str(plan), status=1)["applied"]
    assert play("admin", "permissions", "apply", str(plan), "--yes")["undo"]["is_undo"]
    assert play("admin", "permissions", "check", str(plan))["applied"]
    assert play("admin", "permissions", "apply", str(plan), "--yes", status=1)["changed"] == ["No password change"]
    assert play("admin", "accounts", "force-password", heidi, "--yes")["step"] == "password-forced"
    play("sign-out")
