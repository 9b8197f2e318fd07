"""The link to a profile: once, fifteen minutes, opened on another device that is not signed in."""

from __future__ import annotations

import plistlib
from typing import TYPE_CHECKING

import pytest

from credential_steps import make, shown_secret

if TYPE_CHECKING:
    from pathlib import Path

    from html_page import Page
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
PATH = "/app-passwords"


def link_of(page: Page) -> str:
    return next(href for href in page.links.values() if href.endswith("/mail.mobileconfig"))


async def test_the_profile_is_fetched_once_by_a_device_that_is_not_signed_in(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    page = await make(await panel.sign_in(alice), "Phone", {"preset": "mail-calendar-contacts"}, path=PATH)
    secret, link = shown_secret(page), link_of(page)
    panel.watch.add(secret)
    assert "The link works once, until 14:26." in page.text
    phone = panel.browser(address="198.51.100.4")
    landing = await phone.open(link.rpartition("/")[0])
    assert landing.h1 == "Set up this device"
    assert "“Phone”" in landing.text
    assert secret not in landing.html

    await phone.reload()
    watch, phone.watch = phone.watch, type(phone.watch)()  # the profile itself holds the secret, on purpose
    fetched = await phone.request("GET", link)
    phone.watch = watch
    assert fetched.headers["content-type"] == "application/x-apple-aspen-config"
    assert fetched.headers["cache-control"] == "no-store"
    assert fetched.headers["content-disposition"] == 'attachment; filename="mail.mobileconfig"'
    mail = plistlib.loads(fetched.content)["PayloadContent"][0]
    assert (mail["IncomingMailServerUsername"], mail["IncomingPassword"]) == (alice.login, secret)

    for path in (link, link.rpartition("/")[0]):
        assert (await phone.request("GET", path)).status_code == 404


async def test_a_browser_that_fetches_ahead_uses_nothing_up(panel: RunningPanel, mail_server: MailServer) -> None:
    page = await make(await panel.sign_in(await mail_server.new_account("alice")), "Phone", path=PATH)
    phone = panel.browser()
    early = await phone.request("GET", link_of(page), headers={"sec-purpose": "prefetch;prerender"})
    head = await phone.request("HEAD", link_of(page))
    phone.watch = type(phone.watch)()

    assert (early.status_code, head.status_code) == (404, 404)
    assert (await phone.request("GET", link_of(page))).status_code == 200


async def test_after_fifteen_minutes_the_link_is_dead(panel: RunningPanel, mail_server: MailServer) -> None:
    page = await make(await panel.sign_in(await mail_server.new_account("alice")), "Phone", path=PATH)
    panel.clock.advance(minutes=15, seconds=1)

    assert (await panel.browser().request("GET", link_of(page))).status_code == 404


class TestWithACertificateThatDoesNotDo:
    """The person gets the profile all the same, unsigned."""

    @pytest.fixture
    def panel_settings(self, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "profile.pem").write_text("nothing of use")
        return {"PROFILE_CERTIFICATE": str(tmp_path / "profile.pem")}

    async def test_the_profile_is_unsigned(self, panel: RunningPanel, mail_server: MailServer) -> None:
        page = await make(await panel.sign_in(await mail_server.new_account("alice")), "Phone", path=PATH)
        phone = panel.browser()
        phone.watch = type(phone.watch)()

        assert (await phone.request("GET", link_of(page))).content.startswith(b"<?xml")


async def test_a_guessed_link_leads_nowhere(panel: RunningPanel) -> None:
    for token in ("a", "A" * 43, "%2e%2e", "ü"):
        answer = await panel.browser().request("GET", f"{PATH}/set-up/{token}")
        assert answer.status_code == 404


async def test_what_cannot_be_set_up_by_a_profile_offers_none(panel: RunningPanel, mail_server: MailServer) -> None:
    page = await make(
        await panel.sign_in(await mail_server.new_account("alice")), "Printer", {"preset": "send-only"}, path=PATH
    )
    panel.watch.add(shown_secret(page))

    assert "install a profile" not in page.text
    assert "Sending mail (SMTP)" in page.text
    assert "Thunderbird" not in page.main.text
