"""What the panel's own pages show to somebody: every address they lead to, every form with its fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from html_page import Page

if TYPE_CHECKING:
    from panel_browser import Browser

FOR_MACHINES = ("/api/", "/hooks/", "/metrics", "/static/")
OK = 200


@dataclass(slots=True)
class Seen:
    """What the pages of the panel showed to somebody: addresses, and the fields of each form."""

    paths: set[str] = field(default_factory=set)
    forms: dict[str, list[list[tuple[str, str]]]] = field(default_factory=dict)

    async def look_around(self, browser: Browser, starts: list[str], *, at_most: int) -> None:
        """Open pages and follow their links, keeping what is on them."""
        waiting, opened = list(starts), set[str]()
        while waiting and len(opened) < at_most:
            path = waiting.pop(0)
            if path in opened or path.startswith(FOR_MACHINES) or path.endswith("/live"):
                continue
            opened.add(path)
            answer = await browser.request("GET", path)
            if not answer.headers.get("content-type", "").startswith("text/html") or answer.status_code != OK:
                continue
            page = Page(url=path, status=200, headers={}, html=answer.text)
            for href in page.links.values():
                where = urlsplit(href)
                if not where.netloc and where.path.startswith("/"):
                    self.paths.add(href)
                    waiting.append(href)
            for form in page.forms:
                to = urlsplit(form.action).path
                self.paths.add(to)
                fields = [pair for pair in form.filled({}) if pair[0]]
                self.forms.setdefault(to, []).append(fields)
                others = [(one.get("name"), one.get("value")) for one in form.buttons[1:] if one.get("name")]
                self.forms[to] += [[*fields, button] for button in others[:4]]

    def forms_to(self, template: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """The forms that go to a route, each with the address it goes to."""
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template))
        return [(path, form) for path, forms in self.forms.items() if pattern.fullmatch(path) for form in forms]
