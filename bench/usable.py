"""How long until somebody can use a page in Chromium: on this machine's own network, and as on a slow telephone.

Usable is when its words have been painted: forms work without the script. Part of the table of `run.py`.
"""

from __future__ import annotations

import shutil
import statistics
import time
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ALICE = ("alice@example.org", "harbour lantern velvet 1")
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
        page.locator("#login").fill(ALICE[0])
        page.locator("#password").fill(ALICE[1])
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


def rows(url: str) -> list[tuple[str, str, str]]:
    """Rows for the table, of a panel at `url` before the stand-in with its demonstration people."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        return [("until the words are painted", "no Chromium", "")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        plain, slow = times(browser, url, throttled=False), times(browser, url, throttled=True)
        browser.close()
    found = []
    for what, here in plain.items():
        found.append((f"until its words are painted: {what}", f"{statistics.median(here):.0f} ms", ""))
        found.append((f"  as on a slow telephone: {what}", f"{statistics.median(slow[what]):.0f} ms", ""))
    return found
