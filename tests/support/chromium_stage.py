"""The panel and its mail server on loopback, for people at Chromium."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.from_thread

from bulwark.app import create_app
from bulwark.settings import Settings
from canaries import ADMIN_PASSWORD, Watch
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from mail_server import MailAccount

_ADMIN = ("admin", ADMIN_PASSWORD)


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

    @classmethod
    @contextmanager
    def set_up(cls, data_dir: Path, settings: Mapping[str, str]) -> Iterator[Stage]:
        """Start both; `settings` of the panel by their names without the prefix, `{url}` in them is its own address."""
        sandbox = Sandbox(admin=":".join(_ADMIN))
        with sandbox_server.running(sandbox) as mail_url, anyio.from_thread.start_blocking_portal() as portal:
            environ = {
                "BULWARK_SERVER_URL": mail_url,
                "BULWARK_DATA_DIR": str(data_dir),
                **{f"BULWARK_{name}": value for name, value in settings.items()},
            }

            def panel_at(url: str) -> Any:
                here = {name: value.replace("{url}", url) for name, value in environ.items()}
                return create_app(Settings.load(here, None).settings)

            server = portal.call(_mail_server, mail_url, sandbox)
            with serve(panel_at) as url:
                yield cls(url=url, mail_server=server, portal=portal)
            portal.call(server.close)
        watch = Watch()
        watch.see_databases(data_dir)
        assert not watch.leaks


async def _mail_server(url: str, sandbox: Sandbox) -> MailServer:
    return MailServer(url=url, admin=_ADMIN, clock=HandClock(None), transport=None, sandbox=sandbox)
