"""What commands print with `--json`: the parts that several of them share. A printed name never changes its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

Moment: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The root of what is printed."""


class Done(Document, frozen=True, kw_only=True):
    """The mail server confirmed it. `done` is the word for what was done, `name` what it was done to."""

    done: str
    name: str = ""
    answer_was_lost: bool = False


def written(at: datetime) -> str:
    """A moment as documents have it: ISO 8601, to the second, with its offset."""
    return at.isoformat(timespec="seconds")


def written_if(at: datetime | None) -> str | None:
    """The same for a moment that may be none."""
    return None if at is None else written(at)
