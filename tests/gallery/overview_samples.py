"""Sample pages of the overview, each state once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bulwark.features.overview import pages
from bulwark.language import _, long_date
from bulwark.web import unavailable
from bulwark.web.page_types import Notice, moment
from gallery_types import Sample

NOW = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)


def samples() -> list[Sample]:
    """Every state of the overview."""
    look = (
        pages.app_password_ended("Office printer", long_date(NOW - timedelta(days=21))),
        pages.recovery_codes_low(2),
        pages.replies_leave("alice@example.org", "collector@elsewhere.example"),
        pages.section_unreadable(_("Sender identities"), "/"),
    )
    in_order = (
        pages.InOrder(area=_("Two-factor"), reason=_("On")),
        pages.InOrder(area=_("App passwords"), reason="3"),
    )
    tiles = (
        pages.Tile(label=_("Password"), href="/password", icon="password", state=_("Can be changed here")),
        pages.Tile(label=_("Two-factor"), href="/two-factor", icon="phone", state=_("Off"), tone="warn"),
        pages.Tile(label=_("App passwords"), href="/app-passwords", icon="laptop", state="3", detail="1 ended"),
        pages.closed_tile(_("Encryption at rest"), "/encryption", "lock"),
        pages.unread_tile(_("Sender identities"), "/identities", "at"),
        pages.Tile(
            label=_("Activity"),
            href="/activity",
            icon="activity",
            state="2 sessions",
            detail="This browser and a phone",
        ),
    )
    events = (
        pages.Event(
            icon="mail",
            what="“Thunderbird on work laptop” was used",
            at=moment(NOW - timedelta(minutes=12), NOW),
            how="IMAP from 203.0.113.7",
        ),
        pages.Event(
            icon="laptop",
            what="App password “Thunderbird on work laptop” created",
            at=moment(NOW - timedelta(days=3), NOW),
            tone="ok",
            how="Mail app, ends 23 November 2027",
        ),
        pages.Event(
            icon="warn",
            what="Sign-in refused, wrong password",
            at=moment(NOW - timedelta(hours=3), NOW),
            tone="warn",
        ),
    )
    lacking = pages.Lacking(
        what=_("Change the password"),
        permissions=(
            unavailable.permission("sysAccountPasswordGet"),
            unavailable.permission("sysAccountPasswordUpdate"),
        ),
    )
    asked = unavailable.permission_missing(
        pages.not_available_headline(),
        ("sysAccountPasswordGet", "sysAppPasswordQuery", "sysPublicKeyGet"),
        account="alice@example.org",
        contact="postmaster@example.org",
    )
    page = pages.OverviewPage
    return [
        Sample(
            "overview",
            pages.OVERVIEW,
            page(
                summary=pages.summary(2, 4, 2, "14:32"),
                first=(pages.two_factor_off(), pages.app_password_too_powerful("Phone")),
                look=look,
                in_order=in_order,
                tiles=tiles,
                events=events,
                events_href="/activity",
            ),
            path="/",
            two_factor="Off",
            as_of=True,
        ),
        Sample(
            "overview-nothing-to-do",
            pages.OVERVIEW,
            page(
                summary=pages.summary(0, 0, 2, "14:32"),
                in_order=in_order,
                tiles=tiles,
                notice=Notice(heading=_("Your password was changed."), tone="ok", alert=True),
            ),
            path="/",
            as_of=True,
        ),
        Sample(
            "overview-in-part",
            pages.OVERVIEW,
            page(
                summary=pages.summary(0, 1, 0, "14:32"),
                look=(pages.recovery_codes_low(3),),
                tiles=tiles,
                in_part=pages.InPart(lacking=(lacking,), ask_text=asked.ask_text, sentence=asked.sentence),
            ),
            path="/",
            as_of=True,
        ),
        Sample("overview-not-available", pages.OVERVIEW, page(summary="", nothing_left=asked), path="/", as_of=True),
    ]
