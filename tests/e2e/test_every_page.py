"""A walk through every page that a link or a button leads to, for people of every kind, held against the rules.

The walk starts at the overview of each demonstration person and follows links and presses buttons. A page that shows
nothing new (no new address, no new kind of element) is passed over, so what is examined is every page in every state
that the walk meets.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from starlette.routing import Route

import accessibility
from bulwark.app import ROUTES
from chromium_stage import Stage
from stalwart_sandbox.demo import DEMO_PEOPLE, populate
from totp_code import totp_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chromium_person import Person

pytestmark = pytest.mark.slow

LEADS_AWAY = re.compile(
    r"^/(static/|sign-out|sign-in|switch|healthz|readyz|metrics|api/|hooks/|identities/live|.*\.csv$|.*/download$"
    r"|.*mobileconfig$|appearance|lock$|.*/first-use/|.*/signature$)"
)
PRESSED = re.compile(
    r"^/(two-factor|encryption|identities|app-passwords|api-keys|profile|activity|administration|step-up)"
)
MOST_OF_A_ROUTE = 2  # of one person
SMALLEST_TARGET = 44  # CSS pixels on touch (DESIGN.md, section 7)

LOOK = """() => {
  const main = document.querySelector('main') || document.body;
  const kinds = new Set();
  for (const one of main.querySelectorAll('*')) {
    if (one.tagName === 'OPTION' || one.closest('svg')) continue;
    kinds.add(one.tagName + '.' + [...one.classList].sort().join('.') + (one.getAttribute('aria-invalid') || ''));
  }
  return [...kinds].sort();
}"""
UNFOLD = """() => {
  for (const fold of document.querySelectorAll('details')) fold.open = true;
  for (const form of document.forms) form.noValidate = true;
}"""
OF_ONE_ROW = re.compile(r"“[^”]*”|\d+|…")  # what a button says of its row; the rest is its kind
FORM_BUTTONS = "main form button:not([type=button]):not([aria-hidden])"
BUTTONS = """(which) => [...document.querySelectorAll(which)]
  .map((one, at) => ({ one, at, text: one.innerText.trim(), action: new URL(one.form.action).pathname }))
  .filter(({ one }) => one.checkVisibility() && !one.disabled)
  .map(({ at, text, action }) => ({ at, text, action }))"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.href)"
SMALL = """(least) => {
  const small = [];
  for (const one of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, textarea')) {
    const box = one.getBoundingClientRect();
    if (!box.width || one.closest('[aria-hidden=true], .skip, .hidden-text, [popover]:not(:popover-open)')) continue;
    if (one.matches('a') && getComputedStyle(one).display === 'inline') continue;
    const target = one.matches('input[type=radio], input[type=checkbox]') ? (one.closest('label') || one) : one;
    if (target.getBoundingClientRect().height < least - 0.5) small.push(target.outerHTML.slice(0, 140));
  }
  return small;
}"""


@dataclass(kw_only=True)
class Seen:
    """What all walks have met: addresses by their route, kinds of elements."""

    routes: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Walk:
    """One person's walk, and what was wrong."""

    person: Person
    seen: Seen
    wrong: list[str] = field(default_factory=list)
    pressed: Counter[tuple[str, str]] = field(default_factory=Counter)  # buttons by route and words

    def look(self, said: str = "") -> bool:
        """Examine the page that is open, unless all of it was seen before; whether there was something new."""
        page = self.person.page
        page.evaluate(UNFOLD)
        pattern = route_of(urlsplit(page.url).path)
        new = set(page.evaluate(LOOK)) - self.seen.kinds
        if pattern in self.seen.routes and not new:
            return False
        self.seen.routes.add(pattern)
        self.seen.kinds |= new
        self.wrong += [f"{said} {line}" for line in self.person.axe()]
        self.person.use(theme="dark")
        self.wrong += [f"{said} dark {line}" for line in self.person.axe(accessibility.contrast)]
        page.emulate_media(forced_colors="active")
        self.wrong += [f"{said} forced colours {line}" for line in self.person.axe(accessibility.contrast)]
        page.emulate_media(forced_colors="none")
        self.person.use(theme="light", size="narrow")
        if wide := self.person.overflow():
            self.wrong.append(f"{said} {page.url}: {wide} pixels too wide at 320")
        self.wrong += [f"{said} {page.url}: small: {one}" for one in page.evaluate(SMALL, SMALLEST_TARGET)]
        self.person.use(size="desktop")
        return True

    def follow(self, start: str = "/") -> None:
        """Open every address of the panel that is linked from a page of the walk, each route a few times at most."""
        waiting, seen, often = [start], {start}, Counter[str]()
        while waiting:
            path = waiting.pop(0)
            pattern = route_of(urlsplit(path).path)
            often[pattern] += 1
            if often[pattern] > MOST_OF_A_ROUTE:
                continue
            self.person.open(path)
            is_new = self.look()
            for link in self.person.page.evaluate(LINKS):
                parts = urlsplit(link)
                if parts.netloc != urlsplit(self.person.url).netloc or LEADS_AWAY.match(parts.path):
                    continue
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
            if is_new:
                self.press(path)

    def press(self, path: str) -> None:
        """Press every kind of button of the page's own forms with nothing filled in; come back each time."""
        page, route = self.person.page, route_of(urlsplit(path).path)
        page.evaluate(UNFOLD)
        number = 0
        while number < len(buttons := self.buttons()):
            button = buttons[number]
            number += 1
            kind = (route, OF_ONE_ROW.sub("", button["text"]).strip())
            self.pressed[kind] += 1
            if self.pressed[kind] > MOST_OF_A_ROUTE:
                continue
            page.locator(FORM_BUTTONS).nth(button["at"]).click()
            page.wait_for_load_state("load")
            self.look(f"after “{button['text'][:40]}” on {path}")
            self.person.open(path)
            page.evaluate(UNFOLD)

    def buttons(self) -> list[dict[str, Any]]:
        """The buttons that send a form of the main part somewhere in the panel: their place and their words."""
        found: list[dict[str, Any]] = self.person.page.evaluate(BUTTONS, FORM_BUTTONS)
        return [one for one in found if PRESSED.match(one["action"]) and not LEADS_AWAY.match(one["action"])]


def route_of(path: str) -> str:
    """The pattern of the panel's route that serves a path."""
    for route in ROUTES:
        if isinstance(route, Route) and route.path_regex.fullmatch(path):
            return str(route.path)
    return path


@pytest.fixture
def stage(tmp_path: Path, stage_settings: dict[str, str]) -> Iterator[Stage]:
    """A mail server of each walker's own: whoever may do everything to everybody does it on the way."""
    with Stage.set_up(tmp_path, stage_settings) as stage:
        populate(stage.sandbox)
        yield stage


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", DEMO_PEOPLE, ids=lambda who: who.login.partition("@")[0])
def test_every_page_that_somebody_can_reach_is_accessible(person: Callable[..., Person], seen: Seen, who: Any) -> None:
    walker = person(touch=True)
    walker.open("/sign-in")
    walker.fill_in({"username": who.login, "current-password": who.password})
    if who.otp_secret:
        walker.fill_in({"one-time-code": totp_code(who.otp_secret, datetime.now(UTC))})
    walk = Walk(person=walker, seen=seen)

    walk.follow()

    assert not walk.wrong, "\n".join(walk.wrong)
    assert seen.routes
