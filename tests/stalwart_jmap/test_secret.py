from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "do not show me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    secret: Secret


@pytest.mark.parametrize(
    "show", [repr, str, format, "{!r:>20}".format, "{:<30}".format, lambda s: repr(Holder(secret=s))]
)
def test_it_never_prints_itself(show: Callable[[object], str]) -> None:
    shown = show(Secret(TEXT))

    assert TEXT not in shown
    assert "****" in shown


def test_only_reveal_gives_the_text() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize("spread", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode])
def test_it_is_neither_pickled_nor_copied_nor_written_as_json(spread: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as caught:
        spread(Secret(TEXT))

    assert TEXT not in str(caught.value)


def test_equal_texts_are_equal_secrets() -> None:
    same, other = Secret(TEXT), Secret("another")

    assert Secret(TEXT) == same
    assert hash(Secret(TEXT)) == hash(same)
    assert Secret(TEXT) != other
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), same, other}) == 2


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("0")


def test_a_text_that_cannot_be_sent_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="UTF-8") as caught:
        Secret(f"{TEXT}\ud800")

    assert TEXT not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
