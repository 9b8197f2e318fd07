"""The panel behind a reverse proxy that it trusts, and in front of people who pretend to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

PROXY = "10.1.2.3"
ORIGIN = "https://panel.test"


@pytest.fixture
def panel_settings() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "10.1.0.0/16, fd00::/8"}


async def told(panel: RunningPanel, account: MailAccount, client: str, headers: dict[str, str]) -> set[str | None]:
    """Which addresses the mail server is told when this request signs in."""
    panel.sandbox.forget_requests()
    browser = panel.browser(address=client)
    pairs = [("login", account.login), ("password", account.password)]
    response = await browser.request("POST", "/sign-in", pairs=pairs, headers={"origin": ORIGIN, **headers})
    assert response.status_code == 303, response.text
    return {one.forwarded_for for one in panel.upstream()}


@pytest.mark.parametrize(
    ("client", "forwarded", "person"),
    [
        (PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (PROXY, "6.6.6.6, 203.0.113.9, 10.1.9.9", "203.0.113.9"),
        (PROXY, "10.1.9.9, 10.1.9.8", "10.1.9.9"),
        (PROXY, "2001:DB8::1", "2001:db8::1"),
        (PROXY, "::ffff:203.0.113.9", "203.0.113.9"),
        (PROXY, "203.0.113.9:51234", "203.0.113.9"),
        (PROXY, "[2001:db8::1]:51234", "2001:db8::1"),
        (PROXY, "fe80::1%eth0", "fe80::1"),
        (PROXY, "unknown", PROXY),
        (PROXY, "203.0.113.9, unknown", PROXY),
        (PROXY, "203.0.113.9, <script>, 10.1.9.9", "10.1.9.9"),
        (PROXY, "", PROXY),
        (PROXY, " , ,, ", PROXY),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("::ffff:198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("fd00::1", "203.0.113.9", "203.0.113.9"),
    ],
)
async def test_the_persons_address_is_read_from_the_right_end_of_a_trusted_chain(
    panel: RunningPanel, mail_server: MailServer, client: str, forwarded: str, person: str
) -> None:
    alice = await mail_server.new_account("alice")

    assert await told(panel, alice, client, {"x-forwarded-for": forwarded}) == {person}


async def test_a_proxy_says_whether_the_person_came_over_https(panel: RunningPanel) -> None:
    browser = panel.browser(address=PROXY, base_url="http://panel.test:443")
    over_https = await browser.request("GET", "/sign-in", headers={"x-forwarded-proto": "https"})
    over_http = await browser.request("GET", "/sign-in", headers={"x-forwarded-proto": "http"})
    unsaid = await browser.request("GET", "/sign-in")

    assert over_https.status_code == 200
    assert "strict-transport-security" in over_https.headers
    assert over_http.status_code == unsaid.status_code == 400


async def test_nobody_else_can_say_so(panel: RunningPanel) -> None:
    browser = panel.browser(address="198.51.100.7", base_url="http://panel.test:443")
    response = await browser.request("GET", "/sign-in", headers={"x-forwarded-proto": "https"})

    assert response.status_code == 400


async def test_the_last_proxy_decides_about_https(panel: RunningPanel) -> None:
    browser = panel.browser(address=PROXY, base_url="http://panel.test:443")
    pretended = await browser.request("GET", "/sign-in", headers={"x-forwarded-proto": "https, http"})

    assert pretended.status_code == 400


async def test_cookies_behind_a_proxy_carry_the_prefix(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser(address=PROXY, base_url="http://panel.test:443")
    pairs = [("login", alice.login), ("password", alice.password)]
    headers = {"origin": ORIGIN, "x-forwarded-proto": "https", "host": "panel.test"}
    response = await browser.request("POST", "/sign-in", pairs=pairs, headers=headers)

    assert response.status_code == 303
    assert any(cookie.startswith("__Host-bulwark=") for cookie in response.headers.get_list("set-cookie"))
    assert all("Secure" in cookie for cookie in response.headers.get_list("set-cookie"))
