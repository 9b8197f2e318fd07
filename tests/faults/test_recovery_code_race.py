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


@pytest.mark.parametrize("seconds", [0.0, 0.7])
async def test_of_two_racing_uses_exactly_one_wins(
    tmp_path: Path, watch: Watch, settings: dict[str, str], seconds: float
) -> None:
    async with process_stage(tmp_path / "data", watch, settings) as stage:
        alice = await stage.mail_server.new_account("alice")
        browsers = [stage.browser(at) for at in (0, 1)]
        await browsers[0].open("/sign-in")
        await browsers[0].fill_in({"username": alice.login, "current-password": alice.password})
        codes = await enrol(browsers[0], alice)
        for one in browsers:
            one.forget()
            await to_recovery(one, alice)
        stage.mail_server.quirk("slow", path="/api/auth", seconds=seconds)
        pages: list[Page] = []

        async def race(browser: Browser) -> None:
            pages.append(await browser.fill_in({"recovery_code": codes[0]}))

        async with anyio.create_task_group() as group:
            for one in browsers:
                group.start_soon(race, one)

    assert sorted(page.path for page in pages) == ["/sign-in/recovery", "/two-factor/set-up/1"]
    refused = next(page for page in pages if page.path == "/sign-in/recovery")
    assert refused.status == 422
