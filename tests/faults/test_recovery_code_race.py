"""Two panel processes on one database, one recovery code, both at once: exactly one lets somebody in."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import anyio
import pytest

from process_stage import process_stage
from two_factor_steps import enrol, to_recovery

if TYPE_CHECKING:
    from pathlib import Path

    from canaries import Watch
    from html_page import Page
    from mail_server import MailAccount
    from panel_browser import Browser
    from postgresql_cluster import Cluster

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
_NUMBERS = count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """What both processes are told."""
    if request.param == "sqlite":
        return {}
    cluster: Cluster = request.getfixturevalue("cluster")
    return {"DATABASE_URL": cluster.new_database(f"race_{next(_NUMBERS)}")}


async def test_of_two_racing_uses_exactly_one_wins(tmp_path: Path, watch: Watch, settings: dict[str, str]) -> None:
    async with process_stage(tmp_path / "data", watch, settings) as stage:
        alice = await stage.mail_server.new_account("alice")
        browsers = [stage.browser(at) for at in (0, 1)]
        await browsers[0].open("/sign-in")
        await browsers[0].fill_in({"username": alice.login, "current-password": alice.password})
        codes = await enrol(browsers[0], alice)
        at_once = await race(browsers, alice, codes[0])
        stage.mail_server.quirk("slow", path="/api/auth", seconds=0.7)
        while_the_server_thinks = await race(browsers, alice, codes[1])

    for pages in (at_once, while_the_server_thinks):
        assert sorted(page.path for page in pages) == ["/sign-in/recovery", "/two-factor/set-up/1"]
        refused = next(page for page in pages if page.path == "/sign-in/recovery")
        assert refused.status == 422


async def race(browsers: list[Browser], person: MailAccount, code: str) -> list[Page]:
    """What each browser sees when all use one recovery code at the same moment."""
    pages: list[Page] = []
    for one in browsers:
        one.forget()
        await to_recovery(one, person)

    async def use(browser: Browser) -> None:
        pages.append(await browser.fill_in({"recovery_code": code}))

    async with anyio.create_task_group() as group:
        for one in browsers:
            group.start_soon(use, one)
    return pages
