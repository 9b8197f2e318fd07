from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_sandbox import ids

NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)


@given(NUMBERS)
def test_every_number_comes_back(number: int) -> None:
    assert ids.decode(ids.encode(number)) == number


@given(NUMBERS)
def test_reading_ignores_case(number: int) -> None:
    assert ids.decode(ids.encode(number).upper()) == number


@given(st.integers(min_value=1, max_value=2**64 - 1))
def test_there_is_no_leading_zero_digit(number: int) -> None:
    assert not ids.encode(number).startswith("a")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    number = ids.decode(text)

    assert number is None or 0 <= number < 2**64


@pytest.mark.parametrize(
    ("number", "text"), [(0, "a"), (6, "g"), (32, "ba"), (20080258862541, "singleton"), (2**32 - 1, "d333333")]
)
def test_known_ids(number: int, text: str) -> None:
    assert ids.encode(number) == text
    assert ids.decode(text) == number


def test_the_empty_text_is_zero() -> None:
    assert ids.decode("") == 0


@pytest.mark.parametrize("number", [-1, 2**64])
def test_numbers_outside_64_bits_have_no_id(number: int) -> None:
    with pytest.raises(ValueError, match="64-bit"):
        ids.encode(number)


def test_a_text_beyond_64_bits_is_no_id() -> None:
    assert ids.decode("3" * 14) is None
