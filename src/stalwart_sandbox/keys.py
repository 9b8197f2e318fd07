"""Reading encryption keys as the server does: the block's label decides the kind, text before it is refused.

pysequoia and cryptography are loaded on first use.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_BLOCK: Final = re.compile(r"-----BEGIN ([^-\n]+)-----(.*?)-----END \1-----", re.DOTALL)
NO_KEY: Final = "No valid public key found."
MIXED: Final = "Cannot mix OpenPGP and S/MIME certificates"
BROKEN: Final = "Failed to decode base64 certificate."
UNSUITABLE: Final = "Could not find any suitable keys in OpenPGP public key"


class KeyRefused(ValueError):
    """The server's sentence about a key it does not take."""


def read(text: str, now: float) -> bool:
    """Whether the key is OpenPGP (else S/MIME); KeyRefused where the server refuses it at this moment."""
    if not text.lstrip().startswith("-----"):
        raise KeyRefused(NO_KEY)
    labels = [(match[1], match[2]) for match in _BLOCK.finditer(text)]
    openpgp = [body for label, body in labels if "PGP" in label and "CERTIFICATE" not in label]
    smime = [body for label, body in labels if "CERTIFICATE" in label]
    if openpgp and smime:
        raise KeyRefused(MIXED)
    if openpgp:
        _check_openpgp(text, now)
    elif smime:
        for body in smime:
            _check_certificate(_decode(body))
    else:
        raise KeyRefused(NO_KEY)
    return bool(openpgp)


def _decode(body: str) -> bytes:
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyRefused(BROKEN) from error


def _check_openpgp(text: str, now: float) -> None:
    import pysequoia

    try:
        certificate = pysequoia.Cert.from_bytes(text.strip().encode())
    except (RuntimeError, ValueError) as error:
        raise KeyRefused(f"Failed to decode OpenPGP public key: {str(error).splitlines()[0]}") from error
    if certificate.is_revoked or (certificate.expiration is not None and certificate.expiration.timestamp() <= now):
        raise KeyRefused(UNSUITABLE)
    try:
        pysequoia.encrypt(recipients=[certificate], bytes=b"probe")
    except (RuntimeError, ValueError) as error:
        raise KeyRefused(UNSUITABLE) from error


def _check_certificate(raw: bytes) -> None:
    from cryptography import x509

    try:
        x509.load_der_x509_certificate(raw).public_key()
    except (ValueError, TypeError) as error:
        raise KeyRefused(f"Failed to decode X509 certificate: {error}") from error
