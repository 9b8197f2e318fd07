"""`POST /api/auth`: the one place where a password and a code are checked together (Stalwart's own).

It answers 200 in every ordinary case: `authenticated`, `mfaRequired` (the password was right), or `failure`, which
stands for a wrong password, a wrong code, a missing permission, a foreign network and a banned address alike.
`client_code` is snake case in an otherwise camelCase interface. The redirect address is never visited; it only has to
be repeated at the token endpoint.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from stalwart_jmap.core.errors import NotJson
from stalwart_jmap.core.http import HttpAnswer, HttpRequest, post_json, read_json
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from stalwart_jmap.oauth.code_flow import Pkce

AUTH_PATH: Final = "/api/auth"


class _Answer(msgspec.Struct):
    type: str
    client_code: str | None = None


@dataclass(frozen=True, slots=True)
class MfaNeeded:
    """The password is right; ask for the code."""


@dataclass(frozen=True, slots=True)
class SignInFailed:
    """The server refused and does not say why."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The device was approved."""


def normal_login(login: str) -> str:
    """Trim a login and compose its letters (NFC), the only form the server finds."""
    return unicodedata.normalize("NFC", login.strip())


def sign_in_request(
    *, login: str, password: Secret, code: Secret | None, pkce: Pkce, client_id: str, redirect_uri: str
) -> HttpRequest:
    """Ask for an authorization code."""
    body: dict[str, object] = {
        "type": "authCode",
        "accountName": normal_login(login),
        "accountSecret": password,
        "clientId": client_id,
        "redirectUri": redirect_uri,
        "codeChallenge": pkce.challenge,
        "codeChallengeMethod": "S256",
    }
    if code is not None:
        body["mfaToken"] = code
    return post_json(AUTH_PATH, body)


def read_sign_in(answer: HttpAnswer) -> Secret | MfaNeeded | SignInFailed:
    """Read the answer: an authorization code, or what is missing."""
    wire = read_json(answer, _Answer)
    if wire.type == "authenticated" and wire.client_code:
        return Secret(wire.client_code)
    return _other(wire)


def approval_request(*, login: str, password: Secret, code: Secret | None, user_code: str) -> HttpRequest:
    """Approve a device, as the server's own page does."""
    body: dict[str, object] = {
        "type": "authDevice",
        "accountName": normal_login(login),
        "accountSecret": password,
        "code": user_code,
    }
    if code is not None:
        body["mfaToken"] = code
    return post_json(AUTH_PATH, body)


def read_approval(answer: HttpAnswer) -> Approved | MfaNeeded | SignInFailed:
    """Read the answer to an approval."""
    wire = read_json(answer, _Answer)
    return Approved() if wire.type == "verified" else _other(wire)


def _other(wire: _Answer) -> MfaNeeded | SignInFailed:
    match wire.type:
        case "mfaRequired":
            return MfaNeeded()
        case "failure":
            return SignInFailed()
        case _:
            raise NotJson("the sign-in was answered in an unknown way")
