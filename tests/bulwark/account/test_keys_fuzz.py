"""The key reader against made-up bytes: it answers with a reading or a reason, whatever comes."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from bulwark.account.key_facts import KeyRefused, Warn
from bulwark.account.key_reading import read_keys
from bulwark.account.openpgp import armoured
from key_samples import NOW, certificate, der, openpgp, pem


def _raw(name: str) -> bytes:
    text = openpgp(name).decode().split("\n\n", 1)[1].split("\n=")[0]
    return base64.b64decode(text)


SAMPLES = (
    *(openpgp(name) for name in ("curve25519", "rsa2048", "several-ids", "sign-only", "subkey-expired", "revoked")),
    *(_raw(name) for name in ("curve25519", "nistp256", "subkey-expired")),
    pem(certificate()),
    der(certificate()),
)


def _survives(pasted: bytes) -> None:
    try:
        found = read_keys(pasted, NOW)
    except KeyRefused:
        return
    for key in found:
        assert key.text.startswith("-----BEGIN ")
        assert "PRIVATE" not in key.text.split("\n", 1)[0]
        assert read_keys(key.text.encode(), NOW) == (key,) or key.issuers
        assert all(isinstance(warning, Warn) for warning in key.warnings({"a@example.org"}, NOW))
        assert all(owner.isprintable() for owner in key.owners)


@given(st.binary(max_size=3_000))
def test_any_bytes(pasted: bytes) -> None:
    _survives(pasted)


@given(st.text(max_size=2_000))
def test_any_text(pasted: str) -> None:
    _survives(pasted.encode(errors="surrogatepass"))


@given(
    st.lists(st.sampled_from([0x98, 0xC6, 0xB8, 0xCE, 0x88, 0xC2, 0xB4, 0xCD, 0xC5, 0x94]), max_size=4),
    st.binary(max_size=600),
)
def test_packets_that_begin_well(heads: list[int], rest: bytes) -> None:
    body = b"".join(bytes([head, min(len(rest), 190)]) + rest[:190] for head in heads)
    _survives(body)
    _survives(armoured(body).encode())


@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 6_000),
    doubled=st.booleans(),
)
def test_damaged_samples(sample: bytes, changes: list[tuple[int, int]], cut: int, *, doubled: bool) -> None:
    raw = bytearray(sample)
    for place, value in changes:
        raw[place % len(raw)] = value
    pasted = bytes(raw[: len(raw) - cut % len(raw)] if cut % 3 == 0 else raw)
    _survives(pasted + pasted if doubled else pasted)
