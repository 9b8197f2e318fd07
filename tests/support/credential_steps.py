"""What people do with app passwords and API keys, for the journeys about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from html_page import Page, Value
    from panel_browser import Browser
    from panel_kit import RunningPanel

SECRET = re.compile(r"app_[a-z0-9]{36}|API_[A-Za-z0-9_-]{38}")


def shown_secret(page: Page) -> str:
    """The secret on the page after a creation: the text a person selects, without gaps."""
    text = "".join(child.text for child in page.root.first(id="secret").all("span"))
    assert SECRET.fullmatch(text), text
    return text


async def make(browser: Browser, name: str, values: dict[str, Value] | None = None, *, path: str) -> Page:
    """Open the form, fill it in and send it."""
    await browser.open(f"{path}/new")
    return await browser.fill_in({"name": name, **(values or {})}, button=button_of(path))


def button_of(path: str) -> str:
    """The main button of the form."""
    return "Create API key" if path == "/api-keys" else "Create app password"


def names(page: Page) -> list[str]:
    """What the list shows, in its order."""
    rows = [element.text for element in page.main.all("h3")]
    return rows or [
        "".join(child for child in cell.all("span")[0].children if isinstance(child, str)).strip()
        for cell in page.main.all("th", scope="row")
    ]


def asked_about(panel: RunningPanel, kind: str) -> list[str]:
    """The first method of each request about this kind alone: what looks for notices to write is not the page's."""
    return [
        request.methods[0]
        for request in panel.upstream()
        if request.methods and all(method.startswith(f"x:{kind}/") for method in request.methods)
    ]
