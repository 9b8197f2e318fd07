"""How many reported sign-ins a second one panel stores, and what that does to pages meanwhile.

    python bench/webhook.py [EVENTS] [DATABASE_URL]

Deliveries of 500 reports arrive eight at a time, for a thousand accounts; a page is asked for again and again beside.
Nothing but the network is left out: signature, parsing, the queue and the database are the panel's own.
"""

from __future__ import annotations

import base64
import hmac
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpx2

from bulwark.app import create_app
from bulwark.settings import Settings
from bulwark.web import logs

SECRET = "bench-bench-bench-bench"  # noqa: S105 - of this bench alone
A_DELIVERY, AT_ONCE, ACCOUNTS = 500, 8, 1000


def deliveries(count: int) -> list[bytes]:
    """Reports as the server writes them, one third refused."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    events = [
        {
            "id": str(number),
            "createdAt": now,
            "type": "auth.failed" if number % 3 == 0 else "auth.success",
            "data": {
                "accountName": "alice",
                "accountId": number % ACCOUNTS,
                "id": number % 4,
                "spanId": 342181705441350656 + number,
                "listenerId": "imap",
                "localPort": 993,
                "remoteIp": f"198.51.100.{number % 250}",
                "remotePort": 42898,
            },
        }
        for number in range(count)
    ]
    return [json.dumps({"events": events[at : at + A_DELIVERY]}).encode() for at in range(0, count, A_DELIVERY)]


async def main(count: int, url: str | None, folder: str) -> None:
    """Measure and print."""
    given = {"SERVER_URL": "http://127.0.0.1:9", "DATA_DIR": folder, "WEBHOOK_SECRET": SECRET}
    given |= {"DATABASE_URL": url} if url else {}
    app = create_app(Settings.load({f"BULWARK_{name}": value for name, value in given.items()}, None).settings)
    logs.configure(form="json", level="error")
    waiting = deliveries(count)
    pages: list[float] = []
    done = anyio.Event()
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as http,
    ):

        async def send() -> None:
            while waiting:
                body = waiting.pop()
                signed = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
                answer = await http.post("/hooks/stalwart", content=body, headers={"x-signature": signed})
                assert answer.status_code == httpx2.codes.OK, answer.text

        async def look() -> None:
            while not done.is_set():
                started = time.perf_counter()
                await http.get("/sign-in")
                pages.append((time.perf_counter() - started) * 1000)
                await anyio.sleep(0.01)

        for _ in range(20):
            await http.get("/sign-in")
        started, spent = time.perf_counter(), time.process_time()
        async with anyio.create_task_group() as group:
            group.start_soon(look)
            async with anyio.create_task_group() as senders:
                for _ in range(AT_ONCE):
                    senders.start_soon(send)
            took, spent = time.perf_counter() - started, time.process_time() - spent
            done.set()
    pages.sort()
    print(f"{count} reports in {took:.2f} s: {count / took:,.0f} a second")
    print(
        f"processor time, pages and this bench included: {spent / count * 1e6:.0f} µs a report,"
        f" {count / spent:,.0f} a second and core"
    )
    print(f"a page beside: median {statistics.median(pages):.1f} ms, 95 % below {pages[int(len(pages) * 0.95)]:.1f} ms")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with tempfile.TemporaryDirectory() as place:
        anyio.run(main, number, sys.argv[2] if len(sys.argv) > 2 else None, str(Path(place)))
