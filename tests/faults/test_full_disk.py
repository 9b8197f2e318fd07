"""No room left: for the log, which is lost line by line, and for the database, which says so."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from process_stage import process_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canaries import Watch
    from panel_process import PanelProcess

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RECORDS = "This panel cannot reach its own records"
DEV_FULL = Path("/dev/full")


@contextmanager
def no_room(panel: PanelProcess) -> Iterator[None]:
    """No file of this process may grow, as on a full disk."""
    before = resource.prlimit(panel.number, resource.RLIMIT_FSIZE)
    resource.prlimit(panel.number, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(panel.number, resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(not DEV_FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_full_disk_under_the_log_stops_no_page(tmp_path: Path, watch: Watch, form: str) -> None:
    settings = {"LOG_FORMAT": form, "LOG_LEVEL": "debug"}
    async with process_stage(tmp_path / "data", watch, settings, count=1, says_into=DEV_FULL) as stage:
        alice = await stage.mail_server.new_account("alice")
        browser = await stage.sign_in(alice, 0)
        assert (await browser.open("/activity")).status == 200
        assert (await browser.open("/no-such-page")).status == 404
        stage.mail_server.quirk("500")
        assert (await browser.open("/")).status in {200, 502, 503}


async def test_a_full_disk_under_the_database_is_told_and_over_when_there_is_room(tmp_path: Path, watch: Watch) -> None:
    async with process_stage(tmp_path / "data", watch, {}, count=1) as stage:
        alice = await stage.mail_server.new_account("alice")
        browser = await stage.sign_in(alice, 0)
        stranger = stage.browser(0)
        await stranger.open("/sign-in")
        with no_room(stage.panels[0]):
            page = await stranger.fill_in({"username": alice.login, "current-password": alice.password})
            assert (page.status, page.h1) == (503, RECORDS)
            assert (await browser.open("/activity")).status == 200  # looking needs no room

        await stranger.open("/sign-in")
        page = await stranger.fill_in({"username": alice.login, "current-password": alice.password})
        assert page.h1 == "Overview"
