"""Panels as processes of their own on one database, a mail server on loopback, and browsers that a balancer moves."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from canaries import ADMIN_PASSWORD
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer
from panel_browser import Browser
from panel_process import PanelProcess
from stalwart_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from canaries import Watch
    from mail_server import MailAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStage:
    """The running processes, and who looks at them."""

    mail_server: MailServer
    panels: tuple[PanelProcess, ...]
    watch: Watch
    stack: AsyncExitStack

    def browser(self, at: int, *, checks_pages: bool = True) -> Browser:
        """A browser at one of the panels."""
        browser = Browser(
            transport=httpx2.AsyncHTTPTransport(),
            watch=self.watch,
            base_url=self.panels[at].url,
            checks_pages=checks_pages,
        )
        self.stack.push_async_callback(browser.close)
        return browser

    async def sign_in(self, account: MailAccount, at: int) -> Browser:
        """Sign a person without two-factor in."""
        browser = self.browser(at)
        await browser.open("/sign-in")
        page = await browser.fill_in({"username": account.login, "current-password": account.password})
        assert not page.path.startswith("/sign-in"), page.text
        return browser

    def moved(self, browser: Browser, to: int) -> Browser:
        """The same browser, sent to another process by the balancer."""
        moved = self.browser(to)
        for cookie in browser.cookies.jar:
            moved.cookies.set(cookie.name, cookie.value or "", domain=cookie.domain, path=cookie.path)
        return moved


@asynccontextmanager
async def process_stage(
    data_dir: Path, watch: Watch, settings: Mapping[str, str], *, count: int = 2, says_into: Path | None = None
) -> AsyncIterator[ProcessStage]:
    """Start everything; it is all gone afterwards."""
    made: list[Sandbox] = []

    def make(url: str) -> Any:
        made.append(Sandbox(base_url=url, admin=f"admin:{ADMIN_PASSWORD}"))
        return made[0].app

    async with AsyncExitStack() as stack:
        mail_url = stack.enter_context(serve(make))
        panels = tuple(
            stack.enter_context(
                PanelProcess(mail_url=mail_url, data_dir=data_dir, settings=settings, says_into=says_into)
            )
            for _ in range(count)
        )
        server = MailServer(
            url=mail_url,
            admin=("admin", ADMIN_PASSWORD),
            clock=HandClock(None),
            transport=httpx2.AsyncHTTPTransport(),
            sandbox=made[0],
        )
        stack.push_async_callback(server.close)
        yield ProcessStage(mail_server=server, panels=panels, watch=watch, stack=stack)
