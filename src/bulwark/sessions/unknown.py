"""A write whose answer was lost: the page that says so, reached by a redirect so that a reload sends nothing again."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from bulwark import language
from bulwark.language import _
from bulwark.sessions import receipts
from bulwark.web.outcome_unknown import OUTCOME_UNKNOWN, OutcomeUnknownPage
from bulwark.web.page_types import Link

if TYPE_CHECKING:
    from starlette.responses import Response

    from bulwark import errors
    from bulwark.feature import Feature
    from bulwark.sessions.visit import Visit


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag="outcome-unknown"):
    """What was sent and when, until it is settled; sentences are in the language of the person who sent it."""

    slug: str
    heading: str
    sent_at: datetime
    reference: str
    points: tuple[str, ...] = ()


async def tell(visit: Visit, feature: Feature, error: errors.OutcomeUnknown, heading: str, *points: str) -> Response:
    """Answer a form whose write got no answer: lead to the page that says so (`show` serves it)."""
    unknown = Unknown(
        slug=feature.slug,
        heading=heading,
        sent_at=error.sent_at,
        reference=visit.request.state.reference,
        points=points,
    )
    await receipts.keep(visit, unknown)
    return visit.go(f"{feature.path}/unknown")


def show(visit: Visit, feature: Feature, *, check: str = "") -> Response:
    """The page at `<feature>/unknown`; `check` is where the one button leads, the section itself by default."""
    unknown = receipts.peek(visit, Unknown)
    if unknown is None or unknown.slug != feature.slug:
        return visit.go(feature.path)
    page = OutcomeUnknownPage(
        section=_(feature.label),
        heading=unknown.heading,
        sent_at=language.time_of_day(unknown.sent_at, seconds=True),
        check=Link(label=_("Read it again"), href=check or feature.path),
        check_text=_("This reads from the mail server what is stored now, and changes nothing."),
        reference=unknown.reference,
        points=unknown.points,
    )
    return visit.page(OUTCOME_UNKNOWN, page, slug=feature.slug)
