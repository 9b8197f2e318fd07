"""Keys for tests: OpenPGP ones from files (made with GnuPG, public halves only), certificates made on the spot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parents[1] / "bulwark" / "account" / "keys"
NOW = datetime(2026, 11, 23, 14, 11, tzinfo=UTC)


def openpgp(name: str) -> bytes:
    """An armoured public key of the folder."""
    return (FOLDER / f"{name}.asc").read_bytes()


@cache
def private_key(kind: str = "rsa2048") -> Any:
    """A private key of this process; `rsa2048`, `rsa1024`, `ec`, `ed25519`."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))


def certificate(
    address: str = "alice@example.org",
    *,
    key: str = "rsa2048",
    days: int = 300,
    begun: int = 100,
    uses: Iterable[str] | None = ("key_encipherment", "digital_signature"),
    extended: Iterable[x509.ObjectIdentifier] | None = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    names: Iterable[str] | None = None,
    common_name: str = "Alice Lovelace",
    issuer: x509.Certificate | None = None,
    is_issuer: bool = False,
    in_subject: bool = False,
) -> x509.Certificate:
    """A certificate that began `begun` days ago and ends in `days`."""
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if in_subject:
        subject.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, address))
    own = private_key(key)
    name = x509.Name(subject)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.subject if issuer is not None else name)
        .public_key(own.public_key())
        .serial_number(0x51C2)
        .not_valid_before(NOW - timedelta(days=begun))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=None), critical=True)
    )
    if not in_subject and not is_issuer:
        listed = [x509.RFC822Name(one) for one in (names or [address])]
        built = built.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    if uses is not None:
        built = built.add_extension(_usage(set(uses)), critical=True)
    if extended is not None and not is_issuer:
        built = built.add_extension(x509.ExtendedKeyUsage(list(extended)), critical=False)
    signer = private_key("rsa2048") if issuer is not None or key != "ed25519" else own
    return built.sign(signer, None if key == "ed25519" and issuer is None else hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates one after the other."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def der(one: x509.Certificate) -> bytes:
    """A certificate as a binary file."""
    return one.public_bytes(serialization.Encoding.DER)


def private_pem(kind: str = "rsa2048", password: bytes | None = None, *, old: bool = False) -> bytes:
    """A private key as PEM."""
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.TraditionalOpenSSL if old else serialization.PrivateFormat.PKCS8
    return bytes(private_key(kind).private_bytes(serialization.Encoding.PEM, form, protection))


def _usage(uses: set[str]) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
        " encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name in uses for name in every.split()})
