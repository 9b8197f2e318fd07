"""The page of the profile, and the sentences of its results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import errors, language
from bulwark.features.profile.service import Part
from bulwark.language import _, series
from bulwark.web.page_types import Notice, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from markupsafe import Markup

    from bulwark.features.profile.service import Profile
    from bulwark.web.unavailable import Unavailable

PROFILE = "profile/profile.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage(Page):
    """The form. Fields: `name`, `language`, `time_zone`; `shown` fills them, `seen` is repeated hidden.

    `languages` and `time_zones` are the options of their lists, drawn.
    `panel_language` is the language chosen for this browser, empty when the panel follows the profile.
    `why_not` stands in the place of the button when nothing may be changed.
    """

    shown: Profile
    seen: Profile
    languages: Markup
    time_zones: Markup
    panel_language: str
    notice: Notice | None = None
    why_not: Unavailable | None = None


def part_name(part: Part) -> str:
    """A property, inside a sentence."""
    return {Part.NAME: _("name"), Part.LANGUAGE: _("language"), Part.TIME_ZONE: _("time zone")}[part]


def listed(parts: Iterable[Part]) -> str:
    """Properties as a list inside a sentence."""
    return series(part_name(part) for part in parts)


def saved(parts: Iterable[Part], server_name: str, at: datetime, *, lost: bool) -> Notice:
    """Every change was confirmed."""
    confirmed = _(
        "Confirmed by %(server)s at %(time)s.", server=server_name, time=language.time_of_day(at, seconds=True)
    )
    found = _("The answer was lost on the way; reading again showed that it was saved.")
    return Notice(
        heading=_("Saved: %(parts)s.", parts=listed(parts)),
        text=f"{found} {confirmed}" if lost else confirmed,
        tone="ok",
    )


def nothing_changed() -> Notice:
    """The form was sent as it was shown."""
    return Notice(heading=_("Nothing was changed, so nothing was saved."))


def not_saved(
    done: Iterable[Part], refused: Mapping[Part, errors.BulwarkError], server_name: str
) -> tuple[str, str, dict[str, str]]:
    """Part of it, or nothing, was saved: the note's two sentences, and the reason at each field."""
    parts = tuple(done)
    heading = _("Not everything was saved.") if parts else _("Not saved.")
    advice = (
        _("Saved: %(parts)s. Not saved: %(rest)s.", parts=listed(parts), rest=listed(refused))
        if parts
        else _("Your profile is the same as before.")
    )
    return heading, advice, {part.value: _reason(part, error, server_name) for part, error in refused.items()}


def _reason(part: Part, error: errors.BulwarkError, server_name: str) -> str:
    match error:
        case errors.NotApplied():
            return _("The answer was lost, and reading again showed the old value. You can save it again.")
        case errors.Refused() if part is Part.TIME_ZONE and error.text == "invalidProperties":
            return _("%(server)s does not take this time zone. Servers before 0.16.4 take none.", server=server_name)
        case errors.Refused():
            return _("The server refused it: “%(text)s”", text=error.text)
        case errors.PermissionMissing():
            return _("Your account lacks a permission for it: %(names)s.", names=series(error.names))
        case _:
            return _("The mail server refused it.")


def changed_elsewhere(parts: Iterable[Part]) -> tuple[str, str]:
    """Somebody, or another tab, changed the same properties meanwhile; nothing was written."""
    return (
        _("Not saved. This was changed elsewhere while the page was open: %(parts)s.", parts=listed(parts)),
        _("What stands there now is told at each field. Save again to write your version over it."),
    )


def is_now(value: str) -> str:
    """At a field that was changed elsewhere."""
    if not value:
        return _("Changed elsewhere: it is empty now.")
    return _("Changed elsewhere: it is “%(value)s” now.", value=value)


def wait_to_look() -> tuple[str, str]:
    """Fields below need attention; nothing was sent."""
    return _("Not saved. Look at the fields below."), _("Nothing was sent to the mail server.")


def name_has_control_letters() -> str:
    """At the field `name`."""
    return _("A name is one line of ordinary letters. Line breaks and control characters cannot be saved.")


def name_too_long(most: int) -> str:
    """At the field `name`."""
    return _("This name is too long. At most %(n)s letters.", n=most)


def unknown_language() -> str:
    """At the field `language`."""
    return _("Choose a language from the list.")


def unknown_zone() -> str:
    """At the field `time_zone`."""
    return _("Choose a time zone from the list.")


def cannot_see() -> str:
    """The heading where the profile may not be read."""
    return _("You cannot see your profile here")


def cannot_change() -> str:
    """The heading where it may be read but not changed."""
    return _("You cannot change your profile here")


def unknown_outcome() -> str:
    """The heading of the third outcome."""
    return _("We do not know whether your profile was saved")
