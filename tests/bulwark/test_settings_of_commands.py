"""Variables that only commands read: the panel knows their names and takes no offence."""

from __future__ import annotations

import pytest

from bulwark.setting_list import OF_COMMANDS
from bulwark.settings import Settings


@pytest.mark.parametrize("name", sorted(OF_COMMANDS))
def test_what_the_command_line_reads_for_itself_is_no_mistake(name: str) -> None:
    loaded = Settings.load({"BULWARK_SERVER_URL": "https://mail.test", "HOME": "/home/alice", name: "work"}, None)

    assert loaded.warnings == ()
