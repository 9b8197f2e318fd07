"""A page that stays open for an hour, with changes coming in all the time, takes no more memory at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import CDPSession

    from chromium_person import Person

HOUR = 3_600_000  # ms
CHANGES = 8  # in each half
GROWTH = 300_000  # bytes of scripts' memory
NODES = 60


def held(devtools: CDPSession) -> tuple[int, int, int]:
    """What the page holds after a collection: bytes of scripts, nodes, listeners."""
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    counters = devtools.send("Memory.getDOMCounters")
    used = devtools.send("Runtime.getHeapUsage")["usedSize"]
    return int(used), counters["nodes"], counters["jsEventListeners"]


def test_an_hour_of_changes_leaves_nothing_behind(person: Callable[..., Person], stage: Any) -> None:
    account = stage.new_account(description="Alice")
    here, there = person(), person()
    for one in (here, there):
        one.sign_in(account)
    here.page.clock.install()
    here.open("/identities")
    here.page.get_by_text("Live: changes made elsewhere appear here").wait_for()
    devtools = here.context.new_cdp_session(here.page)
    devtools.send("HeapProfiler.enable")

    def rename(names: list[str]) -> None:
        for name in names:
            there.open("/identities")
            there.page.get_by_role("link", name=re.compile("^Edit ")).first.click()
            there.fill_in({"name": name}, button="Save identity")
            here.page.get_by_role("heading", name=name).wait_for()
            here.page.clock.run_for(HOUR // (2 * CHANGES))

    rename([f"before {number}" for number in range(CHANGES)])
    before = held(devtools)
    rename([f"after {number}" for number in range(CHANGES)])
    after = held(devtools)

    assert after[0] - before[0] < GROWTH
    assert after[1] - before[1] < NODES
    assert after[2] <= before[2]
