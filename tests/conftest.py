"""What every test lives with: this machine only, a clock to turn, and a watch for secrets in the wrong place."""

from __future__ import annotations

import logging
import os
import shutil
from typing import TYPE_CHECKING, Any

import anyio
import click.testing
import hypothesis
import pytest

import loopback_only
from bulwark.account import recovery_crypto
from bulwark.settings import DATABASE_NAME
from canaries import ADMIN_PASSWORD, Watch
from hand_clock import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from mail_server import MailServer
    from panel_kit import RunningPanel
    from postgresql_cluster import Cluster

OUR_LOGGERS = ("bulwark", "stalwart_jmap", "stalwart_sandbox")
SANDBOX_URL = "https://mail.test"

hypothesis.settings.register_profile(
    "short",
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("long", hypothesis.settings.get_profile("short"), max_examples=3000)

_command_outputs: list[tuple[str, bytes]] = []


def pytest_configure(config: pytest.Config) -> None:
    """Set up this process: the guard on sockets, logging in full, how hard to try with made-up values."""
    del config
    loopback_only.install()
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
    _listen_to_commands()


def _listen_to_commands() -> None:
    """Let the watch hear what commands print through click's test runner."""
    invoke = click.testing.CliRunner.invoke

    def heard(*arguments: Any, **named: Any) -> click.testing.Result:
        result = invoke(*arguments, **named)
        _command_outputs.append(("the output of a command", result.output_bytes))
        return result

    click.testing.CliRunner.invoke = heard  # type: ignore[method-assign] # only listening


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Fails the test when a secret stands in a log, an address, a cookie, the database, an error page or an output."""
    found = Watch()
    _command_outputs.clear()
    yield found
    if request.node.get_closest_marker("shows_secrets"):
        return
    for _, where, text in request.node._report_sections:
        found.see(f"captured {where}", text)
    for where, output in _command_outputs:
        found.see(where, output, tokens=False)
    folder = request.node.funcargs.get("tmp_path")
    if folder is not None:
        found.see_databases(folder)
    if found.leaks:
        pytest.fail("a secret is where none may be:\n  " + "\n  ".join(found.leaks), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def shipped_costs() -> Iterator[dict[int, recovery_crypto.Cost]]:
    """Argon2 with next to no cost in this process: what is tested is what happens around it. Gives what is shipped."""
    shipped = dict(recovery_crypto.COSTS)
    recovery_crypto.COSTS.update(dict.fromkeys(shipped, recovery_crypto.Cost(passes=1, memory=8, lanes=1)))
    yield shipped
    recovery_crypto.COSTS.update(shipped)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for all tests of this process."""
    from postgresql_cluster import running_cluster

    with running_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied."""
    from prepared_database import prepare

    file = tmp_path_factory.mktemp("prepared") / "bulwark.sqlite3"
    anyio.run(prepare, f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still until the test turns it."""
    return HandClock()


@pytest.fixture
async def mail_server(clock: HandClock) -> AsyncIterator[MailServer]:
    """The stand-in for a mail server, in this process, empty; the journeys put a real one here when they may."""
    from mail_server import MailServer
    from sandbox_wire import SandboxWire
    from stalwart_sandbox import Sandbox

    admin = ("admin", ADMIN_PASSWORD)
    sandbox = Sandbox(base_url=SANDBOX_URL, admin=":".join(admin), clock=clock.time)
    server = MailServer(url=SANDBOX_URL, admin=admin, clock=clock, transport=SandboxWire(sandbox), sandbox=sandbox)
    yield server
    await server.close()


@pytest.fixture
def panel_settings() -> dict[str, str]:
    """Settings of the test's panel that differ from the defaults, by name without prefix; a module overrides this."""
    return {}


@pytest.fixture
def data_dir(tmp_path: Path, prepared_file: Path) -> Path:
    """The panel's folder, with the tables in place."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(prepared_file, folder / DATABASE_NAME)
    return folder


@pytest.fixture
async def panel(
    mail_server: MailServer, clock: HandClock, watch: Watch, data_dir: Path, panel_settings: dict[str, str]
) -> AsyncIterator[RunningPanel]:
    """The whole panel in this process, with a database of its own."""
    from panel_kit import RunningPanel

    async with RunningPanel(
        mail_server=mail_server, clock=clock, watch=watch, data_dir=data_dir, overrides=panel_settings
    ) as running:
        yield running
    if mail_server.sandbox is not None:
        watch.see_mailboxes(mail_server.sandbox)
        for seen in mail_server.sandbox.requests:
            watch.see("an address asked of the mail server", str(seen.path))
