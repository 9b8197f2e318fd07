"""An OpenID Connect provider that signs people in for the mail server: its document, its tokens, signing out there.

OpenID Connect Discovery 1.0 and RP-Initiated Logout 1.0; client authentication as in RFC 6749, 2.3.1. Nothing here
opens a connection: each step builds a request and reads its answer; whether to go to an address the caller decides.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from stalwart_jmap.core.errors import NotJson, OAuthRefused
from stalwart_jmap.core.http import JSON, HttpAnswer, HttpRequest, get, post_form, raise_for_status, read_json
from stalwart_jmap.core.wire import decode
from stalwart_jmap.oauth.tokens import Tokens
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from stalwart_jmap.oauth.code_flow import Pkce

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_KEY_SET: Final = "application/jwk-set+json"
_BASIC: Final = "client_secret_basic"
_POST: Final = "client_secret_post"
_AN_HOUR: Final = 3600  # for a provider that does not say how long an access token lasts


class _Document(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: int | str | None = None
    refresh_token: str | None = None
    id_token: str | None = None


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


class _Refusal(msgspec.Struct):
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider says about itself; `repeats_issuer`: the redirect back carries `iss` (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    takes_basic: bool
    repeats_issuer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How a program is registered at a provider; without a secret it is a public client."""

    id: str
    secret: Secret | None = None


def document_url(issuer: str) -> str:
    """Where the document of `issuer` is (Discovery 1.0, section 4)."""
    return issuer.rstrip("/") + _WELL_KNOWN


def get_request(url: str) -> HttpRequest:
    """Ask for a public document."""
    return get(_path(url))


def read_document(answer: HttpAnswer, *, issuer: str) -> Provider:
    """Read a provider's document. Raises `NotJson` also when it speaks for another issuer."""
    wire = read_json(answer, _Document)
    if wire.issuer != issuer:
        raise NotJson("the document is of another issuer")
    methods = wire.token_endpoint_auth_methods_supported
    return Provider(
        issuer=wire.issuer,
        authorization_endpoint=wire.authorization_endpoint,
        token_endpoint=wire.token_endpoint,
        jwks_uri=wire.jwks_uri,
        end_session_endpoint=wire.end_session_endpoint,
        takes_basic=methods is None or _BASIC in methods or _POST not in methods,
        repeats_issuer=wire.authorization_response_iss_parameter_supported,
    )


def read_keys(answer: HttpAnswer) -> list[dict[str, Any]]:
    """Read a set of public keys (RFC 7517, section 5). Raises `RequestError`, `NotJson`."""
    raise_for_status(answer)
    if answer.media_type not in {JSON, _KEY_SET}:
        raise NotJson("the answer is no set of keys")
    return decode(answer.body, _KeySet).keys


def code_request(
    url: str, *, client: Client, takes_basic: bool, code: Secret, pkce: Pkce, redirect_uri: str
) -> HttpRequest:
    """Trade an authorization code for tokens."""
    fields: dict[str, str | Secret] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": pkce.verifier,
    }
    return _authenticated(url, fields, client, takes_basic=takes_basic)


def refresh_request(url: str, *, client: Client, takes_basic: bool, refresh_token: Secret) -> HttpRequest:
    """Ask for a new access token."""
    fields: dict[str, str | Secret] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _authenticated(url, fields, client, takes_basic=takes_basic)


def read_tokens(answer: HttpAnswer, *, keep: Secret | None = None) -> Tokens:
    """Read the answer; `keep` is the refresh token that goes on when none came. Without either it is empty.

    Raises `OAuthRefused` with the provider's code, or `NotJson` when the answer is no bearer token.
    """
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} and answer.media_type == JSON:
        raise OAuthRefused(decode(answer.body, _Refusal).error, status=answer.status)
    wire = read_json(answer, _Tokens)
    if not wire.access_token or wire.token_type.lower() != "bearer":
        raise NotJson("the answer is no bearer token")
    ends = str(wire.expires_in)
    return Tokens(
        access=Secret(wire.access_token),
        refresh=Secret(wire.refresh_token) if wire.refresh_token else keep or Secret(""),
        expires_in=int(ends[:9]) if ends.isdecimal() else _AN_HOUR,
        id_token=Secret(wire.id_token) if wire.id_token else None,
    )


def end_session_query(*, client_id: str, id_token: Secret, redirect_uri: str) -> str:
    """Write the query of the address that signs a person out at the provider and leads back."""
    return urlencode(
        {"id_token_hint": id_token.reveal(), "client_id": client_id, "post_logout_redirect_uri": redirect_uri}
    )


def with_query(url: str, query: str) -> str:
    """Add a query to an endpoint, which may have one of its own (RFC 6749, 3.1)."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def _authenticated(url: str, fields: dict[str, str | Secret], client: Client, *, takes_basic: bool) -> HttpRequest:
    """The request with the client's name, and its secret where it has one: in a header, else in the form."""
    if client.secret is None:
        return post_form(_path(url), fields | {"client_id": client.id})
    if not takes_basic:
        return post_form(_path(url), fields | {"client_id": client.id, "client_secret": client.secret})
    pair = f"{quote_plus(client.id)}:{quote_plus(client.secret.reveal())}".encode()
    return post_form(_path(url), fields).authorized(Secret(f"Basic {b64encode(pair).decode()}"))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
