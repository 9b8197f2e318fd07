"""The third outcome as a page of its own: a write was sent and its answer was lost."""

from __future__ import annotations

from dataclasses import dataclass

from bulwark.web.page_types import Link, Page

OUTCOME_UNKNOWN = "outcome_unknown.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknownPage(Page):
    """`section` is the page's h1, `heading` what nobody knows, `sent_at` a time with seconds, `check` the one button.

    `points` are further sentences, such as what is certain all the same; `reference` finds the log entry.
    """

    section: str
    heading: str
    sent_at: str
    check: Link
    check_text: str
    reference: str
    points: tuple[str, ...] = ()
