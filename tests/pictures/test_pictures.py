"""Pages look as they did: in light and dark, on a phone, from right to left, on paper.

`make pictures` keeps new pictures after a change that was meant; look at them before they are committed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

import gallery
import gallery_site
import kept_pictures
import needed_programs
from chromium_person import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

PAGES = (
    "sign-in", "sign-in-wrong", "sign-in-wait", "step-up", "overview", "activity", "activity-take-back-revoke",
    "password", "password-wrong-or-code", "password-saved", "password-unknown", "two-factor-off", "two-factor-1",
    "two-factor-2", "two-factor-3", "two-factor-on", "unavailable-permission", "problem-panel-fault",
)  # fmt: skip
ON_PAPER = ("codes-sheet", "activity-take-back-report")
LOOKS = ("light", "dark", "phone", "right-to-left", "print")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = needed_programs.chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
        yield started
        started.close()


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_suddenly_looks_different(look: str, browser: Browser) -> None:
    rendered = gallery.render_all("ar" if look == "right-to-left" else "en")
    changed: dict[str, str] = {}
    with gallery_site.serving(rendered) as url:
        window = browser.new_page(viewport={"width": 390 if look == "phone" else 1120, "height": 700})
        window.emulate_media(
            color_scheme="dark" if look == "dark" else "light",
            media="print" if look == "print" else "screen",
            reduced_motion="reduce",
        )
        for name in ON_PAPER if look == "print" else PAGES:
            window.goto(f"{url}/{name}")
            picture = window.screenshot(full_page=True, animations="disabled", caret="hide")
            if os.environ.get("KEEP_PICTURES"):
                kept_pictures.keep(f"{name}-{look}", picture)
            elif difference := kept_pictures.difference(f"{name}-{look}", picture):
                changed[name] = difference
        window.close()

    assert changed == {}


def test_a_page_without_its_style_sheet_is_noticed(browser: Browser) -> None:
    bare = {"overview": gallery.render_all()["overview"].replace('rel="stylesheet"', 'rel="nothing"')}
    with gallery_site.serving(bare) as url:
        window = browser.new_page(viewport={"width": 1120, "height": 700})
        window.goto(f"{url}/overview")
        picture = window.screenshot(full_page=True)
        window.close()

    assert kept_pictures.difference("overview-light", picture)
