"""Reading S/MIME certificates: what is told of each, and why one is not taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from bulwark.account.key_facts import KeyReading, KeyRefused, Kind, Warn, Why
from bulwark.account.key_reading import read_keys
from key_samples import NOW, certificate, der, pem, private_key, private_pem

MINE = {"alice@example.org"}


def read(pasted: bytes) -> KeyReading:
    (found,) = read_keys(pasted, NOW)
    return found


def why(pasted: bytes) -> Why:
    with pytest.raises(KeyRefused) as refused:
        read_keys(pasted, NOW)
    return refused.value.why


def test_a_certificate_is_told_in_full() -> None:
    found = read(pem(certificate()))

    assert (found.kind, found.algorithm, found.bits, found.encrypts) == (Kind.SMIME, "RSA", 2048, "51C2")
    assert found.owners == ("CN=Alice Lovelace",)
    assert found.addresses == MINE
    assert len(found.fingerprint) == 64
    assert found.created is not None
    assert found.ends == NOW.replace(minute=11, second=0) + timedelta(days=300)
    assert found.issuers == ("Alice Lovelace",)
    assert found.warnings(MINE, NOW) == ()


def test_pem_der_and_windows_line_ends_read_the_same() -> None:
    one = certificate()
    text = pem(one)

    assert read(der(one)) == read(text) == read(text.replace(b"\n", b"\r\n"))
    assert read(b"Bag Attributes\n    friendlyName: Alice\nsubject=/CN=Alice\n" + text) == read(text)
    assert read(text).text.encode() == text


def test_an_address_in_the_subject_counts() -> None:
    assert read(pem(certificate(in_subject=True))).addresses == MINE


def test_an_ended_certificate_is_taken_with_a_warning() -> None:
    assert read(pem(certificate(days=-10))).warnings(MINE, NOW) == (Warn.ENDED,)
    assert read(pem(certificate(days=20))).warnings(MINE, NOW) == (Warn.ENDS_SOON,)
    assert read(pem(certificate(begun=-5))).warnings(MINE, NOW) == (Warn.NOT_YET,)


def test_somebody_elses_certificate_is_taken_with_a_warning() -> None:
    assert read(pem(certificate("bob@example.org"))).warnings(MINE, NOW) == (Warn.NOT_MINE,)


def test_a_certificate_made_for_a_web_server_is_told() -> None:
    found = read(pem(certificate(extended=[ExtendedKeyUsageOID.SERVER_AUTH])))

    assert Warn.OTHER_USE in found.warnings(MINE, NOW)


def test_a_chain_is_told_and_issuers_are_left_out() -> None:
    root = certificate(is_issuer=True, common_name="Example Root", uses=["key_cert_sign"])
    middle = certificate(is_issuer=True, common_name="Example Mail CA 2", uses=["key_cert_sign"], issuer=root)
    leaf = certificate(issuer=middle)
    found = read(pem(leaf, middle, root))

    assert found.issuers == ("Example Mail CA 2", "Example Root")
    assert found.others == 0
    assert found.text.encode() == pem(leaf)
    assert found.warnings(MINE, NOW) == (Warn.ISSUERS_LEFT_OUT,)
    assert why(pem(root)) is Why.ISSUER_ONLY


def test_several_people_can_read_and_that_is_told() -> None:
    found = read(pem(certificate(), certificate("bob@example.org", common_name="Bob")))

    assert found.others == 1
    assert found.owners == ("CN=Alice Lovelace", "CN=Bob")
    assert Warn.SEVERAL in found.warnings(MINE, NOW)
    assert why(pem(*(certificate(f"p{n}@example.org") for n in range(11)))) is Why.TOO_MANY


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"key": "ec"}, Why.UNUSABLE),
        ({"key": "ed25519"}, Why.UNUSABLE),
        ({"uses": ["digital_signature"]}, Why.SIGN_ONLY),
        ({"uses": ["key_agreement"]}, Why.SIGN_ONLY),
    ],
)
def test_a_certificate_nobody_can_encrypt_to_is_refused(made: dict[str, object], reason: Why) -> None:
    assert why(pem(certificate(**made))) is reason  # type: ignore[arg-type]  # the arguments of the case


def test_a_certificate_without_key_usage_may_do_everything() -> None:
    assert read(pem(certificate(uses=None, extended=None))).warnings(MINE, NOW) == ()


def test_a_small_key_is_told() -> None:
    assert Warn.SMALL in read(pem(certificate(key="rsa1024"))).warnings(MINE, NOW)


def test_a_private_key_is_never_taken_whatever_surrounds_it() -> None:
    key = private_key("rsa2048")
    as_der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    locked = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )

    for pasted in (
        private_pem(),
        private_pem(old=True),
        private_pem(password=b"secret"),
        private_pem("ec", old=True),
        pem(certificate()) + private_pem(),
        as_der,
        locked,
    ):
        assert why(pasted) is Why.PRIVATE


def test_a_bundle_that_may_hold_a_private_key_is_refused() -> None:
    bundle = pkcs12.serialize_key_and_certificates(
        b"alice", private_key("rsa2048"), certificate(), None, serialization.NoEncryption()
    )

    assert why(bundle) is Why.BUNDLE


def test_a_bundle_of_certificates_is_opened() -> None:
    bundle = pkcs7.serialize_certificates([certificate()], serialization.Encoding.PEM)
    as_der = pkcs7.serialize_certificates([certificate()], serialization.Encoding.DER)

    assert read(bundle) == read(as_der) == read(pem(certificate()))


def test_a_bare_public_key_is_told_as_such() -> None:
    public = private_key("rsa2048").public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo

    assert why(public.public_bytes(serialization.Encoding.PEM, form)) is Why.BARE_KEY
    assert why(public.public_bytes(serialization.Encoding.DER, form)) is Why.BARE_KEY
    ssh = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    assert why(ssh) is Why.BARE_KEY


def test_thousands_of_names_are_read_or_refused_but_never_a_fault() -> None:
    many = pem(certificate(names=[f"a{n}@example.org" for n in range(1_500)]))
    too_many = pem(certificate(names=[f"a{n}@example.org" for n in range(10_000)]))

    assert len(read(many).addresses) == 1_500
    assert why(too_many) is Why.TOO_LARGE


def test_a_damaged_certificate_is_refused() -> None:
    raw = der(certificate())

    assert why(raw[:-20]) is Why.BROKEN
    assert why(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----") is Why.BROKEN
    assert why(raw + b"\0" * 10) is Why.BROKEN
