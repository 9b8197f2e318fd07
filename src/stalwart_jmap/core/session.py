"""The JMAP session resource and `/api/account` (RFC 8620, 2; Stalwart's own).

Three oddities decide this module. Without credentials the server answers 200 with an empty session. Its own capability
is never in the top-level `capabilities`, only in accounts and `primaryAccounts`. The addresses it publishes ignore the
one we used and may lead elsewhere, so only their paths are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from stalwart_jmap.core.errors import AuthenticationFailed, NotJson
from stalwart_jmap.core.http import HttpAnswer, read_json
from stalwart_jmap.core.request import MAIL, STALWART

SESSION_PATH: Final = "/jmap/session"
WELL_KNOWN_PATH: Final = "/.well-known/jmap"
ACCOUNT_PATH: Final = "/api/account"
API_PATH: Final = "/jmap/"
UPLOAD_PATH: Final = "/jmap/upload/{accountId}/"
DOWNLOAD_PATH: Final = "/jmap/download/{accountId}/{blobId}/{name}?accept={type}"
EVENT_SOURCE_PATH: Final = "/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}"


class _Account(msgspec.Struct, rename="camel"):
    name: str = ""
    is_personal: bool = False
    account_capabilities: dict[str, dict[str, Any]] = {}


class _Session(msgspec.Struct, rename="camel"):
    capabilities: dict[str, dict[str, Any]]
    accounts: dict[str, _Account]
    api_url: str
    username: str = ""
    primary_accounts: dict[str, str] = {}
    download_url: str = ""
    upload_url: str = ""
    event_source_url: str = ""
    state: str = ""


class _AccountInfo(msgspec.Struct):
    permissions: list[str]
    edition: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a later request needs to know. Paths are relative to the server's origin and may hold `{variables}`.

    `published_origin` is where the server believes to be (`https://mail.example.org`), None when it published paths
    only; it is told, never followed. To go on without asking the server again, keep `account_id` and `api_path`.
    """

    account_id: str
    username: str = ""
    api_path: str = API_PATH
    upload_path: str = UPLOAD_PATH
    download_path: str = DOWNLOAD_PATH
    event_source_path: str = EVENT_SOURCE_PATH
    state: str = ""
    capabilities: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    account_capabilities: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    has_stalwart: bool = True
    published_origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """What the credentials of this request may do. `edition` is `oss`, `community` or `enterprise`."""

    permissions: frozenset[str]
    edition: str
    locale: str


def parse_session(answer: HttpAnswer) -> Session:
    """Read the session resource. Raises `AuthenticationFailed` for the anonymous one, `NotJson` for another shape."""
    wire = read_json(answer, _Session)
    if not wire.username or not wire.accounts:
        raise AuthenticationFailed
    primary = wire.primary_accounts
    account_id = primary.get(STALWART) or primary.get(MAIL) or _personal(wire.accounts)
    if account_id not in wire.accounts:
        raise NotJson("the session names an account it does not list")
    account = wire.accounts[account_id]
    return Session(
        account_id=account_id,
        username=wire.username,
        api_path=path_of(wire.api_url),
        upload_path=path_of(wire.upload_url or UPLOAD_PATH),
        download_path=path_of(wire.download_url or DOWNLOAD_PATH),
        event_source_path=path_of(wire.event_source_url or EVENT_SOURCE_PATH),
        state=wire.state,
        capabilities=wire.capabilities,
        account_capabilities=account.account_capabilities,
        has_stalwart=STALWART in primary or STALWART in account.account_capabilities,
        published_origin=origin_of(wire.api_url),
    )


def parse_account_info(answer: HttpAnswer) -> AccountInfo:
    """Read `/api/account`; the order of the permissions means nothing."""
    wire = read_json(answer, _AccountInfo)
    return AccountInfo(permissions=frozenset(wire.permissions), edition=wire.edition, locale=wire.locale)


def path_of(url: str) -> str:
    """Take the path and query of a published address, absolute or relative. Raises `NotJson` if it has none to take."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotJson("a published address cannot be read") from None
    path = "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(character <= " " or character in "\\\x7f" for character in path):
        raise NotJson("a published address has a strange path")
    return path


def origin_of(url: str) -> str | None:
    """Give scheme, host and port of a published address, or None for a relative one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


def _personal(accounts: dict[str, _Account]) -> str:
    return next((key for key, account in accounts.items() if account.is_personal), next(iter(accounts)))
