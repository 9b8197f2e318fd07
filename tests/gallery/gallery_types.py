"""One page of the gallery: its name, its template, its facts, and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulwark.web.page_types import Page


@dataclass(frozen=True, slots=True)
class Sample:
    """A page to look at; `path` is its place in the menu, none means a page without a menu."""

    name: str
    template: str
    page: Page
    path: str = ""
    two_factor: str = "On"
    unlocked: bool = True
    as_of: bool = False
    account: str = ""
