"""Authenticator apps: a new key as an `otpauth` URL, and whether a typed code is of it, by the mail server's clock.

The server checks nothing when a second factor is turned on, so a code of the new app is checked here before anything
is sent. It is the server's clock that decides later: its difference from ours is taken from the `Date` of its answers.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import stalwart_jmap as jmap
from bulwark import errors
from stalwart_jmap import totp

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.clock import Clock
    from stalwart_jmap import Secret, Transport

CODE_LENGTHS: Final = range(6, 9)
_WIDE: Final = 10  # steps within which a code counts as right for another time
_MINUTE: Final = 60  # seconds
_LONGEST_ISSUER: Final = 64
_LONGEST_ACCOUNT: Final = 254


def new_url(issuer: str, account: str) -> Secret:
    """A URL with a fresh 160-bit key: SHA-1, 6 digits, 30 seconds, as every app understands."""
    return totp.OtpAuthUrl.build(issuer[:_LONGEST_ISSUER], account[:_LONGEST_ACCOUNT], totp.new_key())


def parse(url: Secret) -> totp.OtpAuthUrl:
    """A URL of ours, taken apart."""
    return totp.OtpAuthUrl.parse(url)


def is_code(typed: Secret) -> bool:
    """Whether it could be a one-time code: 6 to 8 digits."""
    text = typed.reveal()
    return len(text) in CODE_LENGTHS and text.isascii() and text.isdigit()


def server_now(transport: Transport, now: datetime) -> datetime:
    """What time it is for the mail server; our own time as long as it has never answered."""
    return now + transport.clock_offset if transport.clock_offset is not None else now


async def learn_clock(transport: Transport) -> None:
    """See to it that the server's clock is known: one small request when this process has not had an answer yet."""
    if transport.clock_offset is None:
        with contextlib.suppress(jmap.StalwartError):
            await jmap.server_metadata(transport)


def code_now(url: Secret, transport: Transport, now: datetime) -> Secret:
    """The code that the server takes now."""
    return parse(url).code(server_now(transport, now))


async def code_for(url: Secret, transport: Transport, clock: Clock) -> Secret:
    """The code that the server takes now, once its clock is known."""
    await learn_clock(transport)
    return code_now(url, transport, clock.now())


def check(url: Secret, typed: Secret, at: datetime) -> None:
    """Go on only when the server would take the code at its time `at`: this step, the one before, the one after.

    Raises:
        CodeDoesNotMatch: with the minutes by which the device's clock is off, when the code is right for another time.
    """
    parts = parse(url)
    step = parts.find_step(typed, at, _WIDE)
    if step is None:
        raise errors.CodeDoesNotMatch
    if abs(step) > 1:
        minutes = max(1, round(abs(step) * parts.period / _MINUTE))
        raise errors.CodeDoesNotMatch(minutes if step > 0 else -minutes)
