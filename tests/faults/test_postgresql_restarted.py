"""PostgreSQL crashes and comes back while people look and the mail server reports: honest pages, nothing lost."""

from __future__ import annotations

import base64
import hmac
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import httpx2
import psycopg
import pytest

from postgresql_cluster import running_cluster
from process_stage import process_stage
from report_maker import SECRET, body_of, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from canaries import Watch
    from panel_browser import Browser
    from postgresql_cluster import Cluster

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.postgresql, pytest.mark.timeout(300)]

AWAY = 3  # seconds
RECORDS = "This panel cannot reach its own records"


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A server of this test's own, which keeps what it said it kept."""
    with running_cluster(durable=True) as running:
        yield running


async def look(browser: Browser, seen: list[tuple[int, str]], over: anyio.Event) -> None:
    """Open a page again and again."""
    while not over.is_set():
        page = await browser.open("/activity")
        seen.append((page.status, page.h1))


async def report(url: str, account_id: str, taken: Counter[int], over: anyio.Event) -> None:
    """Deliver one report after another, each again until it is taken, as the mail server does."""
    async with httpx2.AsyncClient(base_url=url, timeout=60) as http:
        while not over.is_set():
            body = body_of(event(datetime.now(UTC), account_id, "auth.failed"))
            signed = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
            while True:
                answer = await http.post("/hooks/stalwart", content=body, headers={"x-signature": signed})
                taken[answer.status_code] += 1
                if answer.status_code == httpx2.codes.OK:
                    break
                assert answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE, answer.text
                await anyio.sleep(0.2)


def stored(cluster: Cluster) -> int:
    """How many refused sign-ins the database holds."""
    with psycopg.connect(cluster.url("panel").replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT sum(count) FROM sign_ins WHERE outcome = 'failed'").fetchone()
    return int(row[0]) if row else 0


async def test_pages_stay_honest_and_what_was_taken_is_there(tmp_path: Path, watch: Watch, mortal: Cluster) -> None:
    settings = {"DATABASE_URL": mortal.new_database("panel"), "WEBHOOK_SECRET": SECRET}
    async with process_stage(tmp_path / "data", watch, settings, count=1) as stage:
        alice = await stage.mail_server.new_account("alice")
        browser = await stage.sign_in(alice, 0)
        seen: list[tuple[int, str]] = []
        taken: Counter[int] = Counter()
        over = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(look, browser, seen, over)
            for _ in range(3):
                group.start_soon(report, stage.panels[0].url, alice.account_id, taken, over)
            await anyio.sleep(1)
            await anyio.to_thread.run_sync(mortal.stop)
            before = len(seen)
            await anyio.sleep(AWAY)
            await anyio.to_thread.run_sync(mortal.start)
            away = seen[before:]
            with anyio.fail_after(30):
                while seen[-1] != (200, "Activity"):  # noqa: ASYNC110 - what changes is in another process
                    await anyio.sleep(0.1)
            await anyio.sleep(1)
            over.set()

        assert {page for page in away if page[0] != 200} == {(503, RECORDS)}
        assert set(seen) == {(200, "Activity"), (503, RECORDS)}
        assert taken[httpx2.codes.SERVICE_UNAVAILABLE]
        assert await anyio.to_thread.run_sync(stored, mortal) == taken[httpx2.codes.OK]
        assert (await stage.moved(browser, 0).open("/password")).path == "/password"  # nobody was signed out
