"""S/MIME certificates (X.509, RFC 5280 and RFC 8551).

The server encrypts to every certificate of a value, whatever its dates, so those of issuers are left out here and the
rest is told. A certificate counts as usable when its RSA key may encipher keys and a trial works; a library's words
about an error are never shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account.key_facts import KeyReading, KeyRefused, Kind, Warn, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

MOST_CERTIFICATES = 10
_PKCS12_VERSION = b"\x02\x01\x03\x30"  # where a certificate has its own sequence, PKCS #12 says "version 3"
_SMALL = 2048  # bits of RSA


def certificates_in(der: bytes) -> tuple[bytes, ...]:
    """The certificates of a DER value: itself, or those of a PKCS #7 bundle.

    Raises:
        KeyRefused: it is a private key, a bundle that may hold one, or nothing that can be read.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key, load_der_public_key, pkcs7

    if _PKCS12_VERSION in der[:12]:
        raise KeyRefused(Why.BUNDLE)
    broken = (ValueError, TypeError, UnsupportedAlgorithm, OverflowError)
    try:
        x509.load_der_x509_certificate(der)
    except broken:
        pass
    else:
        return (der,)
    try:
        load_der_private_key(der, None)
    except TypeError as error:  # encrypted with a password
        raise KeyRefused(Why.PRIVATE) from error
    except broken:
        pass
    else:
        raise KeyRefused(Why.PRIVATE)
    try:
        load_der_public_key(der)
    except broken:
        pass
    else:
        raise KeyRefused(Why.BARE_KEY)
    try:
        return tuple(one.public_bytes(Encoding.DER) for one in pkcs7.load_der_pkcs7_certificates(der))
    except broken as error:
        raise KeyRefused(Why.BROKEN) from error


def read(certificates: Sequence[bytes]) -> KeyReading:
    """Read certificates that are sent as one value; the first of a person is the one that is told in full.

    Raises:
        KeyRefused: one of them cannot be used.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding

    if not certificates:
        raise KeyRefused(Why.NO_KEY)
    if len(certificates) > MOST_CERTIFICATES:
        raise KeyRefused(Why.TOO_MANY)
    try:
        loaded = [x509.load_der_x509_certificate(der) for der in dict.fromkeys(certificates)]
        issuers = [one for one in loaded if _is_issuer(one)]
        people = [one for one in loaded if one not in issuers]
        for one in people:
            _require_usable(one)
        text = "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in people)
        return _reading(people, issuers, text)
    except (TypeError, UnsupportedAlgorithm, OverflowError, x509.DuplicateExtension) as error:
        raise KeyRefused(Why.BROKEN) from error
    except KeyRefused:
        raise
    except ValueError as error:
        raise KeyRefused(Why.BROKEN) from error


def _reading(people: list[x509.Certificate], issuers: list[x509.Certificate], text: str) -> KeyReading:
    from cryptography.hazmat.primitives import hashes

    if not people:
        raise KeyRefused(Why.ISSUER_ONLY)
    first = people[0]
    key = first.public_key()
    notes = set()
    if issuers:
        notes.add(Warn.ISSUERS_LEFT_OUT)
    if not all(_is_for_mail(one) for one in people):
        notes.add(Warn.OTHER_USE)
    bits = getattr(key, "key_size", None)
    if bits is not None and bits < _SMALL:
        notes.add(Warn.SMALL)
    return KeyReading(
        kind=Kind.SMIME,
        text=text,
        fingerprint=first.fingerprint(hashes.SHA256()).hex().upper(),
        owners=tuple(dict.fromkeys(_printable(one.subject.rfc4514_string()) for one in people)),
        addresses=frozenset(address for one in people for address in _addresses(one)),
        algorithm="RSA",
        bits=bits,
        created=max(one.not_valid_before_utc for one in people),
        ends=min(one.not_valid_after_utc for one in people),
        encrypts=f"{first.serial_number:X}",
        issuers=_chain(first, issuers),
        others=len(people) - 1,
        notes=frozenset(notes),
    )


def _is_issuer(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _require_usable(certificate: x509.Certificate) -> None:
    """The key may encipher, and encrypting to it works: the server encrypts to RSA keys alone."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise KeyRefused(Why.UNUSABLE)
    if usage is not None and not (usage.key_encipherment or usage.data_encipherment):
        raise KeyRefused(Why.SIGN_ONLY)
    try:
        pkcs7.PKCS7EnvelopeBuilder().set_data(b"trial").add_recipient(certificate).encrypt(Encoding.DER, [])
    except (ValueError, TypeError) as error:
        raise KeyRefused(Why.UNUSABLE) from error


def _is_for_mail(certificate: x509.Certificate) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        uses = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return bool(uses & {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


def _addresses(certificate: x509.Certificate) -> frozenset[str]:
    """The addresses of the alternative names, and of the subject as older certificates have it."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = {str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)}
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        found |= set(names.get_values_for_type(x509.RFC822Name))
    return frozenset(_printable(one).lower() for one in found if "@" in one)


def _chain(certificate: x509.Certificate, issuers: list[x509.Certificate]) -> tuple[str, ...]:
    """Who issued it, and who issued that, as far as the given certificates prove it."""
    chain = [_common_name(certificate.issuer)]
    current, left = certificate, list(issuers)
    while left:
        above = next((one for one in left if _issued(current, one)), None)
        if above is None:
            break
        left.remove(above)
        if above.issuer == above.subject:
            break
        chain.append(_common_name(above.issuer))
        current = above
    return tuple(chain)


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _common_name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _printable(str(found[0].value)) if found else _printable(name.rfc4514_string())


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)[:300]
