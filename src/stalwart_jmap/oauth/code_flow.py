"""PKCE, and the redirect to a sign-in page and back (RFC 7636, RFC 6749 4.1, RFC 9207)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from stalwart_jmap.core.errors import OAuthRefused
from stalwart_jmap.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERIFIER_BYTES: Final = 48  # 64 characters; the server takes 43 to 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkce:
    """A fresh verifier, kept until the exchange, and its S256 challenge, sent ahead."""

    verifier: Secret
    challenge: str

    @classmethod
    def new(cls) -> Pkce:
        """Make a pair from 384 random bits."""
        return cls.from_verifier(Secret(secrets.token_urlsafe(_VERIFIER_BYTES)))

    @classmethod
    def from_verifier(cls, verifier: Secret) -> Pkce:
        """Derive the challenge of a known verifier."""
        digest = hashlib.sha256(verifier.reveal().encode()).digest()
        return cls(verifier=verifier, challenge=urlsafe_b64encode(digest).rstrip(b"=").decode())


def authorization_query(
    *,
    client_id: str,
    redirect_uri: str,
    pkce: Pkce,
    state: Secret,
    nonce: Secret | None = None,
    scope: Sequence[str] = ("openid",),
    login_hint: str | None = None,
    max_age: int | None = None,
    prompt: str | None = None,
) -> str:
    """Write the query of the sign-in page's address; `max_age` in seconds, 0 asks for a fresh sign-in.

    `prompt` `login` asks for the same in the words of providers that do not know `max_age`.
    """
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
        "state": state.reveal(),
        "scope": " ".join(scope),
    }
    if nonce is not None:
        fields["nonce"] = nonce.reveal()
    if login_hint is not None:
        fields["login_hint"] = login_hint
    if max_age is not None:
        fields["max_age"] = str(max_age)
    if prompt is not None:
        fields["prompt"] = prompt
    return urlencode(fields)


def read_callback(query: str, *, state: Secret, issuer: str | None, issuer_is_optional: bool = False) -> Secret:
    """Read the query that came back and give the code.

    `issuer` must be repeated exactly where given (RFC 9207); with `issuer_is_optional` it may be missing, not another:
    for a provider that does not promise to send it. Raises `OAuthRefused`: with the server's code, or with
    `invalid_state`, `invalid_issuer`, `invalid_request` when the query is not an answer to our question.
    """
    try:
        fields = parse_qs(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=20, errors="strict")
    except ValueError:
        raise OAuthRefused("invalid_request") from None
    if any(len(values) > 1 for values in fields.values()):
        raise OAuthRefused("invalid_request")
    single = {name: values[0] for name, values in fields.items()}
    if not hmac.compare_digest(single.get("state", "").encode(), state.reveal().encode()):
        raise OAuthRefused("invalid_state")
    if issuer is not None and single.get("iss", issuer if issuer_is_optional else None) != issuer:
        raise OAuthRefused("invalid_issuer")
    if "error" in single:
        raise OAuthRefused(single["error"])
    if not single.get("code"):
        raise OAuthRefused("invalid_request")
    return Secret(single["code"])
