"""Encryption on the command line: a message that is to be opened waits for its word, and is removed in any case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from key_samples import FOLDER

if TYPE_CHECKING:
    from terminal_kit import Terminal


def test_a_message_that_could_not_be_opened_is_told_and_removed(terminal: Terminal) -> None:
    terminal.signed_in()
    (added,) = json.loads(terminal("encryption", "add", str(FOLDER / "curve25519.asc"), "--json").out)
    terminal("encryption", "on", added["id"], "--i-have-the-private-key")
    outcome = terminal("encryption", "test", "--open", "--json", typed=("",))

    assert outcome.status == 1
    assert (outcome.json["opened"], outcome.json["left"]) == (False, [])


def test_a_key_goes_out_as_it_came_in(terminal: Terminal) -> None:
    terminal.signed_in()
    (added,) = json.loads(terminal("encryption", "add", str(FOLDER / "curve25519.asc"), "--json").out)

    assert terminal("encryption", "export", added["id"]).out.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert terminal("encryption", "export", "nothing").status == 1
