"""Reading OpenPGP keys: what is told of each, and why one is not taken."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime, timedelta

import pysequoia
import pytest

import key_samples
from bulwark.account.key_facts import KeyReading, KeyRefused, Kind, Warn, Why
from bulwark.account.key_reading import read_keys
from bulwark.account.openpgp import armoured
from key_samples import NOW, openpgp


def read(pasted: bytes, now: datetime = NOW) -> KeyReading:
    (found,) = read_keys(pasted, now)
    return found


def why(pasted: bytes, now: datetime = NOW) -> Why:
    with pytest.raises(KeyRefused) as refused:
        read_keys(pasted, now)
    return refused.value.why


def binary(armour: bytes) -> bytes:
    lines = armour.decode().split("\n\n", 1)[1].split("\n=")[0]
    return base64.b64decode(lines)


@pytest.mark.parametrize(
    ("name", "algorithm", "bits"),
    [
        ("rsa2048", "RSA", 2048),
        ("rsa3072", "RSA", 3072),
        ("rsa4096", "RSA", 4096),
        ("curve25519", "ECDH Curve25519", None),
        ("nistp256", "ECDH NIST P-256", None),
        ("nistp384", "ECDH NIST P-384", None),
    ],
)
def test_algorithm_and_size_are_told(name: str, algorithm: str, bits: int | None) -> None:
    found = read(openpgp(name))

    assert (found.kind, found.algorithm, found.bits) == (Kind.OPENPGP, algorithm, bits)
    assert len(found.fingerprint) == 40
    assert found.created == datetime(2025, 1, 1, tzinfo=UTC)
    assert found.ends is None
    assert found.encrypts.startswith("0x")


def test_a_new_version_six_key_is_read() -> None:
    made = pysequoia.Tsk.generate(user_id="Six <six@example.org>", profile=pysequoia.Profile.RFC9580)
    found = read(bytes(made.extract_certificate()), datetime.now(UTC) + timedelta(minutes=1))

    assert found.algorithm == "X25519"
    assert len(found.fingerprint) == 64
    assert found.addresses == {"six@example.org"}


def test_owners_and_addresses_are_told() -> None:
    found = read(openpgp("several-ids"))

    assert set(found.owners) == {"Max One <max@example.org>", "Max Two <max.two@example.net>"}
    assert found.addresses == {"max@example.org", "max.two@example.net"}
    assert read(openpgp("unicode")).owners == ("Žofie Überall ☂ <zofie@example.org>",)
    assert len(read(openpgp("hundred-ids")).addresses) == 100


def test_warnings_name_what_a_person_should_know() -> None:
    mine = {"udo@example.org"}

    assert read(openpgp("ends-2027")).warnings(mine, NOW) == ()
    assert read(openpgp("ends-2027")).warnings(mine, datetime(2026, 12, 5, tzinfo=UTC)) == (Warn.ENDS_SOON,)
    assert read(openpgp("curve25519")).warnings(mine, NOW) == (Warn.NOT_MINE,)
    assert read(openpgp("curve25519")).warnings((), NOW) == ()
    assert read(openpgp("no-address")).warnings(mine, NOW) == (Warn.NO_ADDRESS,)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sign-only", Why.SIGN_ONLY),
        ("expired", Why.ENDED),
        ("subkey-expired", Why.ENDED),
        ("revoked", Why.REVOKED),
        ("rsa1024", Why.UNUSABLE),
    ],
)
def test_a_key_nobody_can_encrypt_to_is_refused_with_the_reason(name: str, reason: Why) -> None:
    assert why(openpgp(name)) is reason


def test_a_key_is_judged_at_the_given_moment() -> None:
    assert why(openpgp("ends-2027"), datetime(2027, 1, 2, tzinfo=UTC)) is Why.ENDED
    assert why(openpgp("curve25519"), datetime(2024, 1, 1, tzinfo=UTC)) is Why.NOT_YET


def test_armour_is_made_anew_without_header_lines() -> None:
    armour = openpgp("curve25519").decode()
    begin, rest = armour.split("\n", 1)
    commented = f"{begin}\nVersion: GnuPG v2\nComment: made by hand\nCharset: UTF-8\n{rest}"

    assert read(commented.encode()).text == armour
    assert read(commented.replace("\n", "\r\n").encode()).text == armour
    assert read(f"Dear all,\n\nmy key:\n\n{commented}\n-- \nCarla".encode()).text == armour
    assert read(armour.encode("utf-16")).text == armour
    assert read("".join(f"> {line}\n" for line in armour.splitlines()).encode()).text == armour
    assert read(binary(openpgp("curve25519"))).text == armour


def test_several_keys_are_read_each_for_itself() -> None:
    names = ("curve25519", "rsa2048", "nistp256")
    in_one_file = read_keys(b"".join(openpgp(name) for name in names), NOW)
    in_one_block = read_keys(armoured(b"".join(binary(openpgp(name)) for name in names)).encode(), NOW)

    assert [key.text for key in in_one_file] == [openpgp(name).decode() for name in names]
    assert in_one_block == in_one_file
    assert why(b"".join(openpgp("curve25519") for _ in range(11))) is Why.TOO_MANY


def test_a_private_key_is_never_taken_whatever_surrounds_it() -> None:
    made = pysequoia.Tsk.generate(user_id="Private <p@example.org>")
    secret = bytes(made)
    text = str(pysequoia.armor(secret, pysequoia.ArmorKind.SecretKey)).encode()
    disguised = armoured(secret).encode()

    for pasted in (text, secret, disguised, openpgp("curve25519") + text, b"my secret key is hidden"):
        assert why(pasted) is Why.PRIVATE


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (b"", Why.EMPTY),
        (b" \r\n\t", Why.EMPTY),
        (b"hello", Why.NO_KEY),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----", Why.NO_KEY),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME", Why.CUT_OFF),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----", Why.BROKEN),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----", Why.BROKEN),
        (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here", Why.BARE_KEY),
        (b"x" * (64 * 1024 + 1), Why.TOO_LARGE),
        (b"\xc8" * 60_000, Why.NO_KEY),
    ],
)
def test_what_is_no_key_is_refused(pasted: bytes, reason: Why) -> None:
    assert why(pasted) is reason


def test_a_damaged_key_is_refused() -> None:
    raw = bytearray(binary(openpgp("rsa2048")))
    raw[30] ^= 0xFF
    cut = binary(openpgp("rsa2048"))[:-10]

    assert why(armoured(bytes(raw)).encode()) in {Why.BROKEN, Why.UNUSABLE, Why.SIGN_ONLY}
    assert why(armoured(cut).encode()) is Why.CUT_OFF


def test_a_forged_longer_life_is_not_believed() -> None:
    """The newest binding says when a subkey ends; a signature that does not hold must not lengthen it."""
    raw = bytearray(binary(openpgp("subkey-expired")))
    raw[-30] ^= 0x01

    assert why(armoured(bytes(raw)).encode()) in {Why.ENDED, Why.UNUSABLE, Why.SIGN_ONLY}


def test_an_armour_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b"\0" * 50_000_000)[:60_000]
    packed = bytes([0xC8, 0xFF]) + (len(bomb) + 1).to_bytes(4, "big") + b"\x02" + bomb
    many_headers = (
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + b"Comment: x\n" * 5_500 + b"-----END PGP PUBLIC KEY BLOCK-----"
    )
    many_blocks = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAA==\n-----END PGP PUBLIC KEY BLOCK-----\n" * 700

    assert why(armoured(packed[:45_000]).encode()) in {Why.NO_KEY, Why.CUT_OFF}
    assert why(bytes([0xC8, 0x03]) + b"\x02ab") is Why.NO_KEY
    assert why(many_headers) is Why.BROKEN
    assert why(many_blocks) in {Why.BROKEN, Why.NO_KEY}
    assert why(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n" * 1_700) is Why.CUT_OFF


def test_kinds_may_not_be_mixed() -> None:
    assert why(openpgp("curve25519") + key_samples.pem(key_samples.certificate())) is Why.MIXED
