"""Whether the time of an answer tells who has an account: a rank test over many tries.

    python bench/sign_in_timing.py [--tries 300]

The panel runs in this process, the stand-in behind it. Tries alternate, one of each kind in turn, each from another
network, so that no limit speaks. Compared is the panel's share: the whole time less the waiting for the mail server,
whose own time is its own (a real one takes 50 to 700 ms for either, at random). The test is Mann and Whitney's U with
the normal approximation; `p` is how often chance alone would make two equal kinds look so different. A recovery code
cannot be tried without the account's password: before it, the panel answers nothing about any account.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import anyio
import httpx2

from bulwark.app import create_app
from bulwark.settings import Settings
from bulwark.web import logs
from stalwart_sandbox import Sandbox

if TYPE_CHECKING:
    from starlette.applications import Starlette

PASSWORD = "harbour lantern velvet 1"  # noqa: S105 - of the stand-in's people
ACCOUNTS = 100
BELOW = 0.01  # a difference that chance makes less often than this is one
MOST = 2.0  # ms; one that is real but smaller drowns in any network


class Stopwatch(httpx2.AsyncBaseTransport):
    """The way to the stand-in, measured."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = httpx2.ASGITransport(app=sandbox.app, client=("127.0.0.1", 40000))
        self.waited = 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange."""
        started = time.perf_counter()
        try:
            return await self._inner.handle_async_request(request)
        finally:
            self.waited += time.perf_counter() - started


@dataclass(slots=True)
class Bench:
    """The panel, and the tries so far."""

    app: Starlette
    upstream: Stopwatch
    tries: int = 0
    shares: dict[str, list[float]] = field(default_factory=dict)

    async def browser(self) -> httpx2.AsyncClient:
        """A browser in a network of its own."""
        self.tries += 1
        address = f"10.{self.tries >> 16 & 255}.{self.tries >> 8 & 255}.{self.tries & 255}"
        wire = httpx2.ASGITransport(app=self.app, client=(address, 50000))
        return httpx2.AsyncClient(
            transport=wire, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"}
        )

    async def measure(self, kind: str, http: httpx2.AsyncClient, path: str, form: dict[str, str]) -> None:
        """Send a form and note the panel's share of the time in milliseconds; it must be refused."""
        before, started = self.upstream.waited, time.perf_counter()
        answer = await http.post(path, data=form)
        whole = time.perf_counter() - started
        assert answer.status_code == 422, (kind, answer.status_code)
        self.shares.setdefault(kind, []).append((whole - (self.upstream.waited - before)) * 1000)


def mann_whitney(first: list[float], second: list[float]) -> float:
    """The two-sided p of Mann and Whitney's test; times of a clock this fine have no ties worth correcting."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_value, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def verdict(what: str, first: list[float], second: list[float]) -> bool:
    """Print one comparison; whether the two cannot be told apart."""
    p, apart = mann_whitney(first, second), abs(median(first) - median(second))
    is_same = p >= BELOW or apart < MOST
    said = "cannot be told apart" if is_same else "CAN BE TOLD APART"
    print(f"{what}: medians {median(first):.2f} and {median(second):.2f} ms, p = {p:.3f}, {len(first)} each: {said}")
    return is_same


async def passwords(bench: Bench, number: int) -> None:
    """A wrong password of an account, and one of nobody's."""
    for turn in range(number):
        for kind, name in (("wrong password", "person"), ("unknown account", "nobody")):
            async with await bench.browser() as http:
                login = f"{name}{turn % ACCOUNTS}@example.org"
                await bench.measure(kind, http, "/sign-in", {"login": login, "password": f"wrong {turn}"})


async def run(number: int) -> bool:
    """Everything; whether nothing can be told apart."""
    logs.configure(form="console", level="error")
    sandbox = Sandbox()
    for turn in range(ACCOUNTS):
        sandbox.add_account(f"person{turn}@example.org", PASSWORD)
    upstream = Stopwatch(sandbox)
    with tempfile.TemporaryDirectory() as folder:
        environ = {"SERVER_URL": "http://127.0.0.1:1", "DATA_DIR": folder, "ATTEMPTS_LIMIT": "50"}
        settings = Settings.load({f"BULWARK_{name}": value for name, value in environ.items()}, None).settings
        app = create_app(settings, transport=upstream)
        bench = Bench(app, upstream)
        async with app.router.lifespan_context(app):
            await passwords(bench, 10)  # caches fill
            bench.shares.clear()
            await passwords(bench, number)
    shares = bench.shares
    return verdict("unknown account or wrong password", shares["unknown account"], shares["wrong password"])


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tries", type=int, default=300, help="of each kind")
    return 0 if anyio.run(run, parser.parse_args().tries) else 1


if __name__ == "__main__":
    raise SystemExit(main())
