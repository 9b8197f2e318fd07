"""Signing in on a device without a browser (RFC 8628): the command line uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from stalwart_jmap.core.errors import NotJson, OAuthRefused
from stalwart_jmap.core.http import HttpAnswer, HttpRequest, post_form, read_json
from stalwart_jmap.oauth.tokens import Tokens, raise_oauth_refusal, read_tokens
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

DEVICE_PATH: Final = "/auth/device"
_DEFAULT_INTERVAL: Final = 5


class _Grant(msgspec.Struct):
    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    verification_uri_complete: str | None = None
    interval: int = _DEFAULT_INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGrant:
    """What to tell the person, and what to poll with: `interval` and `expires_in` in seconds.

    The addresses are the server's own and meant for the person's browser; this library never opens them.
    """

    device_code: Secret
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None = field(repr=False)
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePending:
    """Not approved yet. `slow_down`: wait five seconds longer from now on."""

    slow_down: bool = False


@dataclass(frozen=True, slots=True)
class DeviceExpired:
    """The codes have ended, were used, or were refused: start again."""


def start_request(*, client_id: str, scope: Sequence[str] = (), path: str = DEVICE_PATH) -> HttpRequest:
    """Ask for a device code."""
    return post_form(path, {"client_id": client_id} | ({"scope": " ".join(scope)} if scope else {}))


def read_grant(answer: HttpAnswer, *, origin: str) -> DeviceGrant:
    """Read the codes; relative addresses are completed with the server's `origin`."""
    raise_oauth_refusal(answer)
    wire = read_json(answer, _Grant)
    complete = wire.verification_uri_complete
    return DeviceGrant(
        device_code=Secret(wire.device_code),
        user_code=wire.user_code,
        verification_uri=_address(wire.verification_uri, origin),
        verification_uri_complete=None if complete is None else _address(complete, origin),
        expires_in=max(wire.expires_in, 0),
        interval=max(wire.interval, 1),
    )


def read_poll(answer: HttpAnswer) -> Tokens | DevicePending | DeviceExpired:
    """Read the answer to a poll. Raises `OAuthRefused` for what waiting cannot mend, such as `invalid_client`."""
    try:
        return read_tokens(answer, keep=Secret(""))  # a provider may give none: then nothing renews
    except OAuthRefused as refusal:
        match refusal.error:
            case "authorization_pending":
                return DevicePending()
            case "slow_down":
                return DevicePending(slow_down=True)
            case "expired_token" | "access_denied":
                return DeviceExpired()
            case _:
                raise


def _address(url: str, origin: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotJson("a published address cannot be read") from None
    if parts.scheme in {"http", "https"} and parts.netloc:
        return url
    if parts.scheme or parts.netloc:
        raise NotJson("a published address is no web page")
    return f"{origin}/{url.lstrip('/')}"
