"""What an ID token proves (OpenID Connect Core 1.0, 3.1.3.7).

Signatures and times are joserfc's work; it is loaded on first use.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bulwark.errors import ProviderProblem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from joserfc.jwk import Key, KeySet

    from stalwart_jmap import Secret

LEEWAY: Final = 60  # seconds that the provider's clock may differ
MAX_KEYS: Final = 32
# Signatures with a public key alone: a token "signed" with nothing, or with the public key as a password, is none.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_PUBLIC_KINDS: Final = ("RSA", "EC", "OKP")
_LONGEST_SUBJECT: Final = 255


class KeyUnknown(Exception):
    """The token names a key that is not in the set: perhaps the provider has a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Who signed in at the provider, and when (seconds since 1970), if it says so."""

    subject: str
    auth_time: int | None


def key_set(records: Iterable[dict[str, Any]]) -> KeySet:
    """The public keys among `records` that can be read; others are left out.

    Raises:
        ProviderProblem: there are none, or too many.
    """
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import JWKRegistry, KeySet

    keys: list[Key] = []
    for number, record in enumerate(records):
        if number >= MAX_KEYS:
            raise ProviderProblem("unreadable")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)  # a weak key is none
                key = JWKRegistry.import_key(record)
        except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
            continue
        if key.key_type in _PUBLIC_KINDS and record.get("use", "sig") == "sig":
            keys.append(key)
    if not keys:
        raise ProviderProblem("unreadable")
    return KeySet(keys)


def prove(token: Secret, keys: KeySet, *, issuer: str, client_id: str, nonce: Secret, now: datetime) -> Proven:
    """Check an ID token in full.

    Raises:
        KeyUnknown: read the provider's keys anew and try again. ProviderProblem: the token proves nothing.
    """
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError

    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce.reveal()},
    )
    try:
        claims = jwt.decode(token.reveal(), keys, algorithms=ALGORITHMS).claims
        registry.validate(claims)
    except InvalidKeyIdError:
        raise KeyUnknown from None
    except (JoseError, ValueError, TypeError, RecursionError):  # their texts may quote the token
        raise ProviderProblem("token") from None
    audience, party, subject = claims["aud"], claims.get("azp"), claims["sub"]
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (party is not None or is_shared) and party != client_id:
        raise ProviderProblem("token")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise ProviderProblem("token")
    signed_in_at = claims.get("auth_time")
    return Proven(subject=subject, auth_time=signed_in_at if type(signed_in_at) is int else None)
