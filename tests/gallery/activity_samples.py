"""Sample pages of activity, each state once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bulwark.features.activity import pages
from bulwark.features.activity.log import group_options
from bulwark.language import _
from bulwark.web.page_types import Link, Moment
from gallery_types import Sample

NOW = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)
PATH = "/activity"


def samples() -> list[Sample]:
    """Every state of the pages of activity."""
    return [*_pages(), *_signing_out()]


def _pages() -> list[Sample]:
    this = pages.SessionRow(
        mark="a1", icon="laptop", name="Firefox on Linux", facts="203.0.113.7, since Today, 14:11", is_this=True
    )
    phone = pages.SessionRow(
        mark="b2",
        icon="phone",
        name="Chrome on Android",
        facts="2001:db8:85a3::8a2e, active Yesterday, 19:40, since 21 Nov, 08:00",
        is_this=False,
    )
    used = pages.Line(
        icon="mail",
        what="“Thunderbird on work laptop” was used",
        at=_at("14:20", 0),
        how="IMAP from 203.0.113.7, 38 times",
    )
    refused = pages.Line(
        icon="warn",
        what="Sign-in refused",
        at=_at("03:47", 5),
        how="IMAP from 198.51.100.23, 4 times",
        tone="warn",
        link=Link(label=_("Not you?"), href="/activity/not-me"),
    )
    full = pages.ActivityPage(
        sessions=(this, phone, phone),
        can_sign_out_everywhere=True,
        days=(
            pages.Day(heading=_("Today"), lines=(used,)),
            pages.Day(heading="Wednesday, 18 November", lines=(refused,)),
        ),
        kinds=group_options(),
        kind="",
        kept=pages.kept_for(180, has_feed=True),
        csv="/activity/events.csv",
        older="/activity?before=7",
        newest="",
        shown=pages.counted(2, 41),
        notice=pages.session_ended("Chrome on Android"),
        report=Link(label=_("This was not me"), href="/activity/not-me"),
    )
    empty = pages.ActivityPage(
        sessions=(this,),
        can_sign_out_everywhere=False,
        days=(),
        kinds=group_options(),
        kind="identities",
        kept=pages.kept_for(180, has_feed=False),
        csv="/activity/events.csv?kind=identities",
        older="",
        newest="/activity",
        shown="",
        notice=pages.session_gone(),
    )
    return [
        Sample("activity", pages.ACTIVITY, full, path=PATH),
        Sample("activity-empty", pages.ACTIVITY, empty, path=PATH),
    ]


def _signing_out() -> list[Sample]:
    radius = pages.radius(["Chrome on Android"], 3, needs_code=True)
    link = Link(label=_("Revoke those separately"), href="/app-passwords")
    sentence, advice = pages.too_weak("Password is too weak.")
    return [
        Sample(
            "activity-sign-out",
            pages.SIGN_OUT,
            pages.SignOutPage(radius=radius, needs_code=True, app_passwords=link),
            path=PATH,
        ),
        Sample(
            "activity-sign-out-refused",
            pages.SIGN_OUT,
            pages.SignOutPage(
                radius=pages.radius([], None, needs_code=False),
                needs_code=False,
                weak=True,
                form_error=sentence,
                form_advice=advice,
            ),
            path=PATH,
        ),
        Sample(
            "activity-signed-out",
            pages.SIGNED_OUT,
            pages.SignedOutPage(
                confirmed=pages.confirmed("mail.example.org", NOW),
                points=pages.receipt_points(1, 3, lost=True, href="/app-passwords"),
            ),
            path=PATH,
        ),
    ]


def _at(text: str, days_ago: int) -> Moment:
    at = NOW - timedelta(days=days_ago)
    return Moment(text=text, full=f"{at:%d %B %Y} at {text}", iso=at.isoformat(timespec="seconds"))
