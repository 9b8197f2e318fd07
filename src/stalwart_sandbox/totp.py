"""Second factor as the server judges it: totp-rs rules for the stored URL, one step of tolerance, no replay check.

RFC 6238; the URL is stored unseen and judged only when somebody signs in, which is how an account gets locked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_ALGORITHMS: Final = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
_SMALLEST_SECRET: Final = 16
_DIGITS: Final = range(6, 9)
_STEPS: Final = (-1, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What an authenticator computes codes from; the period is in seconds."""

    secret: bytes
    algorithm: str = "sha1"
    digits: int = 6
    period: int = 30

    def code(self, at: float, *, step: int = 0) -> str:
        """The code at a moment (seconds since 1970), or of a neighbouring time step."""
        counter = int(at // self.period) + step
        mac = hmac.new(self.secret, struct.pack(">q", counter), self.algorithm).digest()
        offset = mac[-1] & 15
        number: int = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
        return str(number % 10**self.digits).zfill(self.digits)

    def accepts(self, code: str, at: float) -> bool:
        """Whether the code belongs to this, the previous or the next step; one code is taken any number of times."""
        given = code.encode()
        return any(hmac.compare_digest(self.code(at, step=step).encode(), given) for step in _STEPS)


def parse(url: str) -> Factor | None:
    """The factor described by an otpauth URL, or None where totp-rs refuses it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme != "otpauth" or parts.netloc.lower() != "totp":
        return None
    label = unquote(unquote(parts.path.lstrip("/")))
    issuer, colon, account = label.partition(":")
    if not colon:
        issuer, account = "", label
    if ":" in account:
        return None
    values = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = values.get("issuer")
    if named is not None and (":" in named or (colon and named != issuer)):
        return None
    return _factor(values)


def _factor(values: dict[str, str]) -> Factor | None:
    secret = _secret(values.get("secret", ""))
    algorithm = _ALGORITHMS.get(values.get("algorithm", "SHA1").upper())
    digits, period = values.get("digits", "6"), values.get("period", "30")
    if secret is None or algorithm is None or not (_is_number(digits) and _is_number(period)):
        return None
    if int(digits) not in _DIGITS or int(period) == 0:
        return None
    return Factor(secret=secret, algorithm=algorithm, digits=int(digits), period=int(period))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _secret(text: str) -> bytes | None:
    """Unpadded base32 of at least 128 bits."""
    if "=" in text:
        return None
    try:
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) >= _SMALLEST_SECRET else None
