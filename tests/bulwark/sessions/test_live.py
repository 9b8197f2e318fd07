"""One stream from the mail server for everybody of an account, over real connections."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import anyio
import pytest

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import identities
from bulwark.sessions.keeper import Session
from bulwark.sessions.live import Hub, Seat
from bulwark.sessions.tokens import account_of
from canaries import ADMIN_PASSWORD, PASSWORD
from hand_clock import HandClock
from mail_server import MailServer
from panel_kit import RunningPanel
from stalwart_jmap import IdentityDraft
from stalwart_jmap.objects import identity
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bulwark.sessions.panel import Panel
    from canaries import Watch
    from mail_server import MailAccount
    from panel_browser import Browser

pytestmark = pytest.mark.anyio
SOON = 5  # seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock(None)


@pytest.fixture
async def mail_server(clock: HandClock) -> AsyncIterator[MailServer]:
    sandbox = Sandbox(admin=f"admin:{ADMIN_PASSWORD}")
    with sandbox_server.running(sandbox) as url:
        server = MailServer(url=url, admin=("admin", ADMIN_PASSWORD), clock=clock, transport=None, sandbox=sandbox)
        yield server
        await server.close()


@pytest.fixture
async def alice(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("alice", description="Alice")


class Visitors:
    """Signed-in browsers of one account, and the seats they take."""

    def __init__(self, running: RunningPanel, account: MailAccount) -> None:
        self.running = running
        self.panel: Panel = running.app.state.panel
        self.account = account
        self.stack = AsyncExitStack()

    async def sign_in(self) -> tuple[Browser, Session]:
        browser = await self.running.sign_in(self.account)
        cookie = next(value for name, value in browser.cookies.items() if name == "__Host-bulwark")
        found = await self.panel.sessions.find(cookie)
        assert isinstance(found, Session)
        return browser, found

    async def take(self, session: Session) -> Seat | None:
        account = account_of(self.panel, session, "")
        return await self.stack.enter_async_context(self.panel.live.take(self.panel, session, account, ""))


@pytest.fixture
async def visitors(
    mail_server: MailServer, clock: HandClock, watch: Watch, tmp_path: Path, alice: MailAccount
) -> AsyncIterator[Visitors]:
    async with RunningPanel(mail_server=mail_server, clock=clock, watch=watch, data_dir=tmp_path) as running:
        found = Visitors(running, alice)
        async with found.stack:
            yield found


def listeners(server: MailServer) -> int:
    return len(server.needs_sandbox("counts streams").state.broker._listeners)


async def until(true: Any) -> None:
    with anyio.fail_after(SOON):
        while not true():  # noqa: ASYNC110 - another thread decides
            await anyio.sleep(0.01)


async def rename(server: MailServer, account: MailAccount, name: str) -> None:
    credentials = jmap.BasicCredentials(account.login, jmap.Secret(PASSWORD))
    async with jmap.StalwartClient.connect(server.url, credentials) as client:
        (one, *_more) = identity.parse((await client.call(identity.get_call()))["identities"])
        assert await identity.update(client, one.id, IdentityDraft(name=name)) is None


async def hears(seat: Seat, since: str) -> list[str]:
    """The names of what changed, once the seat hears of a change."""
    with anyio.fail_after(SOON):
        while True:
            changes = await seat.ask(lambda account: identities.changes_since(account, since))
            if changes.changed:
                return [one.name for one in changes.changed]
            await seat.wait(SOON)


async def test_all_pages_of_an_account_share_one_stream(visitors: Visitors, mail_server: MailServer) -> None:
    _, first = await visitors.sign_in()
    _, second = await visitors.sign_in()
    seats = [await visitors.take(session) for session in (first, first, second, second)]
    one = seats[0]
    assert one is not None
    await until(lambda: one.is_connected)
    start = (await one.ask(identities.read)).state
    await rename(mail_server, visitors.account, "Al")

    for seat in seats:
        assert seat is not None
        assert await hears(seat, start) == ["Al"]
    assert listeners(mail_server) == 1
    assert (visitors.panel.live.streams, visitors.panel.live.seats) == (1, 4)


async def test_the_stream_stops_when_nobody_looks(visitors: Visitors, mail_server: MailServer) -> None:
    _, session = await visitors.sign_in()
    account = account_of(visitors.panel, session, "")
    async with visitors.panel.live.take(visitors.panel, session, account, "") as seat:
        assert seat is not None
        await until(lambda: listeners(mail_server) == 1)

    assert (visitors.panel.live.streams, visitors.panel.live.seats) == (0, 0)
    await until(lambda: listeners(mail_server) == 0)


async def test_the_stream_moves_on_when_its_owner_leaves(visitors: Visitors, mail_server: MailServer) -> None:
    _, first = await visitors.sign_in()
    _, second = await visitors.sign_in()
    account = account_of(visitors.panel, first, "")
    async with visitors.panel.live.take(visitors.panel, first, account, "") as owner:
        staying = await visitors.take(second)
        assert owner is not None
        assert staying is not None
        await until(lambda: staying.is_connected)
    start = (await staying.ask(identities.read)).state
    await until(lambda: listeners(mail_server) == 1)
    await rename(mail_server, visitors.account, "Still heard")

    assert await hears(staying, start) == ["Still heard"]
    assert visitors.panel.live.streams == 1


async def test_a_stream_the_server_ends_is_opened_again(visitors: Visitors, mail_server: MailServer) -> None:
    _, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    await until(lambda: seat.is_connected)
    broker = mail_server.needs_sandbox("ends streams").state.broker
    broker.close()
    await rename(mail_server, visitors.account, "Wakes the streams")
    await until(lambda: not seat.is_connected)
    broker._closed = False
    await until(lambda: seat.is_connected)

    assert listeners(mail_server) == 1


async def test_a_sixth_page_of_a_session_gets_no_seat(visitors: Visitors) -> None:
    _, first = await visitors.sign_in()
    _, second = await visitors.sign_in()
    taken = [await visitors.take(first) for _ in range(6)]

    assert [seat is not None for seat in taken] == [True] * 5 + [False]
    assert await visitors.take(second) is not None


async def test_a_process_has_only_so_many_seats(visitors: Visitors) -> None:
    _, session = await visitors.sign_in()
    hub = Hub(most_altogether=2)
    account = account_of(visitors.panel, session, "")
    async with hub.running(), AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(hub.take(visitors.panel, session, account, "")) for _ in range(3)]
        assert [seat is not None for seat in taken] == [True, True, False]


async def test_a_seat_ends_with_its_session(visitors: Visitors) -> None:
    browser, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    assert (await seat.ask(identities.read)).identities
    await browser.press("Sign out")

    with pytest.raises(errors.SignInExpired):
        await seat.ask(identities.read)


async def test_a_token_that_died_early_is_renewed_once(visitors: Visitors, mail_server: MailServer) -> None:
    _, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    await until(lambda: seat.is_connected)
    before = seat.token
    dead = jmap.Tokens(access=jmap.Secret("sw1.dead"), refresh=jmap.Secret(session.state.refresh), expires_in=3600)
    state = session.state.with_tokens(dead, visitors.panel.clock.now())
    await visitors.panel.sessions.save(session, state)
    assert (await seat.ask(identities.read)).identities

    assert seat.token not in {before, "sw1.dead"}
    await rename(mail_server, visitors.account, "Wakes the stream")
    await until(lambda: listeners(mail_server) == 1 and seat.is_connected)


async def test_tokens_that_are_dead_end_the_session(visitors: Visitors, mail_server: MailServer) -> None:
    _, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    await mail_server.change(visitors.account, {"credentials/0/secret": PASSWORD + " changed elsewhere"})

    with pytest.raises(errors.SignInExpired):
        await seat.ask(identities.read)
    assert not isinstance(await visitors.panel.sessions.find(session.id.reveal()), Session)


async def test_waiting_holds_no_database_connection(visitors: Visitors) -> None:
    _, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    await until(lambda: seat.is_connected)
    pool: Any = visitors.panel.database._engine.pool

    await until(lambda: pool.checkedout() == 0)  # what opening it looked up is given back
    assert seat.is_connected


async def _stream(visitors: Visitors, browser: Browser, query: bytes = b"") -> tuple[list[dict[str, Any]], Any]:
    """Open the page's stream within this process; gives the messages as they come, and how to leave."""
    sent: list[dict[str, Any]] = []
    leaving = anyio.Event()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/identities/live",
        "raw_path": b"/identities/live",
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"panel.test"), (b"cookie", cookie.encode()), (b"accept", b"text/event-stream")],
        "client": ("203.0.113.7", 1),
        "server": ("panel.test", 443),
        "app": visitors.running.app,
    }

    async def receive() -> dict[str, Any]:
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        await visitors.running.app(scope, receive, send)  # type: ignore[arg-type]  # as a server calls it

    return sent, (run, leaving)


def _events(sent: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    text = b"".join(message.get("body", b"") for message in sent).decode()
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def test_a_page_is_told_what_changed_and_opening_a_stream_prolongs_nothing(
    visitors: Visitors, mail_server: MailServer
) -> None:
    browser, session = await visitors.sign_in()
    page = await browser.open("/identities")
    since = page.root.first("ul", class_="rows").get("data-since") if page.root.all("ul", class_="rows") else ""
    used = (await visitors.panel.sessions._store.get(session.row.id_hash)).last_used_at  # type: ignore[union-attr]
    sent, (run, leaving) = await _stream(visitors, browser, f"since={since}".encode())
    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await until(lambda: ("status", True) in [(name, told.get("live")) for name, told in _events(sent)])
        await rename(mail_server, visitors.account, "<b>Al</b>")
        await until(lambda: any(name == "identities" for name, _told in _events(sent)))
        leaving.set()

    told = next(told for name, told in _events(sent) if name == "identities")
    assert [row["name"] for row in told["rows"]] == ["<b>Al</b>"]
    assert (told["count"], told["total"], told["removed"]) == ("1 identity", 1, [])
    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    after = (await visitors.panel.sessions._store.get(session.row.id_hash)).last_used_at  # type: ignore[union-attr]
    assert after == used
    assert visitors.panel.live.seats == 0


async def test_a_page_without_a_session_is_led_to_sign_in(visitors: Visitors) -> None:
    sent, (run, _leaving) = await _stream(visitors, visitors.running.browser())
    await run()

    assert sent[0]["status"] == 303


async def test_a_page_whose_permission_was_taken_away_is_told_that_it_is_off(
    visitors: Visitors, mail_server: MailServer
) -> None:
    browser, _session = await visitors.sign_in()
    disabled = {"@type": "Merge", "enabledPermissions": {}, "disabledPermissions": {"jmapIdentityGet": True}}
    await mail_server.change(visitors.account, {"permissions": disabled})
    sent, (run, _leaving) = await _stream(visitors, browser)
    with anyio.fail_after(SOON):
        await run()

    assert _events(sent)[-1] == ("off", {})


async def test_a_page_left_open_keeps_to_its_own_account_after_a_switch(visitors: Visitors) -> None:
    _browser, session = await visitors.sign_in()
    seat = await visitors.take(session)
    assert seat is not None
    await visitors.panel.sessions.switch(session, None)
    found = await seat.ask(identities.read)

    assert {one.email for one in found.identities} == {visitors.account.login}
    await visitors.panel.sessions.end(session)
    with pytest.raises(errors.SignInExpired):
        await seat.ask(identities.read)
