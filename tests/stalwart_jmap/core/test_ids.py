from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap.core.ids import from_number, to_number


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "a"), (1, "b"), (6, "g"), (32, "ba"), (20080258862541, "singleton"), (2**32 - 1, "d333333")],
)
def test_known_ids_are_written_and_read(number: int, text: str) -> None:
    assert from_number(number) == text
    assert to_number(text) == number


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_every_number_survives(number: int) -> None:
    assert to_number(from_number(number)) == number
    assert to_number(from_number(number).upper()) == number


@pytest.mark.parametrize("text", ["!", "a b", "4", "ä", "b" * 14])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="id"):
        to_number(text)


@pytest.mark.parametrize("number", [-1, 2**64])
def test_what_is_no_64_bit_number_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="64"):
        from_number(number)


def test_the_empty_id_is_zero() -> None:
    assert to_number("") == 0
