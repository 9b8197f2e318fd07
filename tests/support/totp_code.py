"""An authenticator app: RFC 6238 codes, written apart from the product so that the two prove each other."""

from __future__ import annotations

import base64
import hmac
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def totp_code(secret: str, at: datetime, *, steps: int = 0, digits: int = 6, algorithm: str = "sha1") -> str:
    """The code of an unpadded base32 secret at a moment, `steps` time steps of 30 seconds away from it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = int(at.timestamp()) // 30 + steps
    mac = hmac.digest(key, struct.pack(">Q", counter), algorithm)
    offset = mac[-1] & 15
    number = struct.unpack_from(">I", mac, offset)[0] & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def wrong_code(secret: str, at: datetime) -> str:
    """Six digits that are no code of the secret within five steps of the moment."""
    right = {totp_code(secret, at, steps=steps) for steps in range(-5, 6)}
    return next(code for code in (f"{number:06d}" for number in range(123456, 123999)) if code not in right)
