"""Server-wide settings that decide whether a panel works well: read by administrators, never written here.

`x:Http`, `x:Email`, `x:AllowedIp`, `x:WebHook` (Stalwart's own), each with a permission of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import SINGLETON, convert

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class WebHook:
    """Where the server reports events to, and whether it does."""

    url: str
    is_enabled: bool


class _Settings(msgspec.Struct, rename="camel"):
    use_x_forwarded: bool = False
    encrypt_at_rest: bool = True


class _Address(msgspec.Struct):
    address: str = ""


class _WebHook(msgspec.Struct):
    url: str | None = None
    enable: bool = True


class _SettingsList(msgspec.Struct):
    entries: list[_Settings] = msgspec.field(name="list")


class _AddressList(msgspec.Struct):
    entries: list[_Address] = msgspec.field(name="list")


class _WebHookList(msgspec.Struct):
    entries: list[_WebHook] = msgspec.field(name="list")


def http_call(call_id: str = "http") -> Call:
    """Ask whether forwarded addresses are believed; needs `sysHttpGet`."""
    return Call("x:Http/get", {"ids": [SINGLETON]}, call_id)


def email_call(call_id: str = "email") -> Call:
    """Ask whether incoming mail may be encrypted at all; needs `sysEmailGet`."""
    return Call("x:Email/get", {"ids": [SINGLETON]}, call_id)


def allowed_call(call_id: str = "allowed") -> Call:
    """Ask for the addresses that are never counted or banned; needs `sysAllowedIpGet`."""
    return Call("x:AllowedIp/get", {"ids": None}, call_id)


def webhooks_call(call_id: str = "webhooks") -> Call:
    """Ask where events are reported to; needs `sysWebHookGet`."""
    return Call("x:WebHook/get", {"ids": None}, call_id)


def parse_forwarded(result: Mapping[str, Any]) -> bool:
    """Read the result of `http_call`: whether `X-Forwarded-For` is believed."""
    return any(entry.use_x_forwarded for entry in convert(result, _SettingsList).entries)


def parse_encrypts(result: Mapping[str, Any]) -> bool:
    """Read the result of `email_call`: whether encryption at rest is on for the server."""
    return all(entry.encrypt_at_rest for entry in convert(result, _SettingsList).entries)


def parse_allowed(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the result of `allowed_call`: addresses and networks as text."""
    return tuple(entry.address for entry in convert(result, _AddressList).entries)


def parse_webhooks(result: Mapping[str, Any]) -> tuple[WebHook, ...]:
    """Read the result of `webhooks_call`."""
    return tuple(
        WebHook(url=entry.url or "", is_enabled=entry.enable) for entry in convert(result, _WebHookList).entries
    )
