"""Sessions in the database: sealed twice over, merged when two requests write, rotated without losing anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio
import msgspec
import pytest

from bulwark.errors import SealBroken
from bulwark.sessions.keeper import Ended, Session, hash_of
from bulwark.sessions.state import Shown, decode_state, from_sign_in
from bulwark.store.sealed import Sealer
from stalwart_jmap import Secret, Tokens

if TYPE_CHECKING:
    from bulwark.sessions.keeper import Sessions
    from bulwark.sessions.panel import Panel
    from mail_server import MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

COOKIE = "__Host-bulwark"


def inner_panel(panel: RunningPanel) -> Panel:
    """The parts of the running panel."""
    found: Panel = panel.app.state.panel
    return found


async def opened(sessions: Sessions, cookie: str) -> Session:
    """The session of a cookie, which must be good."""
    found = await sessions.find(cookie)
    assert isinstance(found, Session), found
    return found


async def signed_in(panel: RunningPanel, mail_server: MailServer) -> tuple[Sessions, Browser, str]:
    """Somebody signed in, and the id in their cookie."""
    browser = await panel.sign_in(await mail_server.new_account("alice"))
    return inner_panel(panel).sessions, browser, browser.cookies[COOKIE]


async def test_a_stolen_database_with_its_master_key_opens_no_session(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    state = (await opened(sessions, cookie)).state
    sealer = inner_panel(panel).sealer
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3")) as stolen:
        rows = stolen.execute("SELECT id_hash, state_sealed, shown_sealed FROM sessions").fetchall()
    ((id_hash, sealed, shown),) = rows

    for secret in (None, b"", id_hash, id_hash.hex().encode()):
        with pytest.raises(SealBroken):
            sealer.open(sealed, purpose="session-state", binding=id_hash, secret=secret)
    opened_state = sealer.open(sealed, purpose="session-state", binding=id_hash, secret=cookie.encode())
    assert decode_state(opened_state) == state
    assert b"Firefox" in sealer.open(shown, purpose="session-shown", binding=id_hash)


async def test_neither_id_nor_tokens_nor_names_stand_in_the_database(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, browser, cookie = await signed_in(panel, mail_server)
    await browser.open("/password")
    state = (await opened(sessions, cookie)).state
    raw = b"".join(path.read_bytes() for path in panel.data_dir.glob("bulwark.sqlite3*"))

    for private in (cookie, state.access, state.refresh, state.address, "alice@", "203.0.113.7"):
        assert private.encode() not in raw
    assert hash_of(Secret(cookie)) in raw


async def test_a_cookie_under_another_master_key_opens_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    from bulwark.master_keys import new_master_key

    sessions, _browser, cookie = await signed_in(panel, mail_server)
    sessions._sealer = Sealer([new_master_key()])

    assert await sessions.find(cookie) is Ended.UNKNOWN


async def test_a_state_moved_to_another_row_does_not_open(panel: RunningPanel, mail_server: MailServer) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    other = await panel.sign_in(await mail_server.new_account("mallory"))
    stolen = hash_of(Secret(cookie))
    own = hash_of(Secret(other.cookies[COOKIE]))
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3")) as database:
        database.execute(
            "UPDATE sessions SET state_sealed = (SELECT state_sealed FROM sessions WHERE id_hash = ?)"
            " WHERE id_hash = ?",
            (stolen, own),
        )
        database.commit()

    assert await sessions.find(other.cookies[COOKIE]) is Ended.UNKNOWN


async def test_two_requests_that_save_different_things_both_win(panel: RunningPanel, mail_server: MailServer) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    first, second = await opened(sessions, cookie), await opened(sessions, cookie)
    await sessions.save(first, msgspec.structs.replace(first.state, receipt={"type": "one"}))
    tokens = Tokens(access=Secret("sw1.fresh"), refresh=Secret("sw1.kept"), expires_in=60)
    await sessions.save(second, second.state.with_tokens(tokens, panel.clock.now()))

    found = (await opened(sessions, cookie)).state
    assert found.receipt == {"type": "one"}
    assert found.access == "sw1.fresh"
    assert second.state == found


async def test_many_writers_at_once_lose_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    changes: tuple[dict[str, object], ...] = (
        {"receipt": {"a": 1}},
        {"time_zone": "Europe/Berlin"},
        {"language": "de"},
        {"narrow_seen": True},
    )

    async def write(change: dict[str, object]) -> None:
        session = await opened(sessions, cookie)
        await anyio.lowlevel.checkpoint()
        await sessions.save(session, msgspec.structs.replace(session.state, **change))

    async with anyio.create_task_group() as group:
        for change in changes:
            group.start_soon(write, change)

    found = (await opened(sessions, cookie)).state
    assert (found.receipt, found.time_zone, found.language, found.narrow_seen) == (
        {"a": 1},
        "Europe/Berlin",
        "de",
        True,
    )


async def test_a_proof_of_presence_keeps_what_another_request_wrote(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    slow, quick = await opened(sessions, cookie), await opened(sessions, cookie)
    await sessions.save(quick, msgspec.structs.replace(quick.state, receipt={"type": "one"}))
    fresh = await sessions.prove_presence(slow, msgspec.structs.replace(slow.state, language="de"))

    assert fresh is not None
    found = (await opened(sessions, fresh.id.reveal())).state
    assert (found.receipt, found.language) == ({"type": "one"}, "de")


async def test_the_old_id_finds_the_new_tokens_and_gives_no_second_new_id(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    session = await opened(sessions, cookie)
    fresh = await sessions.prove_presence(session, msgspec.structs.replace(session.state, access="sw1.fresh"))
    assert fresh is not None
    old = await opened(sessions, cookie)

    assert old.is_read_only
    assert old.state.access == "sw1.fresh"
    assert old.recent_auth_left(panel.clock.now()) is None
    assert await sessions.prove_presence(old, old.state) is None


async def test_a_new_id_that_reached_no_browser_ends_with_the_old_one(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    session = await opened(sessions, cookie)
    fresh = await sessions.prove_presence(session, session.state, answer="/there")
    assert fresh is not None
    assert not await sessions.end_unreached(fresh)
    old = await opened(sessions, cookie)
    assert old.state.answer == "/there"

    assert await sessions.end_unreached(old)
    assert await sessions.find(cookie) is Ended.UNKNOWN
    assert await sessions.find(fresh.id.reveal()) is Ended.UNKNOWN


async def test_ending_a_session_ends_the_id_it_had_before(panel: RunningPanel, mail_server: MailServer) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    session = await opened(sessions, cookie)
    fresh = await sessions.prove_presence(session, session.state)
    assert fresh is not None
    await sessions.end(fresh)

    assert await sessions.find(cookie) is Ended.UNKNOWN
    assert await sessions.find(fresh.id.reveal()) is Ended.UNKNOWN


async def test_a_session_that_ended_meanwhile_can_neither_be_saved_nor_renewed(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    session = await opened(sessions, cookie)
    await sessions.end(session)
    await sessions.save(session, msgspec.structs.replace(session.state, language="de"))

    assert await sessions.prove_presence(session, session.state) is None
    assert await sessions.find(cookie) is Ended.UNKNOWN


async def test_what_the_list_of_sessions_tells(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob")
    await panel.sign_in(bob)
    await panel.sign_in(alice, panel.browser(address="198.51.100.4", user_agent="curl/8.0"))
    panel.clock.advance(minutes=2)
    browser = await panel.sign_in(alice)
    sessions = inner_panel(panel).sessions
    listed = await sessions.listed(await opened(sessions, browser.cookies[COOKIE]))

    assert [one.is_this for one in listed] == [True, False]
    assert [one.shown.address for one in listed] == ["203.0.113.7", "198.51.100.4"]
    assert listed[1].shown.device == "curl"
    assert len({one.mark for one in listed}) == 2
    panel.clock.advance(minutes=29)
    await browser.open("/password")
    assert len(await sessions.listed(await opened(sessions, browser.cookies[COOKIE]))) == 1


async def test_the_mark_of_an_account_is_the_same_in_every_session_and_tells_nothing(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    bob = await mail_server.new_account("bob")
    sessions = inner_panel(panel).sessions
    marks = [
        sessions.mark_of(await opened(sessions, (await panel.sign_in(one)).cookies[COOKIE]))
        for one in (alice, alice, bob)
    ]

    assert marks[0] == marks[1] != marks[2]
    assert alice.account_id not in marks


async def test_purging_removes_what_has_ended_and_nothing_else(panel: RunningPanel, mail_server: MailServer) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    panel.clock.advance(minutes=25)
    await sessions.used(await opened(sessions, cookie))
    other = await panel.sign_in(await mail_server.new_account("bob"))
    panel.clock.advance(minutes=10)
    await sessions.used(await opened(sessions, cookie))
    assert await sessions.purge() == 0
    panel.clock.advance(minutes=25)

    assert await sessions.purge() == 1
    assert await sessions.find(other.cookies[COOKIE]) is Ended.UNKNOWN
    assert isinstance(await sessions.find(cookie), Session)


async def test_a_state_is_read_as_it_was_written_and_never_printed(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    sessions, _browser, cookie = await signed_in(panel, mail_server)
    session = await opened(sessions, cookie)

    assert decode_state(session.state.encode()) == session.state
    assert repr(session.state) == f"SessionState({session.state.address})"
    assert session.state.access not in repr(session)
    assert cookie not in repr(session)


async def test_a_session_goes_from_the_time_it_began(panel: RunningPanel, mail_server: MailServer) -> None:
    from bulwark.account import entry

    alice = await mail_server.new_account("alice")
    inside = inner_panel(panel)
    tokens = await entry.exchange(
        inside.transport, login=alice.login, password=Secret(alice.password), code=None, forwarded_for=None
    )
    assert isinstance(tokens, Tokens)
    signed = await entry.open_account(inside.transport, tokens, forwarded_for=None, clock=panel.clock)
    session = await inside.sessions.begin(signed, Shown(address="", device=""))

    assert session.row.ends_at - panel.clock.now() == timedelta(hours=12)
    assert session.recent_auth_left(panel.clock.now()) == timedelta(minutes=10)
    assert session.state.access_ends_at == from_sign_in(signed, panel.clock.now()).access_ends_at
