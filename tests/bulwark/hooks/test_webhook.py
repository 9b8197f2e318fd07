"""The mail server's reports: taken once, from the right sender, without anything that nobody asked for."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bulwark.account import webhook
from report_maker import HOOK, SECRET, body_of, deliver, event, send, signature
from stalwart_jmap import Secret
from stalwart_jmap.core.ids import from_number

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

OLD_SECRET = "the-key-of-last-year-1234"
RECORDED = json.loads((Path(__file__).parents[2] / "support" / "recorded_webhook.json").read_text(encoding="utf-8"))
RECORDED_NOW = datetime.fromisoformat("2026-11-23T15:30:00+00:00")
CANARIES = ("JBSWY3DPEHPK3PXP", "app_aaaaaa", "sw1.bm9uc2Vuc2U", "otpauth:", "nonsense")


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"WEBHOOK_SECRET": SECRET, "WEBHOOK_SECRET_OLD": OLD_SECRET}


def keys(panel: RunningPanel, account_id: str) -> list[bytes]:
    return list(panel.app.state.panel.sessions.account_keys(account_id))


async def uses(panel: RunningPanel, account_id: str) -> Any:
    return await panel.app.state.panel.last_uses.of(keys(panel, account_id))


async def days(panel: RunningPanel, account_id: str) -> Any:
    return await panel.app.state.panel.last_uses.sign_ins(keys(panel, account_id))


@pytest.mark.parametrize("delivery", RECORDED, ids=lambda delivery: delivery["name"])
async def test_what_a_real_server_sent_is_taken(panel: RunningPanel, delivery: dict[str, Any]) -> None:
    panel.clock.advance(seconds=(RECORDED_NOW - panel.clock.now()).total_seconds())
    body = delivery["request"]["body"].encode()
    assert webhook.is_signed(body, delivery["request"]["headers"]["x-signature"], [Secret("webhook-signing-key")])
    answer = await send(panel.browser(), body)

    assert answer.status_code == 200
    assert webhook.read(body, RECORDED_NOW)


async def test_no_field_that_nobody_asked_for_is_kept(panel: RunningPanel) -> None:
    panel.clock.advance(seconds=(RECORDED_NOW - panel.clock.now()).total_seconds())
    for delivery in RECORDED:
        body = delivery["request"]["body"].encode()
        for report in webhook.read(body, RECORDED_NOW):
            assert not any(canary in repr(report) for canary in CANARIES)
        await send(panel.browser(), body)

    for file in panel.data_dir.glob("bulwark.sqlite3*"):
        assert not any(canary.encode() in file.read_bytes() for canary in CANARIES)


async def test_names_and_numbers_are_read_as_recorded() -> None:
    found = [one for delivery in RECORDED for one in webhook.read(delivery["request"]["body"].encode(), RECORDED_NOW)]
    alice = [one for one in found if one.account_id == from_number(231)]

    assert [(one.outcome.value, one.credential) for one in alice] == [
        ("used", 0),
        ("used", 1),
        ("used", 2),
        ("failed", 0),
        ("used", 0),
        ("code-missing", 0),
        ("used", 0),
    ]
    tagged = [one for one in found if one.account_id == from_number(232) and one.outcome.value == "failed"]
    assert [(one.credential, one.protocol) for one in tagged] == [(0, "imap")]  # the tag of a command is no credential


async def test_a_use_is_known_with_time_protocol_and_address(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    earlier, later = panel.clock.now() - timedelta(hours=2), panel.clock.now() - timedelta(hours=1)
    browser = panel.browser()
    assert not (await uses(panel, alice.account_id)).is_known
    await deliver(browser, event(later, alice.account_id, id=1))
    await deliver(browser, event(earlier, alice.account_id, id=1, remoteIp="203.0.113.9"))  # out of order

    found = (await uses(panel, alice.account_id)).by_number[1]
    assert (found.at, found.protocol, found.address) == (later.replace(microsecond=0), "IMAP", "198.51.100.23")
    (day,) = await days(panel, alice.account_id)
    assert (day.count, day.address) == (2, "198.51.100.23")


async def test_a_replayed_or_repeated_delivery_counts_once(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    one, two = (event(panel.clock.now(), alice.account_id, "auth.failed") for _ in range(2))
    browser = panel.browser()
    for _ in range(3):
        assert (await deliver(browser, one)).status_code == 200
    await deliver(browser, one, two, one)

    (day,) = await days(panel, alice.account_id)
    assert (day.outcome.value, day.count) == ("failed", 2)


@pytest.mark.parametrize("hours", [-25, 3])
async def test_a_report_out_of_time_is_left_out(panel: RunningPanel, mail_server: MailServer, hours: int) -> None:
    alice = await mail_server.new_account("alice")
    answer = await deliver(panel.browser(), event(panel.clock.now() + timedelta(hours=hours), alice.account_id))
    assert answer.status_code == 200

    assert await days(panel, alice.account_id) == ()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_an_hour_off_loses_nothing(
    panel: RunningPanel, mail_server: MailServer, hours: int
) -> None:
    alice = await mail_server.new_account("alice")
    await deliver(panel.browser(), event(panel.clock.now() + timedelta(hours=hours), alice.account_id))

    found = (await uses(panel, alice.account_id)).main_password
    assert found is not None
    assert found.at <= panel.clock.now()


async def test_both_secrets_count_while_they_are_changed_and_no_other(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    for secret, status in ((SECRET, 200), (OLD_SECRET, 200), ("somebody-else-entirely", 401), ("", 401)):
        assert (await deliver(browser, event(panel.clock.now(), alice.account_id), secret=secret)).status_code == status
    (day,) = await days(panel, alice.account_id)
    assert day.count == 2


async def test_a_forged_delivery_is_refused_and_then_slowed_down(panel: RunningPanel) -> None:
    browser = panel.browser()
    body = body_of()
    for given in ("", "!", "====", signature(body, "wrong"), signature(body + b" ")):
        headers = {"x-signature": given}
        assert (await browser.request("POST", HOOK, content=body, headers=headers)).status_code == 401
    statuses = {(await browser.request("POST", HOOK, content=body)).status_code for _ in range(60)}
    assert statuses == {401, 429}
    assert (await send(browser, body)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"events": {}}', b'{"events": [1]}', b"\xff", b"[" * 100_000, b'{"events":'],
)
async def test_nonsense_is_refused(panel: RunningPanel, body: bytes) -> None:
    assert (await send(panel.browser(), body)).status_code == 400


async def test_odd_reports_are_left_out_and_the_others_kept(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    now = panel.clock.now()
    good = event(now, alice.account_id)
    odd: list[dict[str, Any]] = [
        {},
        {**good, "id": None},
        {**good, "id": "x" * 200},
        {**good, "type": "auth.nonsense"},
        {**good, "type": ["auth.success"]},
        {**good, "createdAt": "yesterday"},
        {**good, "createdAt": "2026-11-23T10:00:00"},
        {**good, "data": None},
        {**good, "data": "text"},
        event(now, alice.account_id, accountId="231"),
        event(now, alice.account_id, accountId=-1),
        event(now, alice.account_id, accountId=True),
        event(now, alice.account_id, accountId=2**70),
    ]
    strange = event(now, alice.account_id, listenerId="<script>", remoteIp="nowhere", id="tag")
    assert (await deliver(panel.browser(), *odd, good, strange)).status_code == 200

    assert sorted((day.protocol, day.address, day.count) for day in await days(panel, alice.account_id)) == [
        ("", "", 1),
        ("IMAP", "198.51.100.23", 1),
    ]


async def test_a_delivery_that_is_too_large_is_refused(panel: RunningPanel) -> None:
    answer = await panel.browser().request("POST", HOOK, content=b" " * (4 * 1024 * 1024 + 1))
    assert answer.status_code == 413


async def test_a_database_that_is_gone_makes_the_server_send_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    delivery = event(panel.clock.now(), alice.account_id)
    file = panel.data_dir / "bulwark.sqlite3"
    with sqlite3.connect(file, isolation_level=None) as locked:
        locked.execute("ALTER TABLE heard RENAME TO elsewhere")
        answer = await deliver(panel.browser(), delivery)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        locked.execute("ALTER TABLE elsewhere RENAME TO heard")
    locked.close()
    assert (await deliver(panel.browser(), delivery)).status_code == 200
    assert len(await days(panel, alice.account_id)) == 1


async def test_many_deliveries_at_once_are_all_stored(panel: RunningPanel, mail_server: MailServer) -> None:
    import anyio

    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(deliver, browser, *(event(panel.clock.now(), alice.account_id) for _ in range(60)))
    (day,) = await days(panel, alice.account_id)
    assert day.count == 1200
    assert panel.app.state.panel.intake.waiting == 0


async def test_too_much_at_once_is_postponed(
    panel: RunningPanel, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await mail_server.new_account("alice")
    monkeypatch.setattr("bulwark.account.intake.MOST_WAITING", 3)
    answer = await deliver(panel.browser(), *(event(panel.clock.now(), alice.account_id) for _ in range(4)))
    assert answer.status_code == 503


async def test_old_reports_and_marks_are_removed(panel: RunningPanel, mail_server: MailServer) -> None:
    from bulwark import housekeeping

    alice = await mail_server.new_account("alice")
    await deliver(panel.browser(), event(panel.clock.now(), alice.account_id))
    panel.clock.advance(days=181)
    await housekeeping.once(panel.app.state.panel)

    assert await days(panel, alice.account_id) == ()
    assert (await uses(panel, alice.account_id)).main_password is not None
    panel.clock.advance(days=600)
    await housekeeping.once(panel.app.state.panel)
    assert (await uses(panel, alice.account_id)).main_password is None


class TestWithoutASecret:
    @pytest.fixture
    def panel_settings(self) -> dict[str, str]:
        return {}

    async def test_the_address_does_not_exist(self, panel: RunningPanel) -> None:
        assert (await deliver(panel.browser())).status_code == 404
