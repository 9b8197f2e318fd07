"""Every check of the doctor, each with its result as facts; the words are in `texts`.

The checks of the first group need no rights: anybody may ask the server whether it answers. Those of the second read
settings of the server, and say which permission is missing where one is. Those of the third look at the panel itself.
Nothing is written anywhere; no wrong sign-in is tried, for that would count towards a ban.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import stalwart_jmap as jmap
from bulwark import errors, master_keys
from bulwark.account import directory, refusals
from bulwark.account.abilities import NEEDED
from bulwark.account.effective import compute
from bulwark.account.webhook import PATH as HOOK
from bulwark.language import series
from stalwart_jmap.core.http import get
from stalwart_jmap.core.session import ACCOUNT_PATH, origin_of
from stalwart_jmap.objects import server_settings
from stalwart_jmap.objects.account import Permissions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.settings import Settings
    from bulwark.store.engine import Database
    from bulwark.store.uses import Feed
    from stalwart_jmap import Response, Transport

T = TypeVar("T")
CLOCK_FINE: Final = timedelta(seconds=20)
CLOCK_BROKEN: Final = timedelta(minutes=2)
FEED_QUIET: Final = timedelta(hours=24)


class Check(StrEnum):
    """What is looked at, in the order of the page."""

    SERVER = "server"
    BAN = "ban"
    TLS = "tls"
    ADDRESSES = "addresses"
    CLOCK = "clock"
    FORWARDING = "forwarding"
    WEBHOOK = "webhook"
    ENCRYPTION = "encryption"
    ROLE = "default-role"
    SIGN_IN = "sign-in"
    CONFIGURATION = "configuration"
    DATABASE = "database"
    KEYS = "master-key"


class State(StrEnum):
    """How it stands. A note and what could not be looked at are no reason to worry."""

    FINE = "fine"
    NOTE = "note"
    ATTENTION = "attention"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check: how it stands, which case of it, and the values that its sentences name."""

    check: Check
    state: State
    case: str
    facts: Mapping[str, str] = field(default_factory=dict)


def needs_attention(results: tuple[Result, ...]) -> bool:
    """Whether something should be mended."""
    return any(one.state in {State.ATTENTION, State.BROKEN} for one in results)


async def examine_server(transport: Transport) -> tuple[Result, ...]:
    """The checks that need no rights."""
    host = urlsplit(transport.origin).netloc
    published: str | None = None
    trouble: Result | None = None
    ban = Result(check=Check.BAN, state=State.FINE, case="free")
    try:
        published = origin_of((await jmap.server_metadata(transport)).issuer)
        answer = await transport.exchange(get(ACCOUNT_PATH))
        if answer.status == HTTPStatus.NOT_FOUND:
            trouble = Result(check=Check.SERVER, state=State.BROKEN, case="old", facts={"server": host})
    except jmap.AccessForbidden:
        ban = Result(check=Check.BAN, state=State.BROKEN, case="banned")
    except jmap.RateLimited as error:
        wait = str(error.retry_after)
        trouble = Result(check=Check.SERVER, state=State.ATTENTION, case="busy", facts={"seconds": wait})
    except jmap.RequestError as error:
        case = "old" if error.status == HTTPStatus.NOT_FOUND else "failing"
        facts = {"server": host, "status": str(error.status)}
        trouble = Result(check=Check.SERVER, state=State.BROKEN, case=case, facts=facts)
    except jmap.BadAnswer:
        trouble = Result(check=Check.SERVER, state=State.BROKEN, case="unreadable", facts={"server": host})
    except jmap.TransportError as error:
        facts = {"server": host, "why": str(error)}
        trouble = Result(check=Check.SERVER, state=State.BROKEN, case="silent", facts=facts)
    if trouble is not None and trouble.case in {"silent", "failing", "unreadable", "busy"}:
        ban = Result(check=Check.BAN, state=State.UNCHECKED, case="silent")
    server = trouble or Result(check=Check.SERVER, state=State.FINE, case="answers", facts={"server": host})
    return (
        server,
        ban,
        _tls(transport, answers=trouble is None or trouble.case != "silent"),
        _addresses(transport, published, was_read=trouble is None and ban.state is State.FINE),
        _clock(transport),
    )


def _tls(transport: Transport, *, answers: bool) -> Result:
    if not answers:
        return Result(check=Check.TLS, state=State.UNCHECKED, case="silent")
    if transport.origin.startswith("https:"):
        return Result(check=Check.TLS, state=State.FINE, case="verified")
    return Result(check=Check.TLS, state=State.NOTE, case="plain")


def _addresses(transport: Transport, published: str | None, *, was_read: bool) -> Result:
    if not was_read:
        return Result(check=Check.ADDRESSES, state=State.UNCHECKED, case="silent")
    if published is None or published == transport.origin:
        return Result(check=Check.ADDRESSES, state=State.FINE, case="back")
    facts = {"published": published, "ours": transport.origin}
    return Result(check=Check.ADDRESSES, state=State.ATTENTION, case="elsewhere", facts=facts)


def _clock(transport: Transport) -> Result:
    offset = transport.clock_offset
    if offset is None:
        return Result(check=Check.CLOCK, state=State.UNCHECKED, case="silent")
    seconds = round(offset.total_seconds())
    facts = {"seconds": str(abs(seconds))}
    if abs(offset) <= CLOCK_FINE:
        return Result(check=Check.CLOCK, state=State.FINE, case="same", facts=facts)
    state = State.BROKEN if abs(offset) > CLOCK_BROKEN else State.ATTENTION
    return Result(check=Check.CLOCK, state=state, case="ahead" if seconds > 0 else "behind", facts=facts)


async def examine_settings(account: Account | None, settings: Settings | None, feed: Feed | None) -> tuple[Result, ...]:
    """The checks that read settings of the server; without somebody signed in they say so."""
    checks = (Check.FORWARDING, Check.WEBHOOK, Check.ENCRYPTION, Check.ROLE)
    if account is None:
        return tuple(Result(check=one, state=State.UNCHECKED, case="nobody") for one in checks)
    try:
        response = await account.read(
            server_settings.http_call(),
            server_settings.allowed_call(),
            server_settings.email_call(),
            server_settings.webhooks_call(),
        )
    except errors.BulwarkError:
        return tuple(Result(check=one, state=State.UNCHECKED, case="silent") for one in checks)
    return (
        _forwarding(account.transport, response),
        _webhook(response, settings, feed, account.now),
        _encryption(response),
        await _default_role(account),
    )


async def examine_session(account: Account) -> Result:
    """Whether the addresses that the server gives to this account lead back to it."""
    try:
        session = await account.client.session()
    except jmap.StalwartError:
        return Result(check=Check.ADDRESSES, state=State.UNCHECKED, case="silent")
    return _addresses(account.transport, session.published_origin, was_read=True)


def _read(response: Response, call: str, parse: Callable[[Mapping[str, Any]], T]) -> T | Result:
    """A setting, or the result of a check that could not be made, still without its check."""
    result = response.get(call)
    if isinstance(result, jmap.MethodError):
        needed = {
            "http": "sysHttpGet",
            "allowed": "sysAllowedIpGet",
            "email": "sysEmailGet",
            "webhooks": "sysWebHookGet",
        }
        error = refusals.from_method_error(result, needed[call])
        facts = {"names": series(error.names)} if isinstance(error, errors.PermissionMissing) else {}
        return Result(check=Check.SERVER, state=State.UNCHECKED, case="permission" if facts else "silent", facts=facts)
    try:
        return parse(result)
    except jmap.BadAnswer:
        return Result(check=Check.SERVER, state=State.UNCHECKED, case="silent")


def _unchecked(check: Check, why: Result) -> Result:
    return Result(check=check, state=State.UNCHECKED, case=why.case, facts=why.facts)


def _forwarding(transport: Transport, response: Response) -> Result:
    believed = _read(response, "http", server_settings.parse_forwarded)
    if isinstance(believed, Result):
        return _unchecked(Check.FORWARDING, believed)
    if believed:
        return Result(check=Check.FORWARDING, state=State.FINE, case="believed")
    if _is_here(transport.origin):
        return Result(check=Check.FORWARDING, state=State.FINE, case="loopback")
    allowed = _read(response, "allowed", server_settings.parse_allowed)
    if isinstance(allowed, Result):
        return _unchecked(Check.FORWARDING, allowed)
    if allowed:
        facts = {"addresses": series(allowed[:5])}
        return Result(check=Check.FORWARDING, state=State.NOTE, case="exempt", facts=facts)
    return Result(check=Check.FORWARDING, state=State.ATTENTION, case="counted")


def _is_here(origin: str) -> bool:
    """Whether the server is on this machine, which is never banned."""
    host = urlsplit(origin).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _webhook(response: Response, settings: Settings | None, feed: Feed | None, now: datetime) -> Result:
    hooks = _read(response, "webhooks", server_settings.parse_webhooks)
    if settings is not None and not settings.webhook_secret:
        return Result(check=Check.WEBHOOK, state=State.NOTE, case="unused")
    if isinstance(hooks, Result):
        return _unchecked(Check.WEBHOOK, hooks)
    ours = [one for one in hooks if urlsplit(one.url).path == HOOK]
    if not ours:
        state = State.NOTE if settings is None else State.ATTENTION
        return Result(check=Check.WEBHOOK, state=state, case="missing", facts={"path": HOOK})
    if not any(one.is_enabled for one in ours):
        return Result(check=Check.WEBHOOK, state=State.ATTENTION, case="off", facts={"url": ours[0].url})
    if feed is None:
        return Result(check=Check.WEBHOOK, state=State.FINE, case="there", facts={"url": ours[0].url})
    if feed.last_at is None:
        return Result(check=Check.WEBHOOK, state=State.ATTENTION, case="silent-feed", facts={"url": ours[0].url})
    if now - feed.last_at > FEED_QUIET:
        return Result(check=Check.WEBHOOK, state=State.NOTE, case="quiet", facts={"url": ours[0].url})
    return Result(check=Check.WEBHOOK, state=State.FINE, case="alive", facts={"url": ours[0].url})


def _encryption(response: Response) -> Result:
    is_on = _read(response, "email", server_settings.parse_encrypts)
    if isinstance(is_on, Result):
        return _unchecked(Check.ENCRYPTION, is_on)
    if is_on:
        return Result(check=Check.ENCRYPTION, state=State.FINE, case="on")
    return Result(check=Check.ENCRYPTION, state=State.ATTENTION, case="off")


async def _default_role(account: Account) -> Result:
    try:
        _, book = await directory.some(account, (account.account_id,))
    except errors.PermissionMissing as error:
        return Result(check=Check.ROLE, state=State.UNCHECKED, case="permission", facts={"names": series(error.names)})
    except errors.BulwarkError:
        return Result(check=Check.ROLE, state=State.UNCHECKED, case="silent")
    if isinstance(book.unavailable, errors.PermissionMissing):
        names = series(book.unavailable.names)
        return Result(check=Check.ROLE, state=State.UNCHECKED, case="permission", facts={"names": names})
    if book.unavailable is not None:
        return Result(check=Check.ROLE, state=State.UNCHECKED, case="silent")
    lacking = sorted(NEEDED - compute(book.roles, book.defaults.user, Permissions()).held)
    roles = series(sorted(book.name(one) for one in book.defaults.user))
    if lacking:
        facts = {"roles": roles or "-", "names": series(lacking)}
        return Result(check=Check.ROLE, state=State.ATTENTION, case="lacking", facts=facts)
    return Result(check=Check.ROLE, state=State.FINE, case="complete", facts={"roles": roles})


async def examine_panel(
    settings: Settings | None,
    database: Database | None,
    *,
    problems: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> tuple[Result, ...]:
    """The checks of the panel itself; `problems` and `warnings` are what reading the settings said."""
    if problems:
        broken = Result(
            check=Check.CONFIGURATION, state=State.BROKEN, case="problems", facts={"problems": " ".join(problems)}
        )
        return (broken,)
    if settings is None:
        checks = (Check.CONFIGURATION, Check.DATABASE, Check.KEYS)
        return tuple(Result(check=one, state=State.UNCHECKED, case="elsewhere") for one in checks)
    return (_configuration(settings, warnings), await _database(database), _keys(settings))


def _configuration(settings: Settings, warnings: tuple[str, ...]) -> Result:
    if warnings:
        facts = {"problems": " ".join(warnings)}
        return Result(check=Check.CONFIGURATION, state=State.ATTENTION, case="problems", facts=facts)
    if settings.public_url is None:
        return Result(check=Check.CONFIGURATION, state=State.NOTE, case="no-address")
    if settings.contact is None:
        return Result(check=Check.CONFIGURATION, state=State.NOTE, case="no-contact")
    return Result(check=Check.CONFIGURATION, state=State.FINE, case="fine")


async def _database(database: Database | None) -> Result:
    if database is None:
        return Result(check=Check.DATABASE, state=State.UNCHECKED, case="elsewhere")
    try:
        await database.ping()
    except errors.StoreUnavailable as error:
        return Result(check=Check.DATABASE, state=State.BROKEN, case="down", facts={"why": error.reason})
    return Result(check=Check.DATABASE, state=State.FINE, case="fine")


def _keys(settings: Settings) -> Result:
    if not master_keys.is_there(settings.master_key_file):
        return Result(check=Check.KEYS, state=State.NOTE, case="absent", facts={"file": str(settings.master_key_file)})
    try:
        master_keys.read(settings.master_key_file)
    except master_keys.MasterKeyFileError as error:
        return Result(check=Check.KEYS, state=State.BROKEN, case="unusable", facts={"why": str(error)})
    return Result(check=Check.KEYS, state=State.FINE, case="fine")
