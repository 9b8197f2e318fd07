"""Everything that the panel writes, done while something is broken: no page claims what is not so, nothing is lost.

One row for each deed, one column for each fault. What each cell showed is the table in docs/develop/faults.md, which is
compared here; FAULTS_SEEN=path writes the rows as they were seen to a file.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpx2
import pytest
from sqlalchemy import event

from bulwark.store import engine
from canaries import ADMIN_PASSWORD, NEW_PASSWORD, PASSWORD
from deed import Deed, Scene
from deeds import ADMIN, DEEDS, PASSWORD_SET
from deeds_in_our_records import DEEDS as IN_OUR_RECORDS
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer
from panel_browser import Browser
from panel_process import PanelProcess
from repository import ROOT
from stalwart_jmap import Timeouts
from stalwart_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager

    from canaries import Watch
    from html_page import Page
    from panel_kit import RunningPanel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
TABLE = ROOT / "docs" / "develop" / "faults.md"
SEEN = os.environ.get("FAULTS_SEEN", "")
MAY_KEEP_KEYS = [f"sysApiKey{verb}" for verb in ("Query", "Get", "Create", "Update", "Destroy")]
FOR_EVER = 60.0  # seconds; the panel gives up long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What breaks the mail server's answer to the write; `quirk` is the stand-in's name for it."""

    name: str
    quirk: str
    options: dict[str, Any]


SERVER = (
    Fault(name="down", quirk="cut-before", options={}),
    Fault(name="cut off after it", quirk="cut-after", options={}),
    Fault(name="never answers", quirk="slow", options={"seconds": FOR_EVER}),
    Fault(name="answers too late", quirk="slow-answer", options={"seconds": FOR_EVER}),
    Fault(name="500", quirk="500", options={}),
    Fault(name="429", quirk="429", options={"retry_after": 30}),
    Fault(name="a web page", quirk="html", options={}),
    Fault(name="nothing", quirk="empty", options={}),
    Fault(name="half a JSON", quirk="truncated-json", options={}),
    Fault(name="other JSON", quirk="nonsense", options={}),
    Fault(name="another id", quirk="wrong-id", options={}),
)


@pytest.fixture
def panel_settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Short waits for a lock, and tries enough for a whole row."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    return {"ATTEMPTS_LIMIT": "50", "API_KEYS": "permitted"}


async def scene_of(deed: Deed, panel: RunningPanel, mail_server: MailServer) -> Scene:
    """Somebody who may do it, in a browser."""
    if deed.method == "x:ApiKey/set":  # an administrator's form lists 660 permissions, which takes long to read
        granted = {
            "@type": "Merge",
            "enabledPermissions": dict.fromkeys(MAY_KEEP_KEYS, True),
            "disabledPermissions": {},
        }
        account = await mail_server.new_account("alice", permissions=granted)
    else:
        account = await mail_server.new_account("alice", roles=ADMIN if deed.is_admin else None)
    scene = Scene(mail_server, panel.sandbox, account)
    if deed.is_admin:
        scene.other = await mail_server.new_account("bob")
    scene.browser = panel.browser(checks_pages=False)
    return scene


async def make_ready(deed: Deed, scene: Scene, panel: RunningPanel) -> None:
    """On the page, with everything as if it had never been done; signed in again where that ended the session."""
    if not scene.sandbox.password_is(scene.account.login, PASSWORD):
        await scene.mail_server.change(scene.account, {"credentials/0/secret": PASSWORD})
    if (await scene.browser.open("/profile")).path != "/profile":
        await panel.sign_in(scene.account, scene.browser)
    await deed.ready(scene)
    if scene.browser.page.path == "/sign-in":
        await panel.sign_in(scene.account, scene.browser)
        await deed.ready(scene)
    assert not await deed.holds(scene), f"{deed.name} is done already: {scene.browser.page.text}"


def said_by(page: Page, deed: Deed) -> str:
    """What the page claims."""
    if "We do not know whether" in page.text:
        return "unknown"
    return "done" if page.status < 400 and deed.tells in page.text else "not done"


async def judged(deed: Deed, scene: Scene, page: Page, fault: str) -> str:
    """The cell of the table, after making sure that the page did not lie."""
    said, holds = said_by(page, deed), await deed.holds(scene)
    assert page.status != 500, page.text
    assert (said, holds) not in {("done", False), ("not done", True)}, (
        f"{fault}: {page} says {said}, {holds=}\n{page.text}"
    )
    return f"{said}, it is done" if said == "unknown" and holds else said


def compare(name: str, cells: list[str]) -> None:
    """Hold what was seen against the documentation."""
    row = f"| {name} | {' | '.join(cells)} |"
    if SEEN:
        with Path(SEEN).open("a", encoding="utf-8") as file:
            file.write(row + "\n")
    assert row in TABLE.read_text(encoding="utf-8").splitlines(), f"{TABLE.name} does not have the row\n{row}"


@pytest.mark.parametrize("deed", [*DEEDS, *(deed for deed in IN_OUR_RECORDS if deed.path)], ids=lambda deed: deed.name)
async def test_a_broken_answer_is_never_told_as_another(
    deed: Deed, panel: RunningPanel, mail_server: MailServer
) -> None:
    scene = await scene_of(deed, panel, mail_server)
    transport = panel.app.state.panel.transport
    patient = transport._timeouts
    cells = []
    for fault in SERVER:
        if deed.path and fault.quirk == "wrong-id":  # no id is answered there
            cells.append("-")
            continue
        await make_ready(deed, scene, panel)
        if fault.quirk.startswith("slow"):
            transport._timeouts = Timeouts(connect=0.3, total=0.3)
        mail_server.quirk(fault.quirk, **deed.where, **fault.options)
        page = await scene.send()
        mail_server.no_quirk()
        transport._timeouts = patient
        cells.append(await judged(deed, scene, page, fault.name))
    await make_ready(deed, scene, panel)
    page = await scene.send()

    assert (said_by(page, deed), await deed.holds(scene)) == ("done", True), page.text
    compare(deed.name, cells)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody else holds the lock for writing."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def gone(file: Path) -> Iterator[None]:
    """None of its tables is there."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        names = [str(row[0]) for row in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [name for name in names if not name.startswith("sqlite_")]
        for name in tables:
            other.execute(f"ALTER TABLE {name} RENAME TO {name}_gone")
        yield
        for name in tables:
            other.execute(f"ALTER TABLE {name}_gone RENAME TO {name}")


@contextmanager
def under(panel: RunningPanel, pragma: str, back: str) -> Iterator[None]:
    """Every connection of the panel meets this state of SQLite's own."""
    pool = panel.app.state.panel.database._engine.sync_engine.pool

    def taken(connection: Any, _record: object, _proxy: object) -> None:
        connection.cursor().execute(pragma)

    def given_back(connection: Any, _record: object) -> None:
        connection.cursor().execute(back)

    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", given_back)
    yield
    event.remove(pool, "checkout", taken)
    event.remove(pool, "checkin", given_back)


DATABASE: dict[str, Callable[[RunningPanel], AbstractContextManager[None]]] = {
    "locked": lambda panel: locked(panel.data_dir / "bulwark.sqlite3"),
    "full": lambda panel: under(panel, "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
    "read-only": lambda panel: under(panel, "PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    "gone": lambda panel: gone(panel.data_dir / "bulwark.sqlite3"),
}


async def send_and_break(scene: Scene, deed: Deed, breaks: AbstractContextManager[None]) -> Page:
    """Send the form; once the mail server has carried it out, and before its answer is here, break the database."""
    scene.sandbox.forget_requests()
    pages: list[Page] = []

    async def send() -> None:
        pages.append(await scene.send())

    with ExitStack() as broken:
        async with anyio.create_task_group() as group:
            group.start_soon(send)
            await until(lambda: done_or_answered(deed, scene, pages))
            broken.enter_context(breaks)
    return pages[0]


async def done_or_answered(deed: Deed, scene: Scene, pages: list[Page]) -> bool:
    """Whether the mail server has it; or the panel has answered without."""
    return bool(pages) or await deed.holds(scene)


def told(name: str, cell: str) -> str:
    """The cell; a full disk still takes what fits into the file as it is, so there it may be either."""
    return "done or unknown" if name == "full" and cell in {"done", "unknown, it is done"} else cell


@pytest.mark.parametrize("deed", [*DEEDS, *IN_OUR_RECORDS], ids=lambda deed: deed.name)
async def test_a_broken_database_loses_nothing_and_claims_nothing(
    deed: Deed, panel: RunningPanel, mail_server: MailServer
) -> None:
    scene = await scene_of(deed, panel, mail_server)
    cells = []
    for name, breaks in DATABASE.items():
        await make_ready(deed, scene, panel)
        with breaks(panel):
            page = await scene.send()
        cells.append(told(name, await judged(deed, scene, page, f"database {name}")))
    for name in ("locked", "full", "gone"):
        if not deed.method:  # the mail server holds nothing of it
            cells.append("-")
            continue
        breaks = DATABASE[name]
        await make_ready(deed, scene, panel)
        mail_server.quirk("slow-answer", method=deed.method, seconds=0.1)
        page = await send_and_break(scene, deed, breaks(panel))
        mail_server.no_quirk()
        cells.append(told(name, await judged(deed, scene, page, f"database {name} after the server has it")))
    await make_ready(deed, scene, panel)
    page = await scene.send()

    assert (said_by(page, deed), await deed.holds(scene)) == ("done", True), page.text
    compare(f"{deed.name}, our records", cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """When the panel is killed: while the mail server has not begun the write, or while its answer is on the way."""

    name: str
    quirk: str
    is_done: bool


KILLS = (
    Kill(name="before the write", quirk="slow", is_done=False),
    Kill(name="after it", quirk="slow-answer", is_done=True),
)


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: kill.name)
async def test_a_killed_panel_loses_nothing_and_does_everything_afterwards(
    kill: Kill, tmp_path: Path, watch: Watch
) -> None:
    made: list[Sandbox] = []

    def make(url: str) -> Any:
        made.append(Sandbox(base_url=url, admin=f"admin:{ADMIN_PASSWORD}"))
        return made[0].app

    async with AsyncExitStack() as closes:
        url = closes.enter_context(serve(make))
        process = closes.enter_context(PanelProcess(mail_url=url, data_dir=tmp_path / "data"))
        wire = httpx2.AsyncHTTPTransport()
        admin = ("admin", ADMIN_PASSWORD)
        server = MailServer(url=url, admin=admin, clock=HandClock(None), transport=wire, sandbox=made[0])
        closes.push_async_callback(server.close)
        scenes = {}
        for deed in DEEDS:
            account = await server.new_account(roles=ADMIN if deed.is_admin else None)
            scenes[deed] = scene = Scene(server, made[0], account)
            scene.other = await server.new_account() if deed.is_admin else None
            browser = Browser(transport=httpx2.AsyncHTTPTransport(), watch=watch, base_url=process.url)
            scene.browser = await closes.enter_async_context(browser)
            browser.checks_pages = False
            await sign_in(scene)
            await deed.ready(scene)
            server.quirk(kill.quirk, method=deed.method, account=account, seconds=FOR_EVER * 10)
        made[0].forget_requests()
        async with anyio.create_task_group() as group:
            for scene in scenes.values():
                group.start_soon(send_into_the_void, scene)
            await until(lambda: all_there(scenes, kill))
            await anyio.to_thread.run_sync(process.kill)
        await anyio.to_thread.run_sync(process.start)
        server.no_quirk()
        for deed, scene in scenes.items():
            assert await deed.holds(scene) is kill.is_done, deed.name
            await scene.browser.open("/profile")
            if scene.browser.page.path == "/sign-in":
                # The write had killed our tokens, and nothing could be told about it any more.
                assert (kill.is_done, deed.method) == (True, PASSWORD_SET), deed.name
                scene.account.password = NEW_PASSWORD if deed.name == "change the password" else PASSWORD
                await sign_in(scene)
            scene.account.password = PASSWORD
            await ready_again(deed, scene)
            page = await scene.send()
            assert (said_by(page, deed), await deed.holds(scene)) == ("done", True), f"{deed.name}: {page.text}"


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Look again and again until it holds."""
    with anyio.fail_after(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await anyio.sleep(0.01)


async def all_there(scenes: dict[Deed, Scene], kill: Kill) -> bool:
    """Whether the mail server has every write, or has at least got it."""
    return all([await is_there(deed, scene, kill) for deed, scene in scenes.items()])


async def sign_in(scene: Scene) -> None:
    """With password, and with a code where that is needed."""
    browser, account = scene.browser, scene.account
    await browser.open("/sign-in")
    page = await browser.fill_in({"username": account.login, "current-password": account.password})
    if page.path == "/sign-in/code":
        account.totp_secret = scene.remembered.get("key", account.totp_secret)
        page = await browser.fill_in({"one-time-code": account.code()})
    assert not page.path.startswith("/sign-in"), page.text


async def ready_again(deed: Deed, scene: Scene) -> None:
    """Undo it at the server, and make it ready; where that ended the session, sign in first."""
    await deed.ready(scene)
    if scene.browser.page.path == "/sign-in":
        await sign_in(scene)
        await deed.ready(scene)


async def send_into_the_void(scene: Scene) -> None:
    """Send the form to a panel that is killed before it answers."""
    with suppress(httpx2.TransportError):
        page = await scene.send()
        raise AssertionError(f"the panel answered {page}")


async def is_there(deed: Deed, scene: Scene, kill: Kill) -> bool:
    """Whether the mail server has the write, or has at least got it."""
    if kill.is_done:
        return await deed.holds(scene)
    return any(deed.method in one.methods and one.account == scene.account.login for one in scene.sandbox.requests)
