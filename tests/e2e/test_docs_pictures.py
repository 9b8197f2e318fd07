"""The pictures in the docs show pages of the demonstration; `make pictures` takes them anew."""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from repository import ROOT
from stalwart_sandbox.demo import DEMO_PEOPLE, populate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chromium_person import Person

IMAGES = ROOT / "docs" / "images"
ALICE, GRACE = "alice@example.org", "grace@example.org"
PICTURES = {
    "sign-in": ("", "/sign-in", "light"),
    "overview": (ALICE, "/", "light"),
    "overview-dark": (ALICE, "/", "dark"),
    "password": (ALICE, "/password", "light"),
    "two-factor": (ALICE, "/two-factor", "light"),
    "app-passwords": (ALICE, "/app-passwords", "light"),
    "encryption": (ALICE, "/encryption", "light"),
    "identities": (ALICE, "/identities", "light"),
    "profile": (ALICE, "/profile", "light"),
    "activity": (ALICE, "/activity", "light"),
    "api-keys": (GRACE, "/api-keys", "light"),
    "accounts": (GRACE, "/administration/accounts", "light"),
    "permissions": (GRACE, "/administration/permissions", "light"),
    "doctor": (GRACE, "/administration/doctor", "light"),
}
TALLEST = 1400  # CSS pixels; a long page shows its beginning


@pytest.fixture(scope="module")
def demonstration(stage: Any) -> dict[str, str]:
    populate(stage.sandbox)
    return {who.login: who.password for who in DEMO_PEOPLE}


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_that_the_docs_show_is_there(
    name: str, person: Callable[..., Person], demonstration: dict[str, str]
) -> None:
    login, path, theme = PICTURES[name]
    somebody = person(theme=theme)
    if login:
        somebody.open("/sign-in")
        somebody.fill_in({"username": login, "current-password": demonstration[login]})
    page = somebody.open(path)

    assert page.locator("h1").is_visible()
    if os.environ.get("KEEP_PICTURES"):
        page.set_viewport_size({"width": 1120, "height": 700})
        _keep(IMAGES / f"{name}.png", page.screenshot(full_page=True, animations="disabled"))
    assert (IMAGES / f"{name}.png").is_file(), "make pictures"


def _keep(path: Path, png: bytes) -> None:
    with Image.open(io.BytesIO(png)) as full:
        cut = full.convert("RGB").crop((0, 0, full.width, min(full.height, TALLEST)))
        cut.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


@pytest.mark.parametrize("slug", [path.stem for path in sorted((ROOT / "docs" / "use").glob("*.md"))])
def test_every_page_of_the_docs_shows_its_page(slug: str) -> None:
    text = (ROOT / "docs" / "use" / f"{slug}.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(\.\./images/([a-z-]+)\.png\)", text)

    if slug == "command-line":
        return
    assert [name for _text, name in shown][:1] == [slug]
    assert all(alternative for alternative, _name in shown)
