"""A new password after signing in with a recovery code: the lost app is not asked for its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import NEW_PASSWORD, WRONG_PASSWORD
from two_factor_steps import enrolled, sign_in_with

if TYPE_CHECKING:
    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("expired", [False, True])
async def test_after_a_recovery_code_a_new_password_asks_for_no_code_of_the_lost_app(
    panel: RunningPanel, mail_server: MailServer, *, expired: bool
) -> None:
    alice = await mail_server.new_account("alice")
    _, codes = await enrolled(panel, alice)
    if expired:
        panel.sandbox.quirks.set("expired-password", account=alice.login)
    browser = panel.browser()
    await sign_in_with(browser, alice, codes[3])

    page = await browser.open("/password")
    assert not page.form("/password").find("code")
    page = await browser.fill_in(
        {"current-password": WRONG_PASSWORD, "new-password[1]": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD},
        form="/password",
    )
    assert page.status == 422
    page = await browser.fill_in(
        {"current-password": alice.password, "new-password[1]": NEW_PASSWORD, "new-password[2]": NEW_PASSWORD},
        form="/password",
    )

    assert page.path == "/password/changed"
    assert await mail_server.accepts(alice, NEW_PASSWORD, alice.code())
    assert (await browser.open("/two-factor")).status == 200
    panel.clock.advance(minutes=16)
    assert (await browser.open("/password")).form("/password").find("code")
