"""The gallery in Chromium under the panel's own policy: axe finds nothing, nothing overflows, the script works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

import accessibility
import gallery
import gallery_site
import needed_programs
from chromium_person import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

ADVICE = "Easy to guess. Add another word or two."
ESTIMATE = {"score": 1, "message": ADVICE}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with gallery_site.serving(gallery.render_all(), ESTIMATE) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program: Path = needed_programs.chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window whose complaints fail the test."""
    complaints: list[str] = []
    window = browser.new_page(viewport={"width": 1120, "height": 900})
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield window
    window.close()
    assert complaints == []


def test_every_page_is_accessible_in_both_themes_and_fits_a_small_screen(page: Page, site: str) -> None:
    found: list[str] = []
    page.emulate_media(reduced_motion="reduce")  # colours that are on their way are nobody's choice
    for sample in gallery.all_samples():
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1120, "height": 900})
        page.goto(f"{site}/{sample.name}")
        found += accessibility.findings(page)
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {line}" for line in accessibility.contrast(page)]
        page.set_viewport_size({"width": 320, "height": 640})
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 320:
            found.append(f"{sample.name}: {width} pixels wide at 320")

    assert found == []


def test_the_eye_shows_the_password_and_hides_it_again(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in")
    field, eye = page.locator("#password"), page.locator("[data-reveal]")

    eye.click()
    shown = (field.get_attribute("type"), eye.get_attribute("aria-pressed"), eye.get_attribute("aria-label"))
    eye.click()

    assert shown == ("text", "true", "Hide password")
    assert (field.get_attribute("type"), eye.get_attribute("aria-label")) == ("password", "Show password")


def test_the_meter_tells_the_estimate_while_typing(page: Page, site: str) -> None:
    page.goto(f"{site}/password-plain")
    meter = page.locator(".meter")
    before = meter.is_visible()

    page.locator("#new_password").press_sequentially("hunter2")
    page.get_by_text(ADVICE).wait_for()

    assert (before, meter.is_visible(), meter.get_attribute("data-score")) == (False, True, "1")


def test_copying_says_so_and_gives_the_key_without_gaps(page: Page, site: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/two-factor-1")
    button = page.get_by_role("button", name="Copy key")

    button.click()
    page.get_by_role("button", name="Copied").wait_for()

    assert page.evaluate("navigator.clipboard.readText()") == "JBSWY3DPEHPK3PXPMFRGGZDFMZTWQ2LK"


def test_where_copying_is_refused_the_text_is_selected(page: Page, site: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{site}/two-factor-1")

    page.get_by_role("button", name="Copy key").click()
    page.get_by_role("button", name="Press Ctrl+C").wait_for()

    assert str(page.evaluate("getSelection().toString()")).split() == [
        "JBSW", "Y3DP", "EHPK", "3PXP", "MFRG", "GZDF", "MZTW", "Q2LK",
    ]  # fmt: skip


def test_leaving_unsaved_codes_asks_first(page: Page, site: str) -> None:
    asked: list[str] = []

    def leave_anyway(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave_anyway)
    page.goto(f"{site}/codes-shown")
    page.locator("#proof").press_sequentially("7K2M")  # a browser asks only people who did something

    page.goto(f"{site}/two-factor-on")

    assert asked == ["beforeunload"]


def test_a_code_page_that_waits_wakes_its_button(page: Page, site: str) -> None:
    page.clock.install()
    page.goto(f"{site}/sign-in-wait")
    button = page.get_by_role("button", name="Continue")
    before = button.is_disabled()

    page.clock.run_for(531_000)

    assert (before, button.is_disabled()) == (True, False)
