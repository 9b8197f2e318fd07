"""Who is calling: Basic with password or app password, Bearer with API key or token; each refusal in its own shape.

A right password with the second factor on is 402 over Basic; an ended app password or API key is 401 without challenge.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from stalwart_sandbox import catalogue, dates, errors, grants, ids, totp
from stalwart_sandbox.accounts import EXPIRED_SCOPE, CredentialKind, Directory
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account, Credential
    from stalwart_sandbox.http import Request
    from stalwart_sandbox.state import State

_APP_PASSWORD: Final = re.compile(rf"app.[{ids.ALPHABET}]{{36}}", re.DOTALL)
_API_KEY: Final = re.compile(r"API_[A-Za-z0-9_-]{38}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling and what they may do; account None is the recovery administrator."""

    account: Account | None
    permissions: frozenset[str]

    @property
    def number(self) -> int:
        """The number of the caller's own account."""
        return ids.RECOVERY_ADMIN if self.account is None else self.account.number


class Verdict(StrEnum):
    """What a password (and a code) proved."""

    RIGHT = "right"
    WRONG = "wrong"
    CODE_MISSING = "code missing"
    UNUSABLE = "unusable"  # the stored otpauth URL cannot be read, so no code is ever right


def authenticate(state: State, request: Request) -> Caller:
    """The caller behind the Authorization header; Problem 401, 402, 403 or 429 otherwise."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "basic":
            caller = _basic(state, value.strip(), request.client)
        case "bearer":
            caller = _bearer(state, value.strip(), request.client)
        case _:
            raise errors.unauthorized()
    if "authenticate" not in caller.permissions:
        raise errors.forbidden()
    return caller


def decode_basic(value: str) -> tuple[str, str] | None:
    """Login (trimmed, lower case) and secret of a Basic header, or None; only UTF-8 is read."""
    try:
        login, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (login.strip().lower(), secret) if colon else None


def _basic(state: State, value: str, client: str) -> Caller:
    pair = decode_basic(value)
    if pair is None:
        raise errors.unauthorized()
    login, secret = pair
    if _APP_PASSWORD.fullmatch(secret):
        return _app_password(state, login, secret, client)
    if state.admin is not None and login == state.admin.login:
        if state.admin.password.matches(secret):
            return recovery_admin()
        raise failed(state, client, login)
    target, percent, master = login.partition("%")
    account, verdict = check_password(state, master if percent else login, secret, None)
    if account is None or verdict in {Verdict.WRONG, Verdict.UNUSABLE}:
        raise failed(state, client, login, account)
    if verdict is Verdict.CODE_MISSING:
        report(state, "auth.mfa-required", client, account, reason="MFA token required")
        raise errors.mfa_required()
    caller = with_password(state, account, client)
    if percent:
        return _impersonate(state, caller, target)
    report_success(state, account, client, once=True)
    return caller


def _impersonate(state: State, master: Caller, target: str) -> Caller:
    found = state.find(target)
    if "impersonate" not in master.permissions:
        raise errors.forbidden()
    if found is None:
        raise errors.unauthorized()
    return Caller(account=found[0], permissions=state.held(found[0]))


def recovery_admin() -> Caller:
    """The administrator of last resort, who may do everything."""
    return Caller(account=None, permissions=catalogue.PERMISSIONS)


def with_password(state: State, account: Account, client: str) -> Caller:
    """A caller who proved the main password; an expired one leaves hardly any permission."""
    password = state.password(account)
    if password is not None and not address_allowed(password, client):
        raise errors.forbidden()
    held = state.held(account)
    return Caller(account=account, permissions=held & EXPIRED_SCOPE if password_expired(state, account) else held)


def password_expired(state: State, account: Account) -> bool:
    """Whether the main password has ended, by its date or by a quirk."""
    password = state.password(account)
    if password is None:
        return False
    return dates.is_past(password.expires_at, state.now()) or state.quirks.is_on(
        Quirk.EXPIRED_PASSWORD, account.address
    )


def check_password(state: State, login: str, secret: str, code: str | None) -> tuple[Account | None, Verdict]:
    """The account behind a login and what the password and the code prove; unknown logins are simply wrong."""
    found = state.find(login if "@" in login else f"{login}@{state.default_domain()}")
    if found is None or found[0].kind != "User":
        return None, Verdict.WRONG
    account, is_alias = found
    directory = state.directory(account)
    if directory is Directory.OIDC or (is_alias and directory is Directory.SQL):
        return account, Verdict.WRONG
    if is_alias and "authenticateWithAlias" not in state.held(account):
        return account, Verdict.WRONG
    return account, verify(state, account, secret, code)


def verify(state: State, account: Account, secret: str, code: str | None) -> Verdict:
    """What a password and a code prove about an account, without counting anything."""
    password = state.password(account)
    if password is None or password.secret is None or not password.secret.matches(secret):
        return Verdict.WRONG
    if password.otp_url is None:
        return Verdict.RIGHT
    if code is None:
        return Verdict.CODE_MISSING
    factor = totp.parse(password.otp_url)
    if factor is None:
        return Verdict.UNUSABLE
    return Verdict.RIGHT if factor.accepts(code, state.now()) else Verdict.WRONG


def failed(state: State, client: str, login: str, account: Account | None = None) -> errors.Problem:
    """Count a failed sign-in and return the answer to it: 401, or 429 when it triggers the ban."""
    reason = "Account not found" if account is None else "Incorrect password"
    report(state, "auth.failed", client, account, login=login, reason=reason)
    if not state.bans.failed(client, login):
        return errors.unauthorized()
    note_ban(state, client)
    return errors.too_many_attempts()


def note_ban(state: State, client: str) -> None:
    """Store and report the ban of an address."""
    state.bans.ban(state.next_number("object"), client, state.now())
    state.events.report("security.authentication-ban", dates.text(state.now()), remoteIp=client)


def _app_password(state: State, login: str, secret: str, client: str) -> Caller:
    found = state.find(login if "@" in login else f"{login}@{state.default_domain()}")
    account = found[0] if found else None
    credential = _matching(account, CredentialKind.APP_PASSWORD, secret)
    if account is None or credential is None:
        raise failed(state, client, login, account)
    return _with_credential(state, account, credential, client)


def _bearer(state: State, token: str, client: str) -> Caller:
    if token.startswith("API_"):
        return _api_key(state, token, client)
    outsider = state.accounts.get(state.outside_tokens.get(token, -1))
    if outsider is not None and state.directory(outsider) is Directory.OIDC:
        return Caller(account=outsider, permissions=state.held(outsider))
    meaning = grants.read(state, token)
    if meaning is None or meaning.kind != grants.ACCESS:
        raise errors.unauthorized()
    if meaning.account is None:
        return recovery_admin()
    return with_password(state, meaning.account, client)


def _api_key(state: State, token: str, client: str) -> Caller:
    account = state.accounts.get(account_of_api_key(token) or -1)
    credential = _matching(account, CredentialKind.API_KEY, token)
    if account is None or credential is None:
        raise errors.unauthorized()
    return _with_credential(state, account, credential, client)


def account_of_api_key(token: str) -> int | None:
    """The account number inside an API key, or None when it has not the shape of one."""
    if not _API_KEY.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token[4:] + "==")
    number: int = struct.unpack(">I", raw[:4])[0]
    return number


def _matching(account: Account | None, kind: CredentialKind, secret: str) -> Credential | None:
    if account is None:
        return None
    normal = f"app_{secret[4:]}" if kind is CredentialKind.APP_PASSWORD else secret
    return next(
        (item for item in account.credentials if item.kind is kind and item.secret and item.secret.matches(normal)),
        None,
    )


def _with_credential(state: State, account: Account, credential: Credential, client: str) -> Caller:
    if dates.is_past(credential.expires_at, state.now()):
        raise errors.unauthorized(challenge=False)
    if not address_allowed(credential, client):
        raise _wrong_address(state, account, credential, client)
    report_success(state, account, client, credential=credential, once=True)
    return Caller(account=account, permissions=credential.scope(state.held(account)))


def _wrong_address(state: State, account: Account, credential: Credential, client: str) -> errors.Problem:
    """A right secret from outside its list: a failure, unless an earlier success is remembered."""
    worked_before = any(key[:2] == (account.number, credential.number) for key in state.reported)
    if worked_before or not state.bans.failed(client, account.address):
        return errors.forbidden()
    note_ban(state, client)
    return errors.too_many_attempts()


def address_allowed(credential: Credential, client: str) -> bool:
    """Whether a client's address is in the credential's list; an empty list allows every address."""
    if not credential.allowed_ips:
        return True
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(entry, strict=False) for entry in credential.allowed_ips)


def report_success(
    state: State, account: Account, client: str, *, credential: Credential | None = None, once: bool = False
) -> None:
    """Report a sign-in; with `once` only the first use of a credential, as the server caches it."""
    key = (account.number, credential.number if credential else 0, client)
    if once and key in state.reported:
        return
    state.reported.add(key)
    details = None
    if credential is not None:
        details = (
            f"Authenticated with {'app password' if credential.kind is CredentialKind.APP_PASSWORD else 'API key'}"
        )
    report(
        state,
        "auth.success",
        client,
        account,
        login=account.name if credential else account.address,
        id=credential.number if credential else None,
        details=details,
    )


def report(
    state: State, kind: str, client: str, account: Account | None, *, login: str | None = None, **data: object
) -> None:
    """Report an event about a sign-in over HTTP; `login` is the name that was given."""
    name = login if login is not None else account.address if account else None
    state.events.report(
        kind,
        dates.text(state.now()),
        accountName=name,
        accountId=account.number if account else None,
        **data,
        listenerId="http",
        localPort=state.port,
        remoteIp=client,
    )
