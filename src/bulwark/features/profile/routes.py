"""The profile over HTTP: one form, saved property by property, and told property by property."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from starlette.routing import Route

from bulwark import errors
from bulwark.features.profile import FEATURE, choices, forms, service
from bulwark.features.profile import pages as texts
from bulwark.features.profile.option_list import drawn
from bulwark.features.profile.service import Part, Profile
from bulwark.language import _
from bulwark.sessions import cookies, receipts, unknown
from bulwark.sessions.unavailable import reason_of, unavailable_page
from bulwark.signin.guard import signed_in
from bulwark.store.events import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from bulwark.features.profile.service import Saved
    from bulwark.sessions.visit import Visit
    from bulwark.web.page_types import Notice

SLUG = FEATURE.slug


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="profile-saved"):
    """What the last save did; no parts when nothing had been changed."""

    at: datetime
    parts: tuple[Part, ...]
    lost: bool


async def show(visit: Visit) -> Response:
    """GET /profile."""
    try:
        now = await service.look(visit.account)
    except (errors.Unavailable, errors.Refused) as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_see())
    receipt = await receipts.take(visit, Receipt)
    return _form(visit, now, notice=None if receipt is None else _notice(visit, receipt))


async def submit(visit: Visit) -> Response:
    """POST /profile: save what was changed."""
    seen, wanted, wrong = forms.read(visit.form)
    if wrong:
        return _form(visit, wanted, seen=seen, wrong=wrong, note=texts.wait_to_look(), status=422)
    try:
        saved = await service.save(visit.account, seen=seen, wanted=wanted)
    except errors.Unavailable as error:
        return unavailable_page(visit, FEATURE, error, cannot=texts.cannot_change())
    except errors.OutcomeUnknown as error:
        return await unknown.tell(visit, FEATURE, error, texts.unknown_outcome())
    if isinstance(saved, service.ChangedElsewhere):
        wrong = {part.value: texts.is_now(_said(part, saved.now)) for part in saved.parts}
        return _form(visit, wanted, seen=saved.now, wrong=wrong, note=texts.changed_elsewhere(saved.parts), status=422)
    return await _answer(visit, wanted, saved)


async def show_unknown(visit: Visit) -> Response:
    """GET /profile/unknown: the third outcome."""
    return unknown.show(visit, FEATURE)


async def _answer(visit: Visit, wanted: Profile, saved: Saved) -> Response:
    """Follow with language and zone what was saved; then the receipt, or the form with what was refused."""
    state = msgspec.structs.replace(visit.session.state, language=saved.now.language, time_zone=saved.now.time_zone)
    if state != visit.session.state:
        await visit.keep(state)
    if saved.saved:
        await visit.record(EventKind.PROFILE_EDITED)
    if saved.refused:
        heading, advice, wrong = texts.not_saved(saved.saved, saved.refused, visit.panel.settings.server_name)
        return _form(visit, wanted, seen=saved.now, wrong=wrong, note=(heading, advice), status=422)
    await receipts.keep(visit, Receipt(at=saved.at, parts=saved.saved, lost=saved.answer_was_lost))
    return visit.go("/profile")


def _form(
    visit: Visit,
    shown: Profile,
    *,
    seen: Profile | None = None,
    notice: Notice | None = None,
    wrong: Mapping[str, str] | None = None,
    note: tuple[str, str] = ("", ""),
    status: int = 200,
) -> Response:
    missing = visit.account.rights.why_not(service.WRITING)
    page = texts.ProfilePage(
        shown=shown,
        seen=seen or shown,
        languages=drawn(_with_current(choices.language_options(), shown.language), shown.language),
        time_zones=drawn(_zones(visit, shown.time_zone), shown.time_zone),
        panel_language=cookies.Cookies(visit.request).get(cookies.LANGUAGE),
        notice=notice,
        why_not=None if missing is None else reason_of(visit, FEATURE, missing, cannot=texts.cannot_change()),
        errors=wrong or {},
        form_error=note[0],
        form_advice=note[1],
    )
    return visit.page(texts.PROFILE, page, slug=SLUG, status=status)


def _notice(visit: Visit, receipt: Receipt) -> Notice:
    if not receipt.parts:
        return texts.nothing_changed()
    return texts.saved(receipt.parts, visit.panel.settings.server_name, receipt.at, lost=receipt.lost)


def _said(part: Part, profile: Profile) -> str:
    """A property's value as the page names it."""
    value = profile.part(part)
    return dict(choices.language_options()).get(value, value) if part is Part.LANGUAGE else value


def _with_current(options: tuple[tuple[str, str], ...], current: str) -> tuple[tuple[str, str], ...]:
    """The options; a value that is not among them stands first, shown as itself."""
    return options if any(value == current for value, _said_ in options) else ((current, current), *options)


def _zones(visit: Visit, current: str) -> tuple[tuple[str, str], ...]:
    """No zone at all first, then every zone; the current one with its time now."""
    options = (("", _("Not set, times are told in UTC")), *_with_current(choices.zone_options(), current))
    if not current:
        return options[:1] + choices.zone_options()
    return tuple((zone, _with_time(visit, zone, said) if zone == current else said) for zone, said in options)


def _with_time(visit: Visit, zone: str, said: str) -> str:
    try:
        there = visit.now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return said
    return _("%(zone)s, now %(time)s", zone=said, time=f"{there:%H:%M}")


ROUTES = (
    Route("/profile", signed_in(show), methods=["GET"]),
    Route("/profile", signed_in(submit), methods=["POST"]),
    Route("/profile/unknown", signed_in(show_unknown), methods=["GET"]),
)
