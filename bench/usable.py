"""How long until somebody can use a page in Chromium: on this machine's own network, and as on a slow telephone.

Usable is when its words have been painted: forms work without the script. Prints a table; needs Debian's Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from typing import TYPE_CHECKING, Any

import run
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 5
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}  # bytes a second
SLOW_PROCESSOR = 4  # times slower than this one
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def times(browser: Browser, url: str, *, throttled: bool) -> dict[str, list[float]]:
    """Milliseconds until the words are there, of a first visit and of pages after it."""
    found: dict[str, list[float]] = {
        "first visit: sign-in page": [],
        "overview after signing in": [],
        "the next page": [],
    }
    for _ in range(ROUNDS):
        context = browser.new_context(base_url=url)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        if throttled:
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", SLOW)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PROCESSOR})
        found["first visit: sign-in page"].append(painted(page, "/sign-in"))
        page.locator("#login").fill(run.ALICE[0])
        page.locator("#password").fill(run.ALICE[1])
        page.locator("#password").press("Enter")
        page.wait_for_url("**/")
        found["overview after signing in"].append(painted(page, "/"))
        found["the next page"].append(painted(page, "/password"))
        context.close()
    return found


def painted(page: Any, path: str) -> float:
    """Open a page and wait for its words."""
    page.goto(path)
    while not (found := page.evaluate(PAINTED)):  # waiting inside the page would need eval, which its policy forbids
        time.sleep(0.005)
    return float(found)


def main() -> None:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    server, panel = run.free_port(), run.free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"BULWARK_SERVER_URL": f"http://127.0.0.1:{server}", "BULWARK_DATA_DIR": folder}
        environ["BULWARK_LOG_LEVEL"] = "warning"
        serve = ["serve", "--listen", f"127.0.0.1:{panel}"]
        with (
            run.process(["sandbox", "--demo", "--listen", f"127.0.0.1:{server}"], {}, server, "/healthz/live"),
            run.process(serve, environ, panel, "/readyz"),
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            url = f"http://127.0.0.1:{panel}"
            plain, slow = times(browser, url, throttled=False), times(browser, url, throttled=True)
            browser.close()
    print(f"{'until the words are painted (median)':42}{'here':>12}{'slow':>12}")
    for what, here in plain.items():
        print(f"{what:42}{statistics.median(here):>9.0f} ms{statistics.median(slow[what]):>9.0f} ms")


if __name__ == "__main__":
    main()
