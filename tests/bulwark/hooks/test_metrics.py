"""What Prometheus reads: counts, and nothing about anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import WRONG_PASSWORD

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

TOKEN = "k3pT9vXq2LmZ7wRb4NsY-metrics"


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"METRICS_TOKEN": TOKEN, "ATTEMPTS_LIMIT": "3"}


async def read(panel: RunningPanel) -> dict[str, float]:
    answer = await panel.browser().request("GET", "/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


async def test_it_counts_requests_sign_ins_and_the_mail_server(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    mail_server.quirk("cut-before")
    await browser.open("/")
    mail_server.no_quirk()
    found = await read(panel)

    assert found['bulwark_events_total{kind="account:session:sign-in"}'] == 1
    assert found['bulwark_requests_total{method="POST",status="3xx"}'] == 1
    assert found['bulwark_upstream_requests_total{outcome="answered"}'] >= 4
    assert found['bulwark_upstream_requests_total{outcome="unreachable"}'] >= 1
    assert found["bulwark_reports_waiting"] == 0
    assert found["bulwark_request_seconds_count"] >= 3


async def test_refused_tries_are_counted(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    for _ in range(5):
        await browser.open("/sign-in")
        pairs = [("login", alice.login), ("password", WRONG_PASSWORD)]
        await browser.post("/sign-in", pairs)

    assert (await read(panel))["bulwark_attempts_refused_total"] == 2


async def test_nothing_names_a_person_or_an_address(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    await panel.sign_in(alice)
    answer = await panel.browser().request("GET", "/metrics", headers={"authorization": f"Bearer {TOKEN}"})

    for named in (alice.login, alice.name, "203.0.113.7", mail_server.domain, alice.account_id + '"'):
        assert named not in answer.text


@pytest.mark.parametrize("given", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer "])
async def test_only_the_token_opens_it(panel: RunningPanel, given: str) -> None:
    answer = await panel.browser().request("GET", "/metrics", headers={"authorization": given})
    assert answer.status_code == 401


async def test_it_is_served_under_any_name_inside_ones_own_network(panel: RunningPanel) -> None:
    browser = panel.browser(base_url="http://panel1:8700")
    answer = await browser.request("GET", "/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200


class TestWithoutAToken:
    @pytest.fixture
    def panel_settings(self) -> dict[str, str]:
        return {}

    async def test_the_address_does_not_exist(self, panel: RunningPanel) -> None:
        answer = await panel.browser().request("GET", "/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 404
