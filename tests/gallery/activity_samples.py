"""Sample pages of activity, each state once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bulwark.account.notice_texts import ALWAYS, NoticeKind, label_of
from bulwark.features.activity import notice_choice, pages, take_back_pages, trace_texts
from bulwark.features.activity.log import group_options
from bulwark.features.activity.progress import Step
from bulwark.language import _
from bulwark.web.page_types import Link, Moment, Notice
from gallery_types import Sample

NOW = datetime(2026, 11, 23, 13, 32, 7, tzinfo=UTC)
PATH = "/activity"


def samples() -> list[Sample]:
    """Every state of the pages of activity."""
    return [*_notices(), *_pages(), *_signing_out(), *_taking_back()]


def _notices() -> list[Sample]:
    choices = tuple((kind.value, label_of(kind), kind is not NoticeKind.ENDING) for kind in NoticeKind)[3:]
    page = notice_choice.NoticesPage(
        always=tuple(label_of(kind) for kind in ALWAYS),
        choices=choices,
        cannot="jmapEmailCreate",
        notice=Notice(heading=_("Your choice was saved"), tone="ok", alert=True),
    )
    return [Sample("activity-notices", notice_choice.NOTICES, page, path=PATH)]


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
        link=pages.not_you(),
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
        report=Link(label=_("This was not me"), href="/activity/not-me"),
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


def _taking_back() -> list[Sample]:
    paths = {"two-factor": "/two-factor"}
    begun = take_back_pages.TakeBackPage(
        steps=take_back_pages.step_rows({Step.PASSWORD: NOW}, NOW, paths, may_change=True),
        is_begun=True,
        begun="Today, 14:11",
    )
    fresh = take_back_pages.TakeBackPage(steps=take_back_pages.step_rows({}, NOW, {}, may_change=False), is_begun=False)
    rows = (
        take_back_pages.RevokeRow(
            field="app-passwords:a1", name="Thunderbird", kind=_("App password"), facts="Made on 3 March 2026."
        ),
        take_back_pages.RevokeRow(field="api-keys:b2", name="backup", kind=_("API key"), facts="Not used yet."),
    )
    found = (
        trace_texts.identity_hides("alice@example.org", "x@elsewhere.example", is_copy=True),
        trace_texts.foreign_key("mallory@elsewhere.example", in_use=True),
        trace_texts.unread(_("Encryption keys")),
        trace_texts.encryption_is(on=True),
    )
    line = pages.Line(icon="warn", what="Sign-in refused", at=_at("03:47", 5), tone="warn", link=pages.not_you())
    report = take_back_pages.ReportPage(
        made="23 November 2026 at 14:32:07 CET",
        begun="23 November 2026 at 14:11:00 CET",
        done=(
            take_back_pages.revoked("Thunderbird", "revoked", ""),
            take_back_pages.revoked("backup", "refused", "Not found"),
            take_back_pages.revoked("Phone", "unknown", ""),
        ),
        left=(take_back_pages.kept(2), take_back_pages.kept(0)),
        found=(trace_texts.nothing_found(),),
        elsewhere=trace_texts.elsewhere(),
        address="https://account.example.org",
    )
    empty = take_back_pages.RevokePage(rows=(), unread=(_("API keys"),))
    refused = take_back_pages.RevokePage(rows=rows, form_error=take_back_pages.nothing_ticked())
    traces = take_back_pages.TracesPage(found=found, elsewhere=trace_texts.elsewhere())
    events = take_back_pages.EventsPage(
        days=(pages.Day(heading="Wednesday, 18 November", lines=(line,)),), span=pages.kept_for_days(180)
    )
    return [
        Sample("activity-take-back", take_back_pages.TAKE_BACK, begun, path=PATH),
        Sample("activity-take-back-fresh", take_back_pages.TAKE_BACK, fresh, path=PATH),
        Sample("activity-take-back-revoke", take_back_pages.REVOKE, refused, path=PATH),
        Sample("activity-take-back-revoke-none", take_back_pages.REVOKE, empty, path=PATH),
        Sample("activity-take-back-traces", take_back_pages.TRACES, traces, path=PATH, as_of=True),
        Sample("activity-take-back-events", take_back_pages.EVENTS, events, path=PATH),
        Sample("activity-take-back-report", take_back_pages.REPORT, report, path=PATH),
    ]


def _at(text: str, days_ago: int) -> Moment:
    at = NOW - timedelta(days=days_ago)
    return Moment(text=text, full=f"{at:%d %B %Y} at {text}", iso=at.isoformat(timespec="seconds"))
