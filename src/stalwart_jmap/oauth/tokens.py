"""The token endpoint (RFC 6749, 4.1.3 and 6; RFC 8628, 3.4).

Two of Stalwart's habits: a refresh normally brings no new refresh token, so the old one is kept; and every answer that
says no is a 400 with nothing but a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from stalwart_jmap.core.errors import NotJson, OAuthRefused
from stalwart_jmap.core.http import JSON, HttpAnswer, HttpRequest, post_form, read_json
from stalwart_jmap.core.wire import decode
from stalwart_jmap.secret import Secret

TOKEN_PATH: Final = "/auth/token"  # noqa: S105 - a path
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"


class _Tokens(msgspec.Struct):
    access_token: str
    expires_in: int
    refresh_token: str | None = None
    id_token: str | None = None


class _Refusal(msgspec.Struct):
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An access token with its lifetime in seconds, the refresh token to keep, and perhaps an ID token."""

    access: Secret
    refresh: Secret
    expires_in: int
    id_token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRefused:
    """The refresh token is dead: the person must sign in again. `error` is the server's code."""

    error: str


def exchange_request(*, code: Secret, verifier: Secret, client_id: str, redirect_uri: str) -> HttpRequest:
    """Trade an authorization code for tokens; `redirect_uri` must repeat the one the code was asked with."""
    return post_form(
        TOKEN_PATH,
        {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
    )


def refresh_request(*, refresh_token: Secret, client_id: str | None, path: str = TOKEN_PATH) -> HttpRequest:
    """Ask for a new access token."""
    fields: dict[str, str | Secret] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if client_id is not None:
        fields["client_id"] = client_id
    return post_form(path, fields)


def device_request(*, device_code: Secret, client_id: str, path: str = TOKEN_PATH) -> HttpRequest:
    """Ask whether the person has approved."""
    return post_form(path, {"grant_type": DEVICE_GRANT, "device_code": device_code, "client_id": client_id})


def read_tokens(answer: HttpAnswer, *, keep: Secret | None = None) -> Tokens:
    """Read the answer; `keep` is the refresh token that goes on when none came.

    Raises `OAuthRefused` with the server's code, or `NotJson` when the answer lacks something.
    """
    raise_oauth_refusal(answer)
    wire = read_json(answer, _Tokens)
    refresh = Secret(wire.refresh_token) if wire.refresh_token else keep
    if refresh is None or not wire.access_token:
        raise NotJson("the answer lacks a token")
    return Tokens(
        access=Secret(wire.access_token),
        refresh=refresh,
        expires_in=wire.expires_in,
        id_token=Secret(wire.id_token) if wire.id_token else None,
    )


def raise_oauth_refusal(answer: HttpAnswer) -> None:
    """Raise `OAuthRefused` for `{"error": …}`; other answers pass."""
    if answer.status != HTTPStatus.BAD_REQUEST or answer.media_type != JSON:
        return
    try:
        refusal = decode(answer.body, _Refusal)
    except NotJson:
        return
    raise OAuthRefused(refusal.error, status=answer.status)
