"""Codes and tokens: authorization codes, device codes, and stateless tokens that a new password invalidates.

A token reads `sw1.<sealed>.<account name>`; inside are the account, the kind, the end and the credential version.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import ids

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.state import State

ACCESS: Final = "access"
REFRESH: Final = "refresh"
_LETTERS: Final = string.ascii_letters + string.digits
_USER_CODE: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MAC: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthCode:
    """What `/api/auth` promised for a code; `expires_at` in seconds since 1970, account None for the recovery admin."""

    account: Account | None
    client_id: str
    redirect_uri: str
    challenge: str | None
    method: str
    scope: str | None
    expires_at: float


@dataclass(slots=True, kw_only=True)
class DeviceCode:
    """A device waiting for somebody to approve it."""

    client_id: str
    user_code: str
    expires_at: float
    scope: str | None
    account: Account | None = None
    is_approved: bool = False


@dataclass(slots=True)
class Grants:
    """Codes that wait to be exchanged."""

    codes: dict[str, AuthCode] = field(default_factory=dict)
    devices: dict[str, DeviceCode] = field(default_factory=dict)

    def add_code(self, code: AuthCode) -> str:
        """Store a promise and return its code of 40 letters and digits."""
        name = _random(40)
        self.codes[name] = code
        return name

    def add_device(self, device: DeviceCode) -> str:
        """Store a waiting device and return its code."""
        name = _random(40)
        self.devices[name] = device
        return name

    def device_by_user_code(self, user_code: str) -> DeviceCode | None:
        """The waiting device that shows this code."""
        return next((item for item in self.devices.values() if item.user_code == user_code), None)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def user_code() -> str:
    """A code a person can type, `ABCD-EFGH`."""
    letters = "".join(secrets.choice(_USER_CODE) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def issue(state: State, account: Account | None, kind: str, lifetime_ms: int) -> str:
    """A new access or refresh token; None is the recovery administrator."""
    payload = {
        "a": ids.RECOVERY_ADMIN if account is None else account.number,
        "k": kind,
        "e": state.now() + lifetime_ms / 1000,
        "v": credential_version(account),
        "n": secrets.token_hex(4),
    }
    sealed = json.dumps(payload, separators=(",", ":")).encode()
    name = "" if account is None else account.address
    return f"sw1.{_b64(_mac(state, sealed) + sealed)}.{_b64(name.encode())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that is genuine and still runs; `expires_at` in seconds since 1970."""

    account: Account | None
    kind: str
    expires_at: float


def read(state: State, token: str) -> Token | None:
    """The meaning of a token, or None when it is forged, over, or older than the account's password."""
    payload = _open(state, token)
    if payload is None or payload["e"] <= state.now():
        return None
    account = None
    if payload["a"] != ids.RECOVERY_ADMIN:
        account = state.accounts.get(payload["a"])
        if account is None or credential_version(account) != payload["v"]:
            return None
    elif state.admin is None:
        return None
    return Token(account=account, kind=payload["k"], expires_at=payload["e"])


def _open(state: State, token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3 or parts[0] != "sw1":  # noqa: PLR2004 - the shape of the token
        return None
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(raw[:_MAC], _mac(state, raw[_MAC:])):
        return None
    payload: dict[str, Any] = json.loads(raw[_MAC:])
    return payload


def name_in(token: str) -> str | None:
    """The account name that anybody can read from a token, or None."""
    encoded = token.rpartition(".")[2]
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode() or None
    except (binascii.Error, ValueError):
        return None


def credential_version(account: Account | None) -> str:
    """What ties tokens to a password: a digest of its stored hash."""
    password = account.password if account is not None else None
    if password is None or password.secret is None:
        return ""
    return hashlib.sha256(password.secret.digest).hexdigest()[:16]


def id_token(state: State, account: Account | None, client_id: str) -> str:
    """A JWT about the person, signed with the server's own key (HS256)."""
    now = int(state.now())
    claims = {
        "iss": state.base_url,
        "sub": str(ids.RECOVERY_ADMIN if account is None else account.number),
        "aud": client_id,
        "iat": now,
        "exp": now + state.settings["OidcProvider"]["idTokenExpiry"] // 1000,
        "preferred_username": "" if account is None else account.address,
    }
    head = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = f"{head}.{_b64(json.dumps(claims).encode())}"
    return f"{body}.{_b64(hmac.digest(state.token_key, body.encode(), 'sha256'))}"


def _mac(state: State, sealed: bytes) -> bytes:
    return hmac.digest(state.token_key, sealed, "sha256")[:_MAC]


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
