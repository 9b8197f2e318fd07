"""The panel is killed at each point of a set-up and of a recovery sign-in: nobody is locked out, no page lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpx2
import pytest

from canaries import ADMIN_PASSWORD
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailServer
from panel_browser import Browser
from panel_process import PanelProcess, wait_until
from stalwart_sandbox import Sandbox
from totp_code import totp_code
from two_factor_steps import SET, begin, codes_on, enrol, prove, sign_in_with, to_recovery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from canaries import Watch
    from mail_server import MailAccount

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FOR_EVER = 600  # seconds the mail server takes; the panel is killed long before


@pytest.fixture
def sandbox() -> Iterator[tuple[str, Sandbox]]:
    made: list[Sandbox] = []

    def make(url: str) -> Any:
        made.append(Sandbox(base_url=url, admin=f"admin:{ADMIN_PASSWORD}"))
        return made[0].app

    with serve(make) as url:
        yield url, made[0]


@pytest.fixture
async def mail_server(sandbox: tuple[str, Sandbox]) -> AsyncIterator[MailServer]:
    server = MailServer(
        url=sandbox[0],
        admin=("admin", ADMIN_PASSWORD),
        clock=HandClock(None),
        transport=httpx2.AsyncHTTPTransport(),
        sandbox=sandbox[1],
    )
    yield server
    await server.close()


@pytest.fixture
def process(sandbox: tuple[str, Sandbox], tmp_path: Path) -> Iterator[PanelProcess]:
    with PanelProcess(mail_url=sandbox[0], data_dir=tmp_path / "data") as running:
        yield running


@pytest.fixture
async def browser(process: PanelProcess, watch: Watch) -> AsyncIterator[Browser]:
    async with Browser(transport=httpx2.AsyncHTTPTransport(), watch=watch, base_url=process.url) as one:
        yield one


async def another(process: PanelProcess, watch: Watch) -> Browser:
    return Browser(transport=httpx2.AsyncHTTPTransport(), watch=watch, base_url=process.url)


async def sign_in(browser: Browser, account: MailAccount) -> None:
    await browser.open("/sign-in")
    page = await browser.fill_in({"username": account.login, "current-password": account.password})
    if account.totp_secret is not None:
        page = await browser.fill_in({"one-time-code": account.code()})
    assert page.path == "/", page


async def killed_while(process: PanelProcess, browser: Browser, values: dict[str, str], *, until: str) -> None:
    """Send the form, kill the panel once its database says `until`, start it again."""

    async def send() -> None:
        with pytest.raises(httpx2.TransportError):
            await browser.fill_in(values)

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        await anyio.to_thread.run_sync(wait_until, lambda: bool(process.ask(until)), until)
        await anyio.sleep(0.4)  # the request is with the mail server now
        await anyio.to_thread.run_sync(process.kill)
    await anyio.to_thread.run_sync(process.start)


SENT = "SELECT 1 FROM recovery_sets WHERE kind = 'pending' AND sent_at IS NOT NULL"
CLAIMED = "SELECT 1 FROM recovery_codes WHERE lease_until IS NOT NULL"


async def test_killed_between_codes_shown_and_confirmed(
    process: PanelProcess, mail_server: MailServer, browser: Browser, watch: Watch
) -> None:
    alice = await mail_server.new_account("alice")
    await sign_in(browser, alice)
    key = await begin(browser)
    codes = codes_on(browser.page)
    process.kill()
    process.start()
    fresh = await another(process, watch)
    await sign_in(fresh, alice)
    assert "Start set-up" in (await fresh.open("/two-factor")).text
    await fresh.close()
    assert codes_on(await browser.reload()) == codes  # and the set-up goes on where it was
    await prove(browser)
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})

    assert page.path == "/two-factor/done"
    assert await mail_server.accepts(alice, alice.password, alice.code())


async def test_killed_between_our_write_and_the_servers(
    process: PanelProcess, mail_server: MailServer, browser: Browser, watch: Watch
) -> None:
    alice = await mail_server.new_account("alice")
    await sign_in(browser, alice)
    key = await begin(browser)
    codes = await prove(browser)
    mail_server.quirk("slow", method=SET, seconds=FOR_EVER)
    values = {"code": totp_code(key, mail_server.clock.now()), "password": alice.password}
    await killed_while(process, browser, values, until=SENT)
    mail_server.no_quirk()
    assert await mail_server.accepts(alice, alice.password)
    fresh = await another(process, watch)
    await sign_in(fresh, alice)
    assert "Start set-up" in (await fresh.open("/two-factor")).text
    assert "A set-up was begun and is not finished." in (await browser.open("/two-factor")).text
    await browser.press("Start set-up")
    alice.totp_secret = key
    page = await browser.fill_in({"code": alice.code(), "password": alice.password})
    assert page.path == "/two-factor/done"
    fresh.forget()
    page = await sign_in_with(fresh, alice, codes[0])
    await fresh.close()

    assert page.path == "/two-factor/set-up/1"


async def test_killed_between_the_servers_write_and_ours(
    process: PanelProcess, mail_server: MailServer, browser: Browser, watch: Watch
) -> None:
    alice = await mail_server.new_account("alice")
    await sign_in(browser, alice)
    key = await begin(browser)
    codes = await prove(browser)
    mail_server.quirk("slow-answer", method=SET, seconds=FOR_EVER)
    values = {"code": totp_code(key, mail_server.clock.now()), "password": alice.password}
    await killed_while(process, browser, values, until=SENT)
    mail_server.no_quirk()
    alice.totp_secret = key
    assert await mail_server.accepts(alice, alice.password, alice.code())
    fresh = await another(process, watch)
    await sign_in(fresh, alice)
    page = await fresh.open("/two-factor")
    assert "10 of 10 left" in page.text
    await fresh.close()
    lost_phone = await another(process, watch)
    page = await sign_in_with(lost_phone, alice, codes[0])
    await lost_phone.close()

    assert page.path == "/two-factor/set-up/1"


async def test_killed_while_the_server_replaces_it(
    process: PanelProcess, mail_server: MailServer, browser: Browser, watch: Watch
) -> None:
    alice = await mail_server.new_account("alice")
    await sign_in(browser, alice)
    old_codes = await enrol(browser, alice)
    key = await begin(browser, start="Replace Pixel 8", device="Pixel 10")
    codes = await prove(browser)
    mail_server.quirk("slow-answer", method=SET, seconds=FOR_EVER)
    now = mail_server.clock.now()
    values = {"code": totp_code(key, now), "old_code": alice.code(), "password": alice.password}
    await killed_while(process, browser, values, until=SENT)
    mail_server.no_quirk()
    alice.totp_secret = key
    fresh = await another(process, watch)
    await sign_in(fresh, alice)
    page = await fresh.open("/two-factor")
    assert "both lists of recovery codes are kept" in page.text
    await fresh.close()
    lost_phone = await another(process, watch)
    page = await sign_in_with(lost_phone, alice, old_codes[0])
    assert "The authenticator app was changed somewhere else" in page.alerts[0]
    page = await sign_in_with(lost_phone, alice, codes[0])
    await lost_phone.close()

    assert page.path == "/two-factor/set-up/1"


async def test_killed_during_a_recovery_sign_in_the_code_is_good_again_after_its_lease(
    process: PanelProcess, mail_server: MailServer, browser: Browser, watch: Watch
) -> None:
    alice = await mail_server.new_account("alice")
    await sign_in(browser, alice)
    codes = await enrol(browser, alice)
    lost_phone = await another(process, watch)
    await to_recovery(lost_phone, alice)
    mail_server.quirk("slow", path="/api/auth", seconds=FOR_EVER)
    await killed_while(process, lost_phone, {"recovery_code": codes[0]}, until=CLAIMED)
    mail_server.no_quirk()
    page = await sign_in_with(lost_phone, alice, codes[0])
    assert page.status == 422
    assert "being used just now" in page.field_errors["recovery_code"]
    process.ask("UPDATE recovery_codes SET lease_until = lease_until - 60000000")  # half a minute passes
    page = await lost_phone.fill_in({"recovery_code": codes[0]})
    await lost_phone.close()

    assert page.path == "/two-factor/set-up/1"
    assert "9 of 10 left" in (await browser.open("/two-factor")).text
