"""From the fields of the profile form to a profile, or to sentences at the fields. Nothing is sent before that."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from bulwark.features.profile import pages as texts
from bulwark.features.profile.choices import locales, time_zones
from bulwark.features.profile.service import Profile

if TYPE_CHECKING:
    from bulwark.web.forms import Form

MAX_NAME = 255  # letters; more is no name


def wrong_fields(profile: Profile, seen: Profile) -> dict[str, str]:
    """The sentence for each field that cannot be sent; what the server itself had given is never wrong."""
    wrong: dict[str, str] = {}
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in profile.name):
        wrong["name"] = texts.name_has_control_letters()
    elif len(profile.name) > MAX_NAME:
        wrong["name"] = texts.name_too_long(MAX_NAME)
    if profile.language not in {seen.language, *locales()}:
        wrong["language"] = texts.unknown_language()
    if profile.time_zone not in {seen.time_zone, "", *time_zones()}:
        wrong["time_zone"] = texts.unknown_zone()
    return wrong


def read(form: Form) -> tuple[Profile, Profile, dict[str, str]]:
    """What the person saw, what they want, and what is wrong with it."""
    seen = Profile(
        name=form.text("seen_name"), language=form.text("seen_language"), time_zone=form.text("seen_time_zone")
    )
    wanted = Profile(
        name=unicodedata.normalize("NFC", form.text("name")).strip(),
        language=form.text("language"),
        time_zone=form.text("time_zone"),
    )
    if wanted.name == seen.name.strip():
        wanted = Profile(name=seen.name, language=wanted.language, time_zone=wanted.time_zone)
    return seen, wanted, wrong_fields(wanted, seen)
