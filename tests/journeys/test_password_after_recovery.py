"""The password of somebody who signed in with a recovery code: the lost app is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, WRONG_PASSWORD
from password_steps import typed
from two_factor_steps import enrolled, sign_in_with

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


async def test_with_an_expired_password_the_lost_app_is_not_asked_for(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    mail_server.quirk("expired-password", account=alice)
    browser = panel.browser()
    page = await sign_in_with(browser, alice, codes[0])
    assert page.h1 == "Choose a new password"
    assert not page.form("/password").find("one-time-code")
    page = await browser.fill_in(typed(alice, current=WRONG_PASSWORD))
    assert list(page.field_errors) == ["password"]
    page = await browser.fill_in(typed(alice))

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, NEW_PASSWORD, alice.code())
    assert (await browser.open("/two-factor/set-up/1")).path == "/two-factor/set-up/1", "the new app is still to come"


async def test_a_quarter_of_an_hour_later_the_code_is_asked_for_again(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    browser = panel.browser()
    await sign_in_with(browser, alice, codes[0])
    assert not (await browser.open("/password")).form("/password").find("one-time-code")
    panel.clock.advance(minutes=16)

    assert (await browser.open("/password")).form("/password").find("one-time-code")
