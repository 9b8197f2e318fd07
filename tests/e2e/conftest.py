"""The panel and its mail server on loopback, and people at Chromium.

Everything lives as long as one test module: playwright keeps an event loop running in this thread, which asynchronous
tests of other modules must not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

import needed_programs
from chromium_person import FLAGS, Look, Person
from chromium_stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives Chromium, and give it time on a busy machine."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="module")
def stage_settings() -> dict[str, str]:
    """Settings of the panel on the stage that differ from the defaults; a module overrides this. `{url}` is its own."""
    return {}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, stage_settings: dict[str, str]) -> Iterator[Stage]:
    """Panel and stand-in mail server, both real web servers on loopback ports."""
    with Stage.set_up(tmp_path_factory.mktemp("panel"), stage_settings) as stage:
        yield stage


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program: Path = needed_programs.chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            headless=True,
            args=list(FLAGS),
            downloads_path=tmp_path_factory.mktemp("downloads"),
        )
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Person]]:
    """Makes people: `person()`, or `person(scripts=False, theme="dark", size="phone")`.

    Whatever Chromium complains about fails the test.
    """
    people: list[Person] = []

    def arrive(**look: Any) -> Person:
        people.append(Person.arrive(chromium, stage.url, Look(**look)))
        return people[-1]

    yield arrive
    for one in people:
        one.leave()
