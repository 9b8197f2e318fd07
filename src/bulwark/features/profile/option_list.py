"""The options of a long list as HTML."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable


def drawn(options: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """Draw them. Nine hundred options are most of the work of a page, and nearly always the same."""
    return Markup("".join(_drawn(value, said, is_chosen=value == chosen) for value, said in options))  # noqa: S704  each is escaped


@lru_cache(maxsize=32_768)  # of all languages together
def _drawn(value: str, said: str, *, is_chosen: bool) -> Markup:
    chosen = Markup(" selected") if is_chosen else ""
    return Markup('<option value="{}"{}>{}</option>').format(value, chosen, said)
