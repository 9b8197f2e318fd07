"""A backup is restored into a new panel, as docs/backup.md says; a database without its key opens nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from panel_kit import RunningPanel
from two_factor_steps import enrol, sign_in_with

if TYPE_CHECKING:
    from pathlib import Path

    from canaries import Watch
    from hand_clock import HandClock
    from mail_server import MailServer

pytestmark = pytest.mark.anyio
DATABASE, KEY = "bulwark.sqlite3", "master.key"


def copied(panel: RunningPanel, backup: Path) -> None:
    """What docs/backup.md does, while the panel runs."""
    backup.mkdir()
    with closing(sqlite3.connect(panel.data_dir / DATABASE)) as source:
        source.execute("VACUUM INTO ?", (str(backup / DATABASE),))
    shutil.copy(panel.data_dir / KEY, backup / KEY)


@pytest.mark.parametrize("with_key", [True, False], ids=["with its key", "without its key"])
async def test_a_backup_is_restored(
    panel: RunningPanel, mail_server: MailServer, clock: HandClock, watch: Watch, tmp_path: Path, *, with_key: bool
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    codes = await enrol(browser, alice)
    copied(panel, tmp_path / "backup")
    restored = tmp_path / "restored"
    restored.mkdir(mode=0o700)
    for name in (DATABASE, KEY) if with_key else (DATABASE,):
        shutil.copy(tmp_path / "backup" / name, restored / name)
        (restored / name).chmod(0o600)

    async with RunningPanel(mail_server=mail_server, clock=clock, watch=watch, data_dir=restored) as again:
        same = again.browser()
        same.cookies.update(browser.cookies)
        page = await same.open("/activity")
        assert page.path == ("/activity" if with_key else "/sign-in")
        assert ("Two-factor authentication turned on" in page.text) is with_key
        lost_phone = await sign_in_with(again.browser(), alice, codes[0])
        anew = await again.sign_in(alice)
        events = (await anew.open("/activity")).text

    assert (lost_phone.path == "/two-factor/set-up/1") is with_key
    assert ("Two-factor authentication turned on" in events) is with_key
