"""The mail server's reports of sign-ins: signature, shape, and what is kept of them (recorded in `webhook.json`).

Only named fields of known types are ever looked at: other events carry secrets (`auth.error` repeats an authenticator's
URL). Accounts are told by `accountId`, never by name, which is only the local part for app passwords. `id` is a
credential only as a number; for failed IMAP sign-ins it is the command's tag, a text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import msgspec

from stalwart_jmap.core.ids import from_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stalwart_jmap import Secret

PATH = "/hooks/stalwart"
EVENTS = (
    "auth.success",
    "auth.failed",
    "auth.mfa-required",
    "auth.too-many-attempts",
    "security.authentication-ban",
    "security.ip-blocked",
)
REMEMBERED = timedelta(hours=48)  # longer than a report may be old: a replayed one is always known or too old
OLDEST = timedelta(hours=24)
AHEAD = timedelta(hours=2)  # the server's clock may be an hour off
_MOST_ID = 1 << 63
_PROTOCOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,31}")
_MOST_NAME = 128


class Outcome(StrEnum):
    """What a report says about a sign-in."""

    USED = "used"
    FAILED = "failed"
    CODE_MISSING = "code-missing"
    BLOCKED = "blocked"


_OUTCOMES = {
    "auth.success": Outcome.USED,
    "auth.failed": Outcome.FAILED,
    "auth.mfa-required": Outcome.CODE_MISSING,
    "auth.too-many-attempts": Outcome.BLOCKED,
}


class UnreadableReport(Exception):
    """The body is not what the server sends."""


@dataclass(frozen=True, slots=True)
class Report:
    """One sign-in as it is kept: `credential` is the server's number, 0 for the main password."""

    mark: bytes
    at: datetime
    outcome: Outcome
    account_id: str
    credential: int
    protocol: str
    address: str


class _Event(msgspec.Struct):
    id: Any = None
    type: Any = None
    created_at: Any = msgspec.field(default=None, name="createdAt")
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Body(msgspec.Struct):
    events: list[_Event]


class _Data(msgspec.Struct, rename="camel"):
    account_id: Any = None
    id: Any = None
    listener_id: Any = None
    remote_ip: Any = None


_BODY = msgspec.json.Decoder(_Body)
_DATA = msgspec.json.Decoder(_Data)


def is_signed(body: bytes, signature: str, secrets: Sequence[Secret]) -> bool:
    """Whether `X-Signature` is the base64 of HMAC-SHA256 over the body with one of the secrets; in constant time."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    matches = [hmac.compare_digest(hmac.digest(secret.reveal().encode(), body, "sha256"), given) for secret in secrets]
    return any(matches)


def read(body: bytes, now: datetime) -> list[Report]:
    """The reports that are kept; unknown types, those without an account and those out of time are left out.

    Raises:
        UnreadableReport: the body is no list of events.
    """
    try:
        events = _BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableReport from error
    return list(_kept(events.events, now))


def _kept(events: Iterable[_Event], now: datetime) -> Iterable[Report]:
    for event in events:
        outcome = _OUTCOMES.get(event.type) if isinstance(event.type, str) else None
        at = _moment(event.created_at)
        if outcome is None or at is None or not now - OLDEST <= at <= now + AHEAD:
            continue
        if not isinstance(event.id, str | int) or len(str(event.id)) > _MOST_NAME:
            continue
        try:
            data = _DATA.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if not _is_number(data.account_id):
            continue
        named = f"{event.id}\0{event.type}\0{event.created_at}\0{data.account_id}"
        yield Report(
            hashlib.sha256(named.encode()).digest()[:16],
            min(at, now),
            outcome,
            from_number(data.account_id),
            data.id if _is_number(data.id) else 0,
            _protocol(data.listener_id),
            _address(data.remote_ip),
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_ID


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str) or len(text) > _MOST_NAME:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _protocol(name: object) -> str:
    """The listener's name, which the administrator chose."""
    return name.lower() if isinstance(name, str) and _PROTOCOL.fullmatch(name) else ""


def _address(text: object) -> str:
    return _canonical(text) if isinstance(text, str) and len(text) <= _MOST_NAME else ""


@lru_cache(maxsize=4096)  # in a burst the same addresses come again and again
def _canonical(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def server_settings(public_url: str) -> dict[str, Any]:
    """What the administrator enters at the mail server: the object for `x:WebHook/set` create."""
    return {
        "url": f"{public_url}{PATH}",
        "signatureKey": {"@type": "Value", "secret": "the value of BULWARK_WEBHOOK_SECRET"},
        "enable": True,
        "lossy": False,
        "level": "info",
        "throttle": 1000,
        "events": dict.fromkeys(EVENTS, True),
        "eventsPolicy": "include",
    }
