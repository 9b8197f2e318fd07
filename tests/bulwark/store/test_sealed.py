"""Sealed values open only where, for what and with what they were sealed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.errors import SealBroken
from bulwark.master_keys import new_master_key
from bulwark.store.sealed import Sealer
from stalwart_jmap import Secret

KEY = Secret("A" * 42 + "E")


def test_what_was_sealed_opens_again() -> None:
    sealer = Sealer([KEY])
    sealed = sealer.seal(b"a token", purpose="session", binding=b"row 1", secret=b"id")

    assert sealer.open(sealed, purpose="session", binding=b"row 1", secret=b"id") == b"a token"
    assert b"a token" not in sealed


@pytest.mark.parametrize(
    ("purpose", "binding", "secret"),
    [
        ("event", b"row 1", b"id"),
        ("session", b"row 2", b"id"),
        ("session", b"row 1", b"other"),
        ("session", b"row 1", b""),
        ("session", b"row 1", None),
        ("sessio", b"nrow 1", b"id"),
    ],
)
def test_another_purpose_place_or_secret_does_not_open(purpose: str, binding: bytes, secret: bytes | None) -> None:
    sealer = Sealer([KEY])
    sealed = sealer.seal(b"a token", purpose="session", binding=b"row 1", secret=b"id")

    with pytest.raises(SealBroken):
        sealer.open(sealed, purpose=purpose, binding=binding, secret=secret)


def test_a_value_sealed_without_secret_does_not_open_with_an_empty_one() -> None:
    sealer = Sealer([KEY])
    sealed = sealer.seal(b"a token", purpose="session", binding=b"")

    with pytest.raises(SealBroken):
        sealer.open(sealed, purpose="session", binding=b"", secret=b"")


@given(st.integers(0), st.integers(1, 255))
def test_one_changed_byte_anywhere_breaks_the_seal(position: int, flip: int) -> None:
    sealer = Sealer([KEY])
    sealed = bytearray(sealer.seal(b"a token", purpose="session", binding=b"row"))
    sealed[position % len(sealed)] ^= flip

    with pytest.raises(SealBroken):
        sealer.open(bytes(sealed), purpose="session", binding=b"row")


@given(st.binary(max_size=80))
def test_bytes_of_any_kind_break_the_seal_and_nothing_else(junk: bytes) -> None:
    sealer = Sealer([KEY])
    real = sealer.seal(b"a token", purpose="session", binding=b"row")

    for sealed in (junk, real[:9] + junk, real[: len(junk) % len(real)]):
        with pytest.raises(SealBroken):
            sealer.open(sealed, purpose="session", binding=b"row")


def test_the_first_key_seals_and_all_open() -> None:
    old, new = new_master_key(), new_master_key()
    before = Sealer([old]).seal(b"x", purpose="event", binding=b"")
    rotated = Sealer([new, old])
    after = rotated.seal(b"y", purpose="event", binding=b"")

    assert rotated.open(before, purpose="event", binding=b"") == b"x"
    assert Sealer([new]).open(after, purpose="event", binding=b"") == b"y"
    with pytest.raises(SealBroken):
        Sealer([new]).open(before, purpose="event", binding=b"")


def test_an_account_is_found_under_the_names_of_all_keys() -> None:
    old, new = new_master_key(), new_master_key()
    before = Sealer([old]).account_keys("https://mail.example.org", "b")

    assert Sealer([new, old]).account_keys("https://mail.example.org", "b")[1:] == before
    assert Sealer([new, old]).account_keys("https://mail.example.org", "c")[1:] != before
    assert Sealer([old]).account_keys("https://mail.example.or", "gb") != before


def test_the_same_value_is_sealed_differently_each_time() -> None:
    sealer = Sealer([KEY])

    assert len({sealer.seal(b"x", purpose="event", binding=b"") for _ in range(50)}) == 50


def test_no_key_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Sealer([])
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer([Secret("short")])
    assert KEY.reveal() not in repr(Sealer([KEY]))


def test_a_sealed_value_of_the_first_format_opens_for_ever() -> None:
    sealed = bytes.fromhex(FIRST_FORMAT)

    assert Sealer([KEY]).open(sealed, purpose="session", binding=b"row", secret=b"id") == b"written in 2026"


FIRST_FORMAT = (
    "017f16ec88c11d993d6c677688f63211be6e7bc32ea4f5aeff1d78c253331400c3a0a738b3db3f624bdbe26d95c17f63e9c5bd3b"
)
