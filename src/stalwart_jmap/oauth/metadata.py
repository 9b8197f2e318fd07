"""What a server says about its OAuth endpoints (RFC 8414), and who signs a login in (`/api/discover`).

Of Stalwart's own document only the issuer and paths matter. For a login of an external directory the document is the
provider's: its addresses are absolute and lead elsewhere, and whether to go there is the caller's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from stalwart_jmap.core.http import HttpRequest, get, read_json
from stalwart_jmap.oauth.interactive import normal_login

if TYPE_CHECKING:
    from stalwart_jmap.core.http import HttpAnswer

METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
PROVIDER_PATH: Final = "/.well-known/openid-configuration"


class _Metadata(msgspec.Struct):
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    device_authorization_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Endpoints as published, relative or absolute; nothing here is trusted or followed by this library.

    `repeats_issuer`: the redirect back carries `iss` (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    device_authorization_endpoint: str | None
    userinfo_endpoint: str | None
    jwks_uri: str | None
    repeats_issuer: bool


def metadata_request() -> HttpRequest:
    """Ask for the server's own document."""
    return get(METADATA_PATH)


def discover_request(login: str) -> HttpRequest:
    """Ask who signs `login` in; no password is involved."""
    return get(f"/api/discover/{quote(normal_login(login), safe='@')}")


def provider_request(issuer: str) -> HttpRequest:
    """Ask an OpenID provider for its document (OpenID Connect Discovery, 4.1); to be sent to the issuer's origin."""
    return get(urlsplit(issuer).path.rstrip("/") + PROVIDER_PATH)


def read_metadata(answer: HttpAnswer) -> Metadata:
    """Read either document."""
    wire = read_json(answer, _Metadata)
    return Metadata(
        issuer=wire.issuer,
        authorization_endpoint=wire.authorization_endpoint,
        token_endpoint=wire.token_endpoint,
        device_authorization_endpoint=wire.device_authorization_endpoint,
        userinfo_endpoint=wire.userinfo_endpoint,
        jwks_uri=wire.jwks_uri,
        repeats_issuer=wire.authorization_response_iss_parameter_supported,
    )
