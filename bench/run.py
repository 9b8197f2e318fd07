"""Measure the panel in front of the stand-in server, on this machine, in one run. Prints one table.

Nothing here is a test: machines differ and are noisy. Quote the ratios of one run, not the seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import pages
import upstream
import usable

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = usable.ALICE
BULWARK = [sys.executable, "-m", "bulwark.cli"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(
    arguments: list[str], environ: dict[str, str], port: int, path: str
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Start a process and wait until it answers; gives (process, seconds it took)."""
    started = time.perf_counter()
    child = subprocess.Popen([*BULWARK, *arguments], env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                if get(port, path)[0] < 500:
                    break
            except OSError:
                if child.poll() is not None:
                    raise SystemExit(f"{arguments[0]} ended by itself") from None
                time.sleep(0.005)
        yield child, time.perf_counter() - started
    finally:
        child.terminate()
        child.wait(timeout=20)


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


class Kept:
    """One connection that stays open, as a browser's and the panel's own do."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        self._connection.request(method, path, body=body, headers=headers or {})
        answer = self._connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()


def sign_in(port: int) -> dict[str, str]:
    """The cookie header of a signed-in browser."""
    form = urllib.parse.urlencode({"login": ALICE[0], "password": ALICE[1]}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    status, answered, _ = Kept(port).ask("POST", "/sign-in", form, headers)
    assert status == 303, status
    cookies = [value.partition(";")[0] for name, value in answered if name.lower() == "set-cookie"]
    return {"Cookie": "; ".join(cookie for cookie in cookies if not cookie.endswith('=""'))}


def token(port: int) -> str:
    """A token of the stand-in, for asking it directly."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk0123"
    wanted = {
        "type": "authCode",
        "accountName": ALICE[0],
        "accountSecret": ALICE[1],
        "clientId": "bench",
        "redirectUri": "https://bench.invalid/",
        "codeChallenge": "1XoUH9kgJy3BPkxjwahg6ZAZA2Lu3268xfwhMRfyQBY",
        "codeChallengeMethod": "S256",
    }
    direct = Kept(port)
    _, _, body = direct.ask("POST", "/api/auth", json.dumps(wanted).encode(), {"Content-Type": "application/json"})
    form = urllib.parse.urlencode(
        {
            "grant_type": "authorization_code",
            "code": json.loads(body)["client_code"],
            "client_id": "bench",
            "redirect_uri": "https://bench.invalid/",
            "code_verifier": verifier,
        }
    ).encode()
    _, _, body = direct.ask("POST", "/auth/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    return str(json.loads(body)["access_token"])


def resident(pid: int) -> float:
    """Resident memory in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def latencies(panel: int, server: int, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Medians in milliseconds for each page: its requests sent directly, the whole page, and the panel's own share."""
    asked = pages.requests_of_pages(f"http://127.0.0.1:{server}", *ALICE)
    cookie, bearer = sign_in(panel), token(server)
    direct, browser = Kept(server), Kept(panel)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
    found = {}
    for name, path in pages.PAGES.items():
        own, whole, share = [], [], []
        for number in range(rounds + 20):
            begun = time.perf_counter()
            answers = [direct.ask("POST", "/jmap/", body, headers)[0] for body in asked[name]]
            between = time.perf_counter()
            seen, _, _ = browser.ask("GET", path, None, cookie)
            ended = time.perf_counter()
            assert {200} >= {seen, *answers}, (path, seen, answers)
            if number >= 20:
                own.append((between - begun) * 1000)
                whole.append((ended - between) * 1000)
                share.append(whole[-1] - own[-1])
        found[name] = (statistics.median(own), statistics.median(whole), statistics.median(share))
    return found


def sizes(panel: int) -> tuple[int, int]:
    """Bytes over the wire of a first visit and of the next page, as a browser that takes gzip gets them."""
    _, _, page = get(panel, "/sign-in")
    assets = sorted(set(re.findall(rb'(?:href|src)="(/static/[^"#]+)', page)))
    total = len(page)
    for asset in assets:
        total += len(get(panel, asset.decode(), {"Accept-Encoding": "gzip"})[2])
    _, _, overview = get(panel, "/", sign_in(panel))
    return total, len(overview)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="pairs for the latency of each page")
    parser.add_argument("--pages", type=int, default=10_000, help="pages for memory and throughput")
    arguments = parser.parse_args()
    server, panel = free_port(), free_port()
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "BULWARK_SERVER_URL": f"http://127.0.0.1:{server}",
            "BULWARK_DATA_DIR": folder,
            "BULWARK_LOG_LEVEL": "warning",
        }
        serve = ["serve", "--listen", f"127.0.0.1:{panel}"]
        with process(["sandbox", "--demo", "--listen", f"127.0.0.1:{server}"], {}, server, "/healthz/live"):
            with process(serve, environ, panel, "/readyz"):
                pass  # makes the database and warms the files
            starts = []
            for _ in range(3):
                with process(serve, environ, panel, "/readyz") as (_, seconds):
                    starts.append(seconds)
            rows.append(("start-up, warm", f"{statistics.median(starts):.2f} s", "1.5 s"))
            with process(serve, environ, panel, "/readyz") as (child, _):
                first, following = sizes(panel)
                rows.append(("first visit: HTML, CSS, JS, icons", f"{first / 1000:.1f} KB", "60 KB"))
                rows.append(("the next page", f"{following / 1000:.1f} KB", "12 KB"))
                by_page = latencies(panel, server, arguments.rounds)
                shares = statistics.median(share for _, _, share in by_page.values())
                rows.append(("the panel's share, median of the pages", f"{shares:.2f} ms", "3 ms"))
                for name, (own, whole, share) in by_page.items():
                    said = f"{own:.2f} + {share:.2f} ms"
                    rows.append((f"  {name}: the stand-in alone + the panel", said, ""))
                    if own > 0.05:  # the page of what happened asks nothing
                        rows.append((f"  {name}: ratio of the whole to the stand-in", f"{whole / own:.1f}", ""))
                cookie, browser = sign_in(panel), Kept(panel)
                before, spent = resident(child.pid), cpu_seconds(child.pid)
                for _ in range(arguments.pages):
                    assert browser.ask("GET", "/", None, cookie)[0] == 200
                after, used = resident(child.pid), cpu_seconds(child.pid) - spent
                rows.append(("overview pages a second and core", f"{arguments.pages / used:.0f}", ""))
                rows.append(("memory of the process", f"{after:.0f} MB", "130 MB"))
                rows.append((f"growth over {arguments.pages} pages", f"{after - before:.1f} MB", "10 MB"))
                rows += usable.rows(f"http://127.0.0.1:{panel}")
    rows += [(f"requests: {what}", str(number), str(wanted)) for what, number, wanted in upstream.counts()]
    print(f"{'measured':56}{'found':>16}   promised")
    for what, found, promised in rows:
        print(
            f"{what:56}{found:>16}   {promised and (promised if what.startswith('requests') else 'below ' + promised)}"
        )


if __name__ == "__main__":
    main()
