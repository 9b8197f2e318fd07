"""A configuration profile for iPhone, iPad and Mac: mail, calendars and contacts as far as the app password reaches.

The format is Apple's property list of payloads. A profile is signed (CMS, RFC 5652) when the operator has a
certificate; an unsigned one installs as well, and the device says that nobody vouches for it.
"""

from __future__ import annotations

import plistlib
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bulwark.features.app_passwords.kits.servers import Server
    from stalwart_jmap import Secret

CONTENT_TYPE = "application/x-apple-aspen-config"
FILE_NAME = "mail.mobileconfig"
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_NAMES = uuid.UUID("4d5b8f0e-6f0b-5d53-9c6d-6a4a4f0f2a10")  # of this panel's profiles, for UUIDs from names (RFC 9562)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFor:
    """Whose profile: the address signs in, `device` is the app password's name, `organisation` the mail server's."""

    address: str
    device: str
    organisation: str
    secret: Secret
    servers: Sequence[Server]


def is_offered(protocols: Sequence[str]) -> bool:
    """Whether a device can be set up with it: reading and sending mail, or calendars and contacts."""
    return {"IMAP", "SMTP"} <= set(protocols) or {"CalDAV", "CardDAV"} <= set(protocols)


def build(whose: ProfileFor) -> bytes:
    """The profile as an XML property list; the same app password always gives the same identifiers."""
    name = f"{whose.organisation} {whose.address} {whose.device}"
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": _identifier(whose, "profile"),
        "PayloadUUID": _uuid(name, "profile"),
        "PayloadDisplayName": f"{whose.organisation}: {whose.address}",
        "PayloadDescription": whose.device,
        "PayloadOrganization": whose.organisation,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": list(_payloads(whose, name)),
    }
    return plistlib.dumps(profile, sort_keys=True)


def sign(profile: bytes, certificate_file: Path) -> bytes:
    """The profile inside a CMS signature (DER), with the certificates of the chain.

    Raises ValueError when the file holds no certificate with its private key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

    pem = certificate_file.read_bytes()
    own, *chain = x509.load_pem_x509_certificates(pem)
    block = _KEY.search(pem)
    key = load_pem_private_key(block[0], password=None) if block else None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("a profile is signed with an RSA or elliptic curve key")  # noqa: TRY004 - it is about a file
    builder = PKCS7SignatureBuilder().set_data(profile).add_signer(own, key, SHA256())
    for one in chain:
        builder = builder.add_certificate(one)
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def _payloads(whose: ProfileFor, name: str) -> Iterator[dict[str, Any]]:
    by_protocol = {server.protocol: server for server in whose.servers}
    if {"IMAP", "SMTP"} <= by_protocol.keys():
        yield _payload(whose, name, "com.apple.mail.managed") | _mail(whose, by_protocol["IMAP"], by_protocol["SMTP"])
    for protocol, kind in (("CalDAV", "com.apple.caldav.account"), ("CardDAV", "com.apple.carddav.account")):
        if protocol in by_protocol:
            yield _payload(whose, name, kind) | _dav(whose, protocol, by_protocol[protocol])


def _payload(whose: ProfileFor, name: str, kind: str) -> dict[str, Any]:
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": _identifier(whose, kind),
        "PayloadUUID": _uuid(name, kind),
        "PayloadDisplayName": whose.address,
    }


def _mail(whose: ProfileFor, reading: Server, sending: Server) -> dict[str, Any]:
    password = whose.secret.reveal()
    return {
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountDescription": whose.organisation,
        "EmailAddress": whose.address,
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": reading.host,
        "IncomingMailServerPortNumber": reading.port,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": whose.address,
        "IncomingPassword": password,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": sending.host,
        "OutgoingMailServerPortNumber": sending.port,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": whose.address,
        "OutgoingPassword": password,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def _dav(whose: ProfileFor, protocol: str, server: Server) -> dict[str, Any]:
    return {
        f"{protocol}AccountDescription": whose.organisation,
        f"{protocol}HostName": server.host,
        f"{protocol}Port": server.port,
        f"{protocol}UseSSL": urlsplit(server.address).scheme == "https",
        f"{protocol}PrincipalURL": f"/dav/pal/{whose.address}/",
        f"{protocol}Username": whose.address,
        f"{protocol}Password": whose.secret.reveal(),
    }


def _identifier(whose: ProfileFor, part: str) -> str:
    return f"bulwark.{_uuid(f'{whose.organisation} {whose.address} {whose.device}', part)}"


def _uuid(name: str, part: str) -> str:
    return str(uuid.uuid5(_NAMES, f"{name} {part}")).upper()
