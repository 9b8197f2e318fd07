"""What `bulwark admin permissions …` prints with `--json`. A plan has its own shape: `plan.Plan`."""

from __future__ import annotations

from typing import Any, Literal

from bulwark.console.documents import Document
from bulwark.features.permissions.plan import Plan  # noqa: TC001 - msgspec reads the annotations


class Holder(Document, frozen=True, kw_only=True):
    """How some accounts, or one, stand to the promises of the panel, by their slugs.

    A standing is `granted`, `partly`, `missing`, `blocked-here`, `blocked-by-role` or `not-needed`.
    """

    who: str
    accounts: int
    standings: dict[str, str]


class Matrix(Document, frozen=True, kw_only=True):
    """Who has what: `with_gap` accounts lack something, of `looked_at` that were read and `total` that there are."""

    looked_at: int
    total: int
    with_gap: int
    roles: tuple[Holder, ...]
    accounts: tuple[Holder, ...]


class Reasons(Document, frozen=True, kw_only=True):
    """Why an account cannot do something, one sentence for each thing; none when it can do all."""

    account: str
    sentences: tuple[str, ...]


class CallDocument(Document, frozen=True, kw_only=True):
    """A call of JMAP as `--dry-run` shows it."""

    method: str
    arguments: dict[str, Any]


class ChangeDocument(Document, frozen=True, kw_only=True):
    """What became of one change."""

    name: str
    outcome: Literal["done", "refused", "unknown"]
    why: str


class ReportDocument(Document, frozen=True, kw_only=True):
    """What a plan did; `undo` is the plan that takes it back.

    With `--dry-run` nothing was applied, and `calls` are what would be sent. Where roles or accounts were others than
    the plan was made for, nothing was applied: `applied` is false, `changed` names them, and `new_plan` is one for how
    they are now.
    """

    applied: bool
    calls: tuple[CallDocument, ...] = ()
    items: tuple[ChangeDocument, ...] = ()
    undo: Plan | None = None
    changed: tuple[str, ...] = ()
    new_plan: Plan | None = None
