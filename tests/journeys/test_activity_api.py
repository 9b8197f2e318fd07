"""Sessions, events and notices for programs: a person's own token opens them, nobody else's are touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_steps import ask, did, token_of

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
BASE = "/api/v1/activity"


async def test_one_browser_is_signed_out_by_its_mark(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    phone, laptop = await panel.sign_in(alice), await panel.sign_in(alice)
    token = await token_of(mail_server, alice)
    listed = (await did(panel, token, f"{BASE}/sessions"))["sessions"]
    ended = await did(panel, token, f"{BASE}/sessions/end", {"marks": [listed[0]["mark"], "unknown"]})

    assert ended == {"ended": 1, "gone": ["unknown"]}
    assert len((await did(panel, token, f"{BASE}/sessions"))["sessions"]) == 1
    signed_out = [(await one.open("/")).path.startswith("/sign-in") for one in (phone, laptop)]
    assert sorted(signed_out) == [False, True]


async def test_all_browsers_of_one_account_are_signed_out_and_no_others(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice, bob = await mail_server.new_account("alice"), await mail_server.new_account("bob")
    mine, others = await panel.sign_in(alice), await panel.sign_in(bob)
    foreign = (await did(panel, await token_of(mail_server, bob), f"{BASE}/sessions"))["sessions"][0]["mark"]
    token = await token_of(mail_server, alice)

    assert await did(panel, token, f"{BASE}/sessions/end", {"marks": [foreign]}) == {"ended": 0, "gone": [foreign]}
    assert await did(panel, token, f"{BASE}/sessions/end", {"everyone": True}) == {"ended": 1, "gone": []}
    assert (await mine.open("/")).path.startswith("/sign-in")
    assert (await others.open("/")).path == "/"


async def test_events_are_of_one_kind_and_read_on_from_the_oldest(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    for _time in range(3):
        await panel.sign_in(alice)
    token = await token_of(mail_server, alice)
    latest = (await did(panel, token, f"{BASE}/events?kind=sign-in&limit=2"))["events"]
    older = (await did(panel, token, f"{BASE}/events?kind=sign-in&before={latest[-1]['id']}"))["events"]

    assert [one["kind"] for one in (*latest, *older)] == ["account:session:sign-in"] * 3
    assert len({one["id"] for one in (*latest, *older)}) == 3
    assert (await did(panel, token, f"{BASE}/events?kind=password"))["events"] == []
    for query in ("kind=nonsense", "before=abc", "before=99999999999999999999", "limit=-1", "limit=0"):
        assert len((await did(panel, token, f"{BASE}/events?{query}"))["events"]) == 3


async def test_notices_are_turned_off_one_by_one(panel: RunningPanel, mail_server: MailServer) -> None:
    token = await token_of(mail_server, await mail_server.new_account("alice"))
    await did(panel, token, f"{BASE}/notices", {"off": ["address", "ending"]})
    chosen = await did(panel, token, f"{BASE}/notices", {"on": ["ending"]})

    assert chosen["turned_off"] == ["address"]
    assert chosen == await did(panel, token, f"{BASE}/notices")


@pytest.mark.parametrize("kind", ["password", "two-factor", "recovery-code", "nonsense"])
async def test_what_is_always_told_cannot_be_turned_off(
    panel: RunningPanel, mail_server: MailServer, kind: str
) -> None:
    token = await token_of(mail_server, await mail_server.new_account("alice"))

    assert (await ask(panel, token, f"{BASE}/notices", {"off": [kind]})).status_code == 400
    assert (await did(panel, token, f"{BASE}/notices"))["turned_off"] == []


async def test_a_replacement_that_is_not_open_cannot_be_settled(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    body = {"password": alice.password, "code": "123456", "old_code": "654321"}
    answer = await ask(panel, await token_of(mail_server, alice), "/api/v1/two-factor/check", body)

    assert (answer.status_code, answer.json()["error"]) == (404, "Gone")
