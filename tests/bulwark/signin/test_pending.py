"""What waits between password and code opens only with the cookie, for five minutes and five tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bulwark.signin import pending
from canaries import PASSWORD
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from bulwark.sessions.panel import Panel
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

RECORD = pending.PendingSignIn(login="alice@example.org", password=PASSWORD, next="/password")


@pytest.fixture
def inside(panel: RunningPanel, mail_server: MailServer) -> Panel:
    del mail_server
    found: Panel = panel.app.state.panel
    return found


async def test_it_opens_with_its_id_only(inside: Panel) -> None:
    pending_id = await pending.keep(inside, RECORD)

    assert await pending.peek(inside, pending_id, pending.PendingSignIn) == RECORD
    assert await pending.peek(inside, Secret("x" * 43), pending.PendingSignIn) is None
    assert await pending.peek(inside, Secret(""), pending.PendingSignIn) is None


async def test_it_ends_after_five_minutes(inside: Panel, panel: RunningPanel) -> None:
    pending_id = await pending.keep(inside, RECORD)
    panel.clock.advance(minutes=4, seconds=59)
    assert await pending.peek(inside, pending_id, pending.PendingSignIn) == RECORD
    panel.clock.advance(seconds=1)

    assert await pending.peek(inside, pending_id, pending.PendingSignIn) is None
    assert not await pending.spend_try(inside, pending_id)


async def test_it_has_five_tries(inside: Panel) -> None:
    pending_id = await pending.keep(inside, RECORD)

    assert [await pending.spend_try(inside, pending_id) for _ in range(6)] == [True] * 5 + [False]


async def test_it_can_be_dropped_and_dropping_nothing_is_no_fault(inside: Panel) -> None:
    pending_id = await pending.keep(inside, RECORD)
    await pending.drop(inside, pending_id)
    await pending.drop(inside, pending_id)
    await pending.drop(inside, Secret(""))

    assert await pending.peek(inside, pending_id, pending.PendingSignIn) is None


async def test_neither_id_nor_password_nor_login_is_in_the_database(inside: Panel, panel: RunningPanel) -> None:
    pending_id = await pending.keep(inside, RECORD)
    raw = b"".join(path.read_bytes() for path in panel.data_dir.glob("bulwark.sqlite3*"))

    for private in (pending_id.reveal(), PASSWORD, RECORD.login):
        assert private.encode() not in raw


def test_it_is_never_printed() -> None:
    assert repr(RECORD) == "PendingSignIn(****)"
