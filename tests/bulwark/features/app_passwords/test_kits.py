"""Device kits: the profile holds what Apple's format names and nothing else; snippets hold no secret."""

from __future__ import annotations

import plistlib
import subprocess
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from bulwark.features.app_passwords.kits import profile
from bulwark.features.app_passwords.kits.profile import ProfileFor
from bulwark.features.app_passwords.kits.servers import Server, servers_for
from bulwark.features.app_passwords.kits.snippets import snippets_for
from bulwark.settings import Settings
from bulwark.web import qr
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "app_aaaaac4k7m2xq9ztb4rn8wzehx6d2pva9lqf"
ALL = ("IMAP", "POP3", "SMTP", "CalDAV", "CardDAV", "WebDAV", "ManageSieve", "JMAP")
# The keys of each payload and their types, as Apple's device management documentation has them.
COMMON: dict[str, type] = {
    "PayloadType": str,
    "PayloadVersion": int,
    "PayloadIdentifier": str,
    "PayloadUUID": str,
    "PayloadDisplayName": str,
}
MAIL: dict[str, type] = {
    "EmailAccountType": str,
    "EmailAccountDescription": str,
    "EmailAddress": str,
    "IncomingMailServerAuthentication": str,
    "IncomingMailServerHostName": str,
    "IncomingMailServerPortNumber": int,
    "IncomingMailServerUseSSL": bool,
    "IncomingMailServerUsername": str,
    "IncomingPassword": str,
    "OutgoingMailServerAuthentication": str,
    "OutgoingMailServerHostName": str,
    "OutgoingMailServerPortNumber": int,
    "OutgoingMailServerUseSSL": bool,
    "OutgoingMailServerUsername": str,
    "OutgoingPassword": str,
    "OutgoingPasswordSameAsIncomingPassword": bool,
}


def dav(kind: str) -> dict[str, type]:
    return {
        f"{kind}AccountDescription": str,
        f"{kind}HostName": str,
        f"{kind}Port": int,
        f"{kind}UseSSL": bool,
        f"{kind}PrincipalURL": str,
        f"{kind}Username": str,
        f"{kind}Password": str,
    }


SCHEMAS: dict[str, dict[str, type]] = {
    "com.apple.mail.managed": COMMON | MAIL,
    "com.apple.caldav.account": COMMON | dav("CalDAV"),
    "com.apple.carddav.account": COMMON | dav("CardDAV"),
}
PROFILE = COMMON | {
    "PayloadDescription": str,
    "PayloadOrganization": str,
    "PayloadRemovalDisallowed": bool,
    "PayloadContent": list,
}


def settings(**more: str) -> Settings:
    environ = {"SERVER_URL": "https://mail.example.org", "DATA_DIR": "/nonexistent", **more}
    return Settings.load({f"BULWARK_{name}": value for name, value in environ.items()}, None).settings


def whose(*protocols: str, **more: str) -> ProfileFor:
    return ProfileFor(
        address="alice@example.org",
        device='Phone of "Alice" & <Bob>',
        organisation="Example mail",
        secret=Secret(SECRET),
        servers=servers_for(protocols, settings(**more)),
    )


def check(found: dict[str, Any], schema: dict[str, type]) -> None:
    assert found.keys() == schema.keys()
    for key, kind in schema.items():
        assert type(found[key]) is kind, key
    assert str(uuid.UUID(found["PayloadUUID"])).upper() == found["PayloadUUID"]


@pytest.mark.parametrize(
    ("protocols", "payloads"),
    [
        (("IMAP", "SMTP"), ["com.apple.mail.managed"]),
        (("CalDAV", "CardDAV"), ["com.apple.caldav.account", "com.apple.carddav.account"]),
        (("IMAP", "SMTP", "CalDAV", "CardDAV"), list(SCHEMAS)),
    ],
)
def test_a_profile_holds_what_the_preset_reaches(protocols: tuple[str, ...], payloads: list[str]) -> None:
    found = plistlib.loads(profile.build(whose(*protocols)))

    assert profile.is_offered(protocols)
    check(found, PROFILE)
    assert [payload["PayloadType"] for payload in found["PayloadContent"]] == payloads
    identifiers = [found["PayloadIdentifier"], *(one["PayloadIdentifier"] for one in found["PayloadContent"])]
    assert len(set(identifiers)) == len(identifiers)
    for payload in found["PayloadContent"]:
        check(payload, SCHEMAS[payload["PayloadType"]])
        assert SECRET in payload.values()


def test_a_profile_names_the_servers_of_the_settings() -> None:
    made = profile.build(
        whose("IMAP", "SMTP", "CalDAV", "CardDAV", IMAP="imap.example.org:143", DAV="https://d.test:8443")
    )
    mail, calendars, contacts = plistlib.loads(made)["PayloadContent"]

    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == ("imap.example.org", 143)
    assert (mail["OutgoingMailServerHostName"], mail["OutgoingMailServerPortNumber"]) == ("mail.example.org", 465)
    assert (calendars["CalDAVHostName"], calendars["CalDAVPort"]) == ("d.test", 8443)
    assert contacts["CardDAVPrincipalURL"] == "/dav/pal/alice@example.org/"


@pytest.mark.parametrize("protocols", [("IMAP",), ("SMTP",), ("POP3", "SMTP"), ("CalDAV",), ("JMAP",), ()])
def test_what_no_apple_device_can_use_alone_gets_no_profile(protocols: tuple[str, ...]) -> None:
    assert not profile.is_offered(protocols)


def certificate(folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, SHA256())
    )
    path = folder / "profile.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + pem)
    return path


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_signed_profile_is_the_same_one_inside_a_signature(tmp_path: Path, kind: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    made = profile.build(whose("IMAP", "SMTP"))
    signed = profile.sign(made, certificate(tmp_path, key))

    assert made in signed
    assert [one.serial_number for one in load_der_pkcs7_certificates(signed)] == [7]


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_certificate_or_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.pem").write_text(content)

    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says, it is a value
        profile.sign(b"profile", tmp_path / "x.pem")


def test_every_protocol_has_its_line() -> None:
    lines = servers_for(ALL, settings(SIEVE="mail.example.org:4190", SMTP="smtp.example.org:587"))

    assert [line.protocol for line in lines] == list(ALL)
    assert {line.protocol: line.security for line in lines} == {
        **dict.fromkeys(ALL, "SSL/TLS"),
        "ManageSieve": "STARTTLS",
        "SMTP": "STARTTLS",
    }
    assert servers_for((), settings()) == ()


def test_snippets_hold_no_secret_and_quote_what_they_are_given() -> None:
    servers = servers_for(ALL, settings())
    snippets = snippets_for("o'hara@example.org", servers)

    assert {snippet.file for snippet in snippets} == {"curl", "~/.mbsyncrc", "~/.msmtprc"}
    for snippet in snippets:
        assert SECRET not in snippet.text
        if snippet.file == "curl":
            assert "--user 'o'\\''hara@example.org'" in snippet.text
            checked = subprocess.run(["sh", "-n"], input=snippet.text, text=True, capture_output=True, check=False)
            assert checked.returncode == 0, checked.stderr


def test_starttls_is_demanded_where_the_port_means_it() -> None:
    plain = Server(protocol="IMAP", purpose="", host="2001:db8::1", port=143, is_upgraded=True)
    by_file = {
        snippet.file: snippet.text for snippet in snippets_for("a@b.test", [plain, replace(plain, protocol="SMTP")])
    }

    assert "--ssl-reqd" in by_file["curl"]
    assert "imap://[2001:db8::1]:143/" in by_file["curl"]
    assert "TLSType STARTTLS" in by_file["~/.mbsyncrc"]
    assert "tls_starttls on" in by_file["~/.msmtprc"]


def test_a_qr_code_is_one_path() -> None:
    drawn = qr.draw("davx5://alice%40example.org@mail.example.org/")

    assert drawn.size >= 21
    assert drawn.path.startswith("M")
