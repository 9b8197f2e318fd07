"""The profile: name, language and time zone of `x:AccountSettings` (protocol reference 5.1).

The server applies a refused call partly, so every property is a call of its own; each is answered for itself. Only
what the person changed is written, and only if nobody else changed it since they saw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.refusals import result_of
from stalwart_jmap.objects import account_settings
from stalwart_jmap.objects.account_settings import Property

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import Response
    from stalwart_jmap.objects.account_settings import AccountSettings

READING = "sysAccountSettingsGet"
WRITING = "sysAccountSettingsUpdate"
_AFTER = "after"


class Part(StrEnum):
    """One property of the profile."""

    NAME = "name"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"


_PROPERTIES = {Part.NAME: Property.DESCRIPTION, Part.LANGUAGE: Property.LOCALE, Part.TIME_ZONE: Property.TIME_ZONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The three properties; empty is unset. `language` is a POSIX locale, `time_zone` an IANA name."""

    name: str
    language: str
    time_zone: str

    def part(self, part: Part) -> str:
        """One of them."""
        return {Part.NAME: self.name, Part.LANGUAGE: self.language, Part.TIME_ZONE: self.time_zone}[part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of each property that was to change; `now` is what was read back in the same request.

    A property in `saved` was confirmed. One in `refused` was not saved, with the reason. `answer_was_lost`: the
    confirmation comes from reading back.
    """

    at: datetime
    now: Profile
    saved: tuple[Part, ...]
    refused: Mapping[Part, errors.BulwarkError]
    answer_was_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedElsewhere:
    """Nothing was written: `parts` were changed by somebody else since the person saw them; `now` is how they are."""

    parts: tuple[Part, ...]
    now: Profile


async def look(account: Account) -> Profile:
    """Read the profile.

    Raises:
        PermissionMissing: it may not be read. BulwarkError: the request as a whole failed.
    """
    return _profile(await account.read(account_settings.get_call(_AFTER)))


async def save(account: Account, *, seen: Profile, wanted: Profile) -> Saved | ChangedElsewhere:
    """Write what differs between `seen` and `wanted`, one property per call, and read back, in one request.

    Raises:
        PermissionMissing: nothing was written.
        OutcomeUnknown: the answer was lost and reading back failed too.
    """
    current = await look(account)
    changed = [part for part in Part if wanted.part(part) != seen.part(part)]
    clashing = tuple(part for part in changed if current.part(part) not in {seen.part(part), wanted.part(part)})
    if clashing:
        return ChangedElsewhere(parts=clashing, now=current)
    to_write = [part for part in changed if current.part(part) != wanted.part(part)]
    if not to_write:
        return Saved(at=account.now, now=current, saved=tuple(changed), refused={})
    account.rights.require(WRITING)
    calls = [account_settings.set_call(_PROPERTIES[part], wanted.part(part), part.value) for part in to_write]
    try:
        response = await account.client.call(*calls, account_settings.get_call(_AFTER))
    except jmap.OutcomeUnknown as error:
        return await _settle(account, wanted, changed, refusals.lost(error))
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    try:
        refused = {part: why for part in to_write if (why := _refusal(response, part)) is not None}
    except jmap.OutcomeUnknown as error:  # the answer does not speak of our account: only reading tells
        return await _settle(account, wanted, changed, refusals.lost(error))
    try:
        now = _profile(response)
    except errors.BulwarkError:
        now = Profile(**{part.value: (current if part in refused else wanted).part(part) for part in Part})
    saved = tuple(part for part in changed if part not in refused)
    return Saved(at=account.now, now=now, saved=saved, refused=refused)


async def _settle(account: Account, wanted: Profile, changed: list[Part], unknown: errors.OutcomeUnknown) -> Saved:
    """After a lost answer: what was written is told by reading it."""
    try:
        now = await look(account)
    except errors.BulwarkError as error:
        raise unknown from error
    refused: dict[Part, errors.BulwarkError] = {
        part: errors.NotApplied() for part in changed if now.part(part) != wanted.part(part)
    }
    saved = tuple(part for part in changed if part not in refused)
    return Saved(at=account.now, now=now, saved=saved, refused=refused, answer_was_lost=True)


def _refusal(response: Response, part: Part) -> errors.BulwarkError | None:
    result = response.get(part.value)
    if isinstance(result, jmap.MethodError):
        return refusals.from_method_error(result, WRITING)
    error = account_settings.parse_set_of(result, sent_at=response.sent_at)
    return None if error is None else errors.Refused(error.description or error.type)


def _profile(response: Response) -> Profile:
    result = result_of(response, _AFTER, READING)
    try:
        settings = account_settings.parse(result)
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error
    if settings is None:
        raise errors.FeatureAbsent
    return profile_of(settings)


def profile_of(settings: AccountSettings) -> Profile:
    """The profile's part of the account settings."""
    return Profile(name=settings.description or "", language=settings.locale or "", time_zone=settings.time_zone or "")
