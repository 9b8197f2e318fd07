"""The panel and its mail server on loopback, and people at Chromium.

Everything lives as long as one test module: playwright keeps an event loop running in this thread, which asynchronous
tests of other modules must not meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import pytest
from playwright.sync_api import sync_playwright

import needed_programs
from canaries import ADMIN_PASSWORD, Watch
from chromium_person import FLAGS, Look, Person
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal
    from playwright.sync_api import Browser

    from mail_server import MailAccount
    from stalwart_sandbox import Sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives Chromium, and give it time on a busy machine."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(240))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The running panel at `url` and its mail server; the synchronous face of `MailServer`."""

    url: str
    mail_server: MailServer
    portal: BlockingPortal

    @property
    def sandbox(self) -> Sandbox:
        """The stand-in's object."""
        return self.mail_server.needs_sandbox("the test looks inside the stand-in")

    def new_account(self, name: str | None = None, **more: Any) -> MailAccount:
        """Make an account; the arguments are those of `MailServer.new_account`."""
        account: MailAccount = self.portal.call(lambda: self.mail_server.new_account(name, **more))
        return account

    def accepts(self, account: MailAccount, password: str, code: str | None = None) -> bool:
        """Whether the mail server itself takes this password (and code)."""
        holds: bool = self.portal.call(lambda: self.mail_server.accepts(account, password, code))
        return holds


@pytest.fixture(scope="module")
def stage_settings() -> dict[str, str]:
    """Settings of the panel on the stage that differ from the defaults; a module overrides this. `{url}` is its own."""
    return {}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, stage_settings: dict[str, str]) -> Iterator[Stage]:
    """Panel and stand-in mail server, both real web servers on loopback ports."""
    from bulwark.app import create_app
    from bulwark.settings import Settings
    from stalwart_sandbox import Sandbox
    from stalwart_sandbox import server as sandbox_server

    data_dir = tmp_path_factory.mktemp("panel")
    admin = ("admin", ADMIN_PASSWORD)
    sandbox = Sandbox(admin=":".join(admin))
    with sandbox_server.running(sandbox) as mail_url, anyio.from_thread.start_blocking_portal() as portal:
        environ = {
            "BULWARK_SERVER_URL": mail_url,
            "BULWARK_DATA_DIR": str(data_dir),
            **{f"BULWARK_{name}": value for name, value in stage_settings.items()},
        }

        def panel_at(url: str) -> Any:
            here = {name: value.replace("{url}", url) for name, value in environ.items()}
            return create_app(Settings.load(here, None).settings)

        server = portal.call(_mail_server, mail_url, admin, sandbox)
        with serve(panel_at) as url:
            yield Stage(url=url, mail_server=server, portal=portal)
        portal.call(server.close)
    watch = Watch()
    watch.see_databases(data_dir)
    assert not watch.leaks


async def _mail_server(url: str, admin: tuple[str, str], sandbox: Sandbox) -> MailServer:
    return MailServer(url=url, admin=admin, clock=HandClock(None), transport=None, sandbox=sandbox)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program: Path = needed_programs.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            headless=True,
            args=list(FLAGS),
            downloads_path=tmp_path_factory.mktemp("downloads"),
        )
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Person]]:
    """Makes people: `person()`, or `person(scripts=False, theme="dark", size="phone")`.

    Whatever Chromium complains about fails the test.
    """
    people: list[Person] = []

    def arrive(**look: Any) -> Person:
        people.append(Person.arrive(chromium, stage.url, Look(**look)))
        return people[-1]

    yield arrive
    for one in people:
        one.leave()
