"""Getting in: a password (and a code) become tokens, tokens become an account.

Always by the server's interactive sign-in (protocol reference 8.3 and 8.4), in the browser and on the command line.
The password is never kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.account import Account
from bulwark.account.rights import Rights
from stalwart_jmap.objects import account_settings

if TYPE_CHECKING:
    from bulwark.account.token_source import TokenSource
    from bulwark.clock import Clock
    from stalwart_jmap import AccountInfo, Secret, Session, Tokens, Transport

CLIENT_ID = "bulwark-account-security"
# Nothing is ever redirected to it: the server only wants to hear the same value twice.
REDIRECT_URI = "https://bulwark.invalid/signed-in"
MAX_LOGIN = 320  # bytes

# app_ (or "app " before 0.16.3) and 36 letters of the server's alphabet; API_ and 38 of base64url (reference 4.4).
_APP_PASSWORD = re.compile(r"app.[a-z0-9]{36}", re.DOTALL)
_API_KEY = re.compile(r"API_[A-Za-z0-9_-]{38}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNeeded:
    """The password is right; the account wants a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Tokens that were just handed out, and whose account they open."""

    tokens: Tokens
    session: Session
    rights: Rights
    time_zone: str = ""  # as the account settings name it; empty when unset or not readable
    source: TokenSource | None = None  # who gave the tokens, where that was not the panel's own form


def normalised(login: str) -> str:
    """A login as the server wants it: NFC and without spaces around it.

    Raises:
        LoginNotAllowed: it carries a `%`, which the server reads as acting for somebody else, or control characters.
    """
    text = unicodedata.normalize("NFC", login).strip()
    if "%" in text or any(unicodedata.category(letter) == "Cc" for letter in text):
        raise errors.LoginNotAllowed
    return text


def refuse_other_secrets(password: Secret) -> None:
    """Refuse a secret that was made for a program, before anything is sent.

    Raises:
        WrongKindOfSecret: it has the shape of an app password or of an API key.
    """
    text = password.reveal().strip()
    if _APP_PASSWORD.fullmatch(text):
        raise errors.WrongKindOfSecret("app-password")
    if _API_KEY.fullmatch(text):
        raise errors.WrongKindOfSecret("api-key")


async def exchange(
    transport: Transport, *, login: str, password: Secret, code: Secret | None, forwarded_for: str | None
) -> Tokens | CodeNeeded | None:
    """Ask the server for tokens; None when it refuses (unknown account, wrong password or wrong code).

    Raises:
        BulwarkError: no answer, no Stalwart, blocked address, too many requests.
    """
    try:
        answer = await jmap.sign_in(
            transport,
            login=login,
            password=password,
            code=code,
            client_id=CLIENT_ID,
            redirect_uri=REDIRECT_URI,
            forwarded_for=forwarded_for,
        )
    except jmap.AccessForbidden as error:
        raise await blocked_address(transport, forwarded_for) from error
    except jmap.StalwartError as error:
        if isinstance(error, jmap.RequestError) and error.status == HTTPStatus.NOT_FOUND:
            raise errors.UnsupportedServer from error  # the interactive sign-in came with 0.16
        raise refusals.from_wire(error) from error
    match answer:
        case jmap.MfaNeeded():
            return CodeNeeded()
        case jmap.SignInFailed():
            return None
        case _:
            return answer


async def open_account(transport: Transport, tokens: Tokens, *, forwarded_for: str | None, clock: Clock) -> SignedIn:
    """Read session, rights and time zone of fresh tokens, all at once.

    Raises:
        BulwarkError: the server does not answer, is too old, or does not let this account in.
    """
    client = jmap.StalwartClient(transport, jmap.BearerToken(tokens.access), forwarded_for=forwarded_for)
    sessions: list[Session] = []
    infos: list[AccountInfo] = []
    zones: list[str] = []
    failed: list[jmap.StalwartError] = []

    async def read_session() -> None:
        try:
            session = await client.session()
            sessions.append(session)
            response = await client.with_session(session).call(account_settings.get_call("settings"))
            settings = response.get("settings")
            if not isinstance(settings, jmap.MethodError):
                found = account_settings.parse(settings)
                zones.append((found.time_zone or "") if found is not None else "")
        except jmap.StalwartError as error:
            if not sessions:  # without a time zone a sign-in is as good as with one
                failed.append(error)

    async def read_info() -> None:
        try:
            infos.append(await client.account_info())
        except jmap.StalwartError as error:
            failed.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(read_session)
        group.start_soon(read_info)
    if failed:
        error = refusals.from_wire(failed[0])
        raise await whose_address(transport, error, forwarded_for) from failed[0]
    rights = Rights.from_info(infos[0], clock.now())
    return SignedIn(tokens=tokens, session=sessions[0], rights=rights, time_zone="".join(zones))


async def whose_address(
    transport: Transport, error: errors.BulwarkError, forwarded_for: str | None
) -> errors.BulwarkError:
    """The error, told whose address is blocked where that is what it is about and nobody has asked yet."""
    if isinstance(error, errors.AddressBlocked) and error.whose == "unknown":
        return await blocked_address(transport, forwarded_for)
    return error


async def blocked_address(transport: Transport, forwarded_for: str | None) -> errors.AddressBlocked:
    """Find out whose address the server blocks: asked without forwarding, only the panel's own counts."""
    if forwarded_for is not None:
        try:
            await jmap.server_metadata(transport)
        except jmap.StalwartError:
            return errors.AddressBlocked("panel")
        return errors.AddressBlocked("yours")
    return errors.AddressBlocked("panel")


def account_of(transport: Transport, signed: SignedIn, *, forwarded_for: str | None, clock: Clock) -> Account:
    """The account of a sign-in that was just opened."""
    client = jmap.StalwartClient(transport, jmap.BearerToken(signed.tokens.access), forwarded_for=forwarded_for)
    return Account(
        transport=transport,
        client=client.with_session(signed.session),
        address=signed.session.username,
        account_id=signed.session.account_id,
        rights=signed.rights,
        jmap_state=signed.session.state,
        forwarded_for=forwarded_for,
        clock=clock,
    )
