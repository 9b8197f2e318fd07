"""A person at Chromium: a window of a given kind, and an ear for everything the browser complains about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import accessibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

    from mail_server import MailAccount

OUTPUT = Path(__file__).resolve().parents[1] / "e2e" / "output"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
Size = Literal["desktop", "tablet", "phone", "narrow"]
Theme = Literal["light", "dark"]
_SIZES: dict[Size, tuple[int, int]] = {
    "desktop": (1280, 900),
    "tablet": (834, 1112),
    "phone": (390, 844),
    "narrow": (320, 640),
}
_TOUCHED: frozenset[Size] = frozenset({"phone", "narrow"})
# Chromium reports every answer from 400 on as an error of loading; a refused form is meant to answer so.
_REFUSED_DOCUMENT = re.compile(r"Failed to load resource: the server responded with a status of \d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a person looks at the panel."""

    scripts: bool = True
    theme: Theme = "light"
    size: Size = "desktop"
    language: str = "en-GB"
    touch: bool = False  # small windows are always touched

    def __str__(self) -> str:
        return f"{self.size}-{self.theme}-{'scripts' if self.scripts else 'plain'}"


@dataclass(kw_only=True)
class Person:
    """One window of Chromium; `page` is playwright's own, `complaints` what the browser said.

    No slots: playwright leaves marks of its own on whoever listens.
    """

    url: str
    look: Look
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    may_visit: set[str] = field(default_factory=set)  # origins besides the panel's own

    @classmethod
    def arrive(cls, browser: Browser, url: str, look: Look) -> Person:
        """Open an empty window with no cookies."""
        width, height = _SIZES[look.size]
        context = browser.new_context(
            base_url=url,
            java_script_enabled=look.scripts,
            color_scheme=look.theme,
            locale=look.language,
            timezone_id="Europe/Berlin",
            viewport={"width": width, "height": height},
            has_touch=look.touch or look.size in _TOUCHED,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        person = cls(url=url, look=look, context=context, page=context.new_page())
        person.page.on("console", person._hear)
        person.page.on("pageerror", lambda error: person.complaints.append(f"script: {error}"))
        context.on("request", person._see_request)
        return person

    def open(self, path: str) -> Page:
        """Type an address."""
        self.page.goto(path)
        return self.page

    def field(self, key: str) -> Locator:
        """A field of the main part by autocomplete token or name; `key[2]` is the second of them."""
        name, _, number = key.partition("[")
        fields = self.page.locator(f'main [autocomplete~="{name}"]:not([aria-hidden=true]), main [name="{name}"]')
        return fields.nth(int(number.rstrip("]")) - 1 if number else 0)

    def fill_in(self, values: dict[str, str], button: str | None = None) -> Page:
        """Type into fields, in order, and press the button with this text, or the first one of their form."""
        for key, value in values.items():
            self.field(key).fill(value)
        form = self.field(next(iter(values))).locator("xpath=ancestor::form[1]")
        if button is None:
            form.locator("button:not([type=button])").first.click()
        else:
            form.get_by_role("button", name=button, exact=True).click()
        self.page.wait_for_load_state("load")
        return self.page

    def sign_in(self, account: MailAccount) -> Page:
        """Sign in with password and, when the account has one, the code."""
        self.open("/sign-in")
        self.fill_in({"username": account.login, "current-password": account.password})
        if account.totp_secret is not None:
            self.fill_in({"one-time-code": account.code()})
        assert "/sign-in" not in self.page.url, self.page.locator("main").inner_text()
        return self.page

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole page under tests/e2e/output."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        path = OUTPUT / f"{name}-{self.look}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")
        return path

    def use(self, *, theme: Theme | None = None, size: Size | None = None) -> None:
        """Turn the open page to another theme or size without loading it again."""
        if theme is not None:
            self.page.emulate_media(color_scheme=theme)
        if size is not None:
            width, height = _SIZES[size]
            self.page.set_viewport_size({"width": width, "height": height})

    def axe(self, ask: Callable[[Page], list[str]] = accessibility.findings) -> list[str]:
        """What axe-core finds wrong with the page, by all rules or as asked, one line for each place; needs scripts."""
        assert self.look.scripts, "axe runs as a script"
        return ask(self.page)

    def axe_in_both_themes(self) -> list[str]:
        """The same for a page in light, and its contrast in dark."""
        found = self.axe()
        self.use(theme="dark")
        found += self.axe(accessibility.contrast)
        self.use(theme="light")
        return found

    def overflow(self) -> int:
        """By how many CSS pixels the page is wider than the window."""
        self.page.wait_for_load_state("load")  # a click waits only until the next page begins
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return int(width)

    def leave(self) -> None:
        """Close the window; any complaint of the browser is an error."""
        self.context.close()
        assert not self.complaints, "Chromium complained:\n  " + "\n  ".join(self.complaints)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        at = message.location.get("url", "")
        is_document = bool(_REFUSED_DOCUMENT.match(message.text)) and "/static/" not in at
        if not is_document:
            self.complaints.append(f"{message.type} at {at}: {message.text}")

    def _see_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        allowed = {self.url, *self.may_visit}
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" not in allowed:
            self.complaints.append(f"a request elsewhere: {request.url}")
