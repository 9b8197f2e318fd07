"""The letters of recovery codes: made at random, read as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.account import recovery_codes
from stalwart_jmap import Secret

CODES = st.text(alphabet=recovery_codes.ALPHABET, min_size=12, max_size=12)


def test_there_are_ten_of_sixty_bits_and_no_two_alike() -> None:
    codes = recovery_codes.new_codes()

    assert len(set(codes)) == 10
    assert len(recovery_codes.ALPHABET) ** recovery_codes.LETTERS == 2**60
    assert all(set(code.reveal()) <= set(recovery_codes.ALPHABET) for code in codes)


def test_a_code_is_written_in_groups() -> None:
    assert recovery_codes.written(Secret("7K2MQ9TX4VBH")) == "7K2M-Q9TX-4VBH"


@given(CODES, st.data())
def test_a_code_is_read_however_it_is_typed(code: str, data: st.DataObject) -> None:
    mistaken = {"0": "0Oo", "1": "1IiLl"}
    letters = [data.draw(st.sampled_from(mistaken.get(letter, letter + letter.lower()))) for letter in code]
    between = st.sampled_from(["", "-", " ", "\t", "\N{EN DASH}", "\N{NON-BREAKING HYPHEN}", "_", ". "])
    typed = "".join(data.draw(between) + letter for letter in letters) + data.draw(between)

    assert recovery_codes.read(Secret(typed)) == Secret(code)


@given(CODES)
def test_what_is_written_is_read_back(code: str) -> None:
    assert recovery_codes.read(Secret(recovery_codes.written(Secret(code)))) == Secret(code)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_as_a_code_or_as_none(typed: str) -> None:
    try:
        secret = Secret(typed)
    except ValueError:
        return
    found = recovery_codes.read(secret)

    assert found is None or (len(found.reveal()) == 12 and set(found.reveal()) <= set(recovery_codes.ALPHABET))


@pytest.mark.parametrize(
    "typed", ["", "7K2M-Q9TX-4VB", "7K2M-Q9TX-4VBHH", "7K2M-Q9TX-4VBU", "7K2M-Q9TX-4VB!", "7" * 5000]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert recovery_codes.read(Secret(typed)) is None
