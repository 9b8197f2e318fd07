"""The whole panel in one process: the application, its database, its mail server, and browsers to look at it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import httpx2

from bulwark.app import create_app
from bulwark.settings import Settings
from panel_browser import BASE_URL, USER_AGENT, Browser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from starlette.applications import Starlette

    from canaries import Watch
    from hand_clock import HandClock
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from stalwart_sandbox import RecordedRequest, Sandbox

HOME_ADDRESS = "203.0.113.7"


def load_settings(server_url: str, data_dir: Path, overrides: Mapping[str, str] | None = None) -> Settings:
    """Settings as an operator would write them; `overrides` are names without the prefix (`SESSION_IDLE="5m"`)."""
    environ = {"SERVER_URL": server_url, "PUBLIC_URL": BASE_URL, "DATA_DIR": str(data_dir), **(overrides or {})}
    loaded = Settings.load({f"BULWARK_{name}": value for name, value in environ.items()}, None)
    assert not loaded.warnings, loaded.warnings
    return loaded.settings


class Settled(httpx2.AsyncBaseTransport):
    """The way to a panel that has done what it does beside a request (notices) before the next thing happens."""

    def __init__(self, app: Starlette, inner: httpx2.AsyncBaseTransport) -> None:
        self._app = app
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        response = await self._inner.handle_async_request(request)
        await self._app.state.panel.notices.settled()
        return response


@dataclass(slots=True, kw_only=True)
class RunningPanel:
    """A running panel; an async context manager that starts and stops the application's lifespan."""

    mail_server: MailServer
    clock: HandClock
    watch: Watch
    data_dir: Path
    overrides: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(init=False)
    app: Starlette = field(init=False)
    _open: AsyncExitStack = field(init=False, default_factory=AsyncExitStack)

    @property
    def sandbox(self) -> Sandbox:
        """The stand-in server's object; skips the test on a real server."""
        return self.mail_server.needs_sandbox("the test looks inside the stand-in")

    async def __aenter__(self) -> Self:
        self.settings = load_settings(self.mail_server.url, self.data_dir, self.overrides)
        self.app = create_app(self.settings, transport=self.mail_server.transport, clock=self.clock)
        await self._open.enter_async_context(self.app.router.lifespan_context(self.app))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    def browser(
        self,
        *,
        address: str = HOME_ADDRESS,
        language: str = "en",
        user_agent: str = USER_AGENT,
        base_url: str = BASE_URL,
        checks_pages: bool = True,
    ) -> Browser:
        """A new browser, at `address` on the network."""
        transport = Settled(self.app, httpx2.ASGITransport(app=self.app, client=(address, 51000)))
        browser = Browser(
            transport=transport,
            watch=self.watch,
            base_url=base_url,
            user_agent=user_agent,
            language=language,
            checks_pages=checks_pages,
        )
        self._open.push_async_callback(browser.close)
        return browser

    async def sign_in(self, account: MailAccount, browser: Browser | None = None) -> Browser:
        """Sign a person in as they would (code included); the browser then shows the page after it."""
        browser = browser or self.browser()
        page = await browser.open("/sign-in")
        page = await browser.fill_in({"username": account.login, "current-password": account.password})
        if account.totp_secret is not None:
            page = await browser.fill_in({"one-time-code": account.code()})
        assert not _is_sign_in(page), f"{account.login} could not sign in: {page.alerts or page.text}"
        return browser

    async def count_anew(self) -> None:
        """Let what goes on beside the pages (the daily look at credentials) end, then count requests from here."""
        await self.app.state.panel.notices.settled()
        self.sandbox.forget_requests()

    def upstream(self) -> list[RecordedRequest]:
        """The requests the mail server got so far, oldest first; without those that place notices beside them."""
        return [seen for seen in self.sandbox.requests if not _is_beside(seen)]


def _is_beside(seen: RecordedRequest) -> bool:
    """Whether a request places a notice, or looks once a day for what ends soon."""
    methods = tuple(seen.methods)
    reads_ends = ("x:AppPassword/query", "x:AppPassword/get", "x:ApiKey/query", "x:ApiKey/get")
    return methods in {reads_ends, ("Email/set",), ("Email/query", "Email/get")}


def _is_sign_in(page: Page) -> bool:
    return page.path.startswith("/sign-in")
