"""The panel's own database locked or gone: an honest page, nothing done before it, nothing undone by it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from bulwark.store import engine
from canaries import NEW_PASSWORD
from password_steps import SET, change, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

RECORDS = "This panel cannot reach its own records"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter for a lock than in earnest; before the panel opens its database."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)


@pytest.fixture
def panel_settings(impatient: None) -> dict[str, str]:
    del impatient
    return {}


@contextmanager
def locked(panel: RunningPanel) -> Iterator[None]:
    """Somebody else holds the lock for writing."""
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def without_table(panel: RunningPanel, name: str) -> None:
    """Let every use of one table fail from now on."""
    with closing(sqlite3.connect(panel.data_dir / "bulwark.sqlite3")) as other:
        other.execute(f"ALTER TABLE {name} RENAME TO {name}_gone")


async def test_a_locked_database_lets_people_look(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    panel.clock.advance(minutes=6)
    with locked(panel):
        for path in ("/", "/password"):
            assert (await browser.open(path)).status == 200


async def test_a_locked_database_stops_a_sign_in_before_the_password_is_sent(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = panel.browser()
    await browser.open("/sign-in")
    panel.sandbox.forget_requests()
    with locked(panel):
        page = await browser.fill_in({"username": alice.login, "current-password": alice.password})

    assert (page.status, page.h1) == (503, RECORDS)
    assert panel.upstream() == []
    assert (await panel.sign_in(alice, browser)).page.h1 == "Overview"


async def test_a_locked_database_stops_a_change_before_it_is_sent(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    with locked(panel):
        page = await browser.fill_in(typed(alice))

    assert (page.status, page.h1) == (503, RECORDS)
    assert not any(SET in one.methods for one in panel.upstream())
    assert await mail_server.accepts(alice, alice.password)
    assert (await change(browser, alice)).path == "/password/changed"


async def test_a_change_that_was_made_is_told_although_it_cannot_be_recorded(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    without_table(panel, "events")
    page = await browser.fill_in(typed(alice))

    assert page.path == "/sign-in"
    assert "Your password was changed. Please sign in again." in page.alerts[0]
    assert await mail_server.accepts(alice, NEW_PASSWORD)


async def test_an_unknown_outcome_is_told_although_it_cannot_be_recorded(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    await browser.open("/password")
    mail_server.quirk("cut-after", method=SET)
    mail_server.quirk("cut-before", path="/api/auth")
    without_table(panel, "events")
    page = await browser.fill_in(typed(alice))

    assert page.status == 502
    assert "We do not know whether anything was changed." in page.text


async def test_a_lost_session_table_is_our_fault_and_says_so(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    without_table(panel, "sessions")
    page = await browser.open("/")

    assert (page.status, page.h1) == (503, RECORDS)
    assert "It is our fault, not yours." in page.text


async def test_lost_events_take_the_overview_down_in_words(panel: RunningPanel, mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    browser = await panel.sign_in(alice)
    without_table(panel, "events")
    page = await browser.open("/")

    assert (page.status, page.h1) == (503, RECORDS)


async def test_readiness_tells_what_is_missing(panel: RunningPanel, mail_server: MailServer) -> None:
    del mail_server
    browser = panel.browser(checks_pages=False)
    without_table(panel, "alembic_version")
    response = await browser.request("GET", "/readyz")

    assert response.status_code == 503
    assert (await browser.request("GET", "/healthz")).status_code == 200
