"""One deed at a time in a session: kept as long as it lasts, and no longer after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from sqlalchemy import select

from bulwark import errors
from bulwark.sessions import one_deed as module
from bulwark.sessions.keeper import Session
from bulwark.sessions.one_deed import one_deed
from bulwark.store.uses import heard

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.sessions.panel import Panel
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def signed_in(running: RunningPanel, mail_server: MailServer) -> tuple[Panel, Session]:
    """The parts of the panel, and somebody's session."""
    browser = await running.sign_in(await mail_server.new_account("alice"))
    panel: Panel = running.app.state.panel
    session = await panel.sessions.find(browser.cookies["__Host-bulwark"])
    assert isinstance(session, Session)
    return panel, session


async def ends(panel: Panel, before: set[bytes]) -> dict[bytes, datetime]:
    """The claims there are, with their ends."""
    async with panel.database.read() as connection:
        rows = (await connection.execute(select(heard))).mappings()
        return {row["mark"]: row["forget_at"] for row in rows if row["mark"] not in before}


async def test_it_is_kept_as_long_as_the_deed_lasts(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PROLONGED_EVERY", 0.01)
    inner, session = await signed_in(panel, mail_server)
    before = set(await ends(inner, set()))
    async with one_deed(inner, session):
        for _ in range(3):
            panel.clock.advance(seconds=4)
            with anyio.fail_after(30):
                while set((await ends(inner, before)).values()) != {panel.clock.now() + module._LASTS}:  # noqa: ASYNC110 - in another task
                    await anyio.sleep(0.01)

    assert await ends(inner, before) == {}


async def test_what_a_killed_process_left_lapses_by_itself(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    inner, session = await signed_in(panel, mail_server)
    killed = one_deed(inner, session)
    await killed.__aenter__()
    with pytest.raises(errors.ServerUnreachable) as raised:
        async with one_deed(inner, session):
            pass
    assert not raised.value.nothing_changed
    panel.clock.advance(seconds=module._LASTS.total_seconds())

    async with one_deed(inner, session):
        pass
    await killed.__aexit__(None, None, None)
