"""Sender identities in Chromium: two windows, real time, a restarted mail server, scripts on and off."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import pytest

from canaries import ADMIN_PASSWORD, PASSWORD
from chromium_person import Look, Person
from hand_clock import HandClock
from loopback_server import serve
from mail_server import MailAccount
from panel_process import PanelProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

LOOKS = (
    {"scripts": True, "theme": "light", "size": "desktop"},
    {"scripts": True, "theme": "dark", "size": "phone"},
    {"scripts": False, "theme": "dark", "size": "narrow"},
)
LIVE = "Live: changes made elsewhere appear here"
WITHIN = 2000  # ms; the promise


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['size']}-{look['theme']}-{look['scripts']}")
def test_a_person_manages_identities(person: Callable[..., Person], stage: Any, look: dict[str, Any]) -> None:
    alice = person(**look)
    alice.sign_in(stage.new_account(description="Alice Lovelace"))
    page = alice.open("/identities/new")
    assert alice.overflow() == 0
    alice.picture("identities-new")
    alice.fill_in(
        {
            "name": "Example Library with a rather long name for a narrow screen",
            "reply_to": "Desk <desk@elsewhere.example>",
            "bcc": "archive@example.org",
            "text_signature": "Example Library\nReading Room",
        },
        button="Create identity",
    )
    assert page.get_by_text("was created.").is_visible()
    if look["scripts"]:
        page.get_by_text(LIVE).wait_for()
    else:
        assert page.get_by_text(re.compile("Not live, last read")).is_visible()
    assert alice.overflow() == 0
    alice.picture("identities")
    page.get_by_role("link", name=re.compile("Edit Example Library")).click()
    assert alice.overflow() == 0
    alice.picture("identities-edit")
    alice.fill_in({"name": "Library", "reply_to": ""}, button="Save identity")
    assert "Replies go to the same address." in page.locator("main").inner_text()
    page.get_by_role("link", name=re.compile("Remove… Library")).click()
    alice.picture("identities-remove")
    page.get_by_role("button", name="Remove identity").click()
    assert page.get_by_text("1 identity").is_visible()


def test_a_change_in_one_window_appears_in_the_other(person: Callable[..., Person], stage: Any) -> None:
    account = stage.new_account(description="Alice")
    here, there = person(), person()
    for one in (here, there):
        one.sign_in(account)
    here.open("/identities")
    here.page.get_by_text(LIVE).wait_for()
    there.open("/identities/new")
    there.fill_in({"name": "Made elsewhere"}, button="Create identity")
    here.page.get_by_role("heading", name="Made elsewhere").wait_for(timeout=WITHIN)
    assert here.page.get_by_role("heading", name="2 identities").is_visible()

    there.page.get_by_role("link", name=re.compile("Edit Made elsewhere")).click()
    there.fill_in({"name": "Renamed <b>elsewhere</b>"}, button="Save identity")
    here.page.get_by_role("heading", name="Renamed <b>elsewhere</b>").wait_for(timeout=WITHIN)
    here.page.get_by_role("link", name=re.compile("Edit Renamed")).click()
    assert here.page.get_by_label("Name", exact=True).input_value() == "Renamed <b>elsewhere</b>"

    here.page.go_back()
    here.page.get_by_text(LIVE).wait_for()
    there.page.get_by_role("link", name=re.compile("Remove… Renamed")).click()
    there.page.get_by_role("button", name="Remove identity").click()
    here.page.get_by_role("heading", name=re.compile("Renamed")).wait_for(state="detached", timeout=WITHIN)


def test_an_open_form_says_that_the_identity_was_changed_elsewhere(person: Callable[..., Person], stage: Any) -> None:
    account = stage.new_account(description="Alice")
    here, there = person(), person()
    for one in (here, there):
        one.sign_in(account)
        one.open("/identities")
        one.page.get_by_role("link", name=re.compile("Edit Alice")).click()
    here.page.get_by_label("Name", exact=True).fill("My version")
    there.fill_in({"name": "Their version"}, button="Save identity")
    here.page.get_by_text(re.compile("Changed elsewhere at")).wait_for(timeout=WITHIN)
    here.picture("identities-changed-elsewhere")
    here.page.get_by_role("button", name="Save identity").click()
    here.picture("identities-conflict")

    assert "“Their version”" in here.page.locator("main").inner_text()
    here.page.get_by_role("button", name="Save identity").click()
    assert here.page.get_by_text("“My version” was changed.").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_signature_is_previewed_before_it_is_saved(
    person: Callable[..., Person], stage: Any, *, scripts: bool
) -> None:
    alice = person(scripts=scripts)
    alice.sign_in(stage.new_account(description="Alice"))
    page = alice.open("/identities/new")
    page.get_by_text("Signature with formatting (HTML)").click()
    page.locator("[name=html_signature]").fill(
        '<p style="color:#a00">Alice<script>top.location="/"</script><img src="https://evil.test/x.png" alt="x"></p>'
    )
    page.get_by_text("How the formatted signature looks").click()
    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator("iframe[name=preview]")
    frame.get_by_text("Alice").wait_for()
    alice.picture("identities-preview")

    assert frame.locator("script, [src^=http]").count() == 0
    assert page.url.endswith("/identities/new")
    if scripts:
        assert "of 2047 bytes" in page.locator("#html_signature-bytes").inner_text()


def test_axe_finds_nothing(person: Callable[..., Person], stage: Any) -> None:
    alice = person()
    alice.sign_in(stage.new_account(description="Alice"))
    found = []
    page = alice.open("/identities")
    page.get_by_text(LIVE).wait_for()
    found += alice.axe_in_both_themes()
    page.get_by_role("link", name=re.compile("Edit Alice")).click()
    found += alice.axe_in_both_themes()
    alice.open("/identities/new")
    alice.fill_in({"name": "x", "reply_to": "nonsense"}, button="Create identity")
    found += alice.axe_in_both_themes()
    alice.open("/identities")
    page.get_by_role("link", name=re.compile("Remove… Alice")).click()
    found += alice.axe_in_both_themes()

    assert found == []


class Restartable:
    """A stand-in that can be stopped and started again at the same address."""

    def __init__(self) -> None:
        from stalwart_sandbox import Sandbox

        self.sandbox = Sandbox(admin=f"admin:{ADMIN_PASSWORD}")
        self.sandbox.add_account("alice@example.org", PASSWORD, description="Alice")
        self._running = ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        from stalwart_sandbox import server

        self.sandbox.state.broker._closed = False
        listen = self.url.removeprefix("http://") or "127.0.0.1:0"
        self.url = self._running.enter_context(server.running(self.sandbox, listen))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture
def restartable() -> Iterator[Restartable]:
    made = Restartable()
    yield made
    made.stop()


def test_a_restarted_mail_server_is_followed_again(
    chromium: Browser, restartable: Restartable, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from bulwark.app import create_app
    from bulwark.settings import Settings

    environ = {
        "BULWARK_SERVER_URL": restartable.url,
        "BULWARK_DATA_DIR": str(tmp_path_factory.mktemp("restarted")),
    }
    settings = Settings.load(environ, None).settings
    account = MailAccount(
        name="alice", login="alice@example.org", account_id="", password=PASSWORD, clock=HandClock(None)
    )
    with serve(lambda _: create_app(settings)) as url, anyio.from_thread.start_blocking_portal():
        here, there = (Person.arrive(chromium, url, Look()) for _ in range(2))
        for one in (here, there):
            one.sign_in(account)
            one.open("/identities")
            one.page.get_by_text(LIVE).wait_for()
        restartable.stop()
        here.page.get_by_text(re.compile("Not live just now, connecting again")).wait_for()
        restartable.start()
        here.page.get_by_text(LIVE).wait_for()
        there.page.get_by_role("link", name=re.compile("Edit Alice")).click()
        there.fill_in({"name": "Alice after the restart"}, button="Save identity")
        here.page.get_by_role("heading", name="Alice after the restart").wait_for(timeout=WITHIN)
        for one in (here, there):
            one.complaints.clear()
            one.leave()


def test_a_restarted_panel_is_followed_again(chromium: Browser, restartable: Restartable, tmp_path: Path) -> None:
    account = MailAccount(
        name="alice", login="alice@example.org", account_id="", password=PASSWORD, clock=HandClock(None)
    )
    with PanelProcess(mail_url=restartable.url, data_dir=tmp_path) as panel:
        here = Person.arrive(chromium, panel.url, Look())
        here.sign_in(account)
        here.open("/identities")
        here.page.get_by_text(LIVE).wait_for()
        panel.kill()
        here.page.get_by_text(re.compile("Not live just now, connecting again")).wait_for()
        panel.start()
        here.page.get_by_text(LIVE).wait_for()
        there = Person.arrive(chromium, panel.url, Look())
        there.sign_in(account)
        there.open("/identities/new")
        there.fill_in({"name": "After the restart"}, button="Create identity")
        here.page.get_by_role("heading", name="After the restart").wait_for(timeout=WITHIN)
        for one in (here, there):
            one.complaints.clear()
            one.leave()
