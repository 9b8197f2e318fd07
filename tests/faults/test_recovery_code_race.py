"""Two panel processes on one database, one recovery code, both at once: exactly one lets somebody in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import pytest

from canaries import ADMIN_PASSWORD
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer
from panel_browser import Browser
from panel_process import PanelProcess
from stalwart_sandbox import Sandbox
from two_factor_steps import enrol, to_recovery

if TYPE_CHECKING:
    from pathlib import Path

    from canaries import Watch
    from html_page import Page

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize("seconds", [0.0, 0.7])
async def test_of_two_racing_uses_exactly_one_wins(tmp_path: Path, watch: Watch, seconds: float) -> None:
    made: list[Sandbox] = []

    def make(url: str) -> Any:
        made.append(Sandbox(base_url=url, admin=f"admin:{ADMIN_PASSWORD}"))
        return made[0].app

    with (
        serve(make) as mail_url,
        PanelProcess(mail_url=mail_url, data_dir=tmp_path / "data") as first,
        PanelProcess(mail_url=mail_url, data_dir=tmp_path / "data") as second,
    ):
        server = MailServer(
            url=mail_url,
            admin=("admin", ADMIN_PASSWORD),
            clock=HandClock(None),
            transport=httpx2.AsyncHTTPTransport(),
            sandbox=made[0],
        )
        alice = await server.new_account("alice")
        browsers = [
            Browser(transport=httpx2.AsyncHTTPTransport(), watch=watch, base_url=one.url) for one in (first, second)
        ]
        await browsers[0].open("/sign-in")
        await browsers[0].fill_in({"username": alice.login, "current-password": alice.password})
        codes = await enrol(browsers[0], alice)
        for one in browsers:
            one.forget()
            await to_recovery(one, alice)
        server.quirk("slow", path="/api/auth", seconds=seconds)
        pages: list[Page] = []

        async def race(browser: Browser) -> None:
            pages.append(await browser.fill_in({"recovery_code": codes[0]}))

        async with anyio.create_task_group() as group:
            for one in browsers:
                group.start_soon(race, one)
        for one in browsers:
            await one.close()
        await server.close()

    assert sorted(page.path for page in pages) == ["/sign-in/recovery", "/two-factor/set-up/1"]
    refused = next(page for page in pages if page.path == "/sign-in/recovery")
    assert refused.status == 422
