"""From what was typed to what the service takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.features.two_factor import forms
from bulwark.web.forms import Form
from stalwart_jmap import Secret

CODES = ("7K2MQ9TX4VBH", "B4RN8WZE1MHD")


def form(**fields: str) -> Form:
    return Form.of(fields.items())


def test_what_a_form_asks_for_is_taken() -> None:
    typed, wrong = forms.read(
        form(password="pw", code="123 456", old_code="12-34-56", recovery_code="7k2m-q9tx-4vbh"),
        code=True,
        old_code=True,
        recovery_code=True,
    )

    assert wrong == {}
    assert typed is not None
    assert (typed.code, typed.old_code, typed.recovery_code) == (
        Secret("123456"),
        Secret("123456"),
        Secret("7K2MQ9TX4VBH"),
    )


def test_what_is_missing_is_told_in_the_order_of_the_page() -> None:
    typed, wrong = forms.read(form(), code=True, old_code=True, recovery_code=True)

    assert typed is None
    assert list(wrong) == ["recovery_code", "code", "old_code", "password"]


def test_what_a_form_does_not_ask_for_is_not_taken() -> None:
    typed, _ = forms.read(form(password="pw", code="123456", recovery_code="7K2M-Q9TX-4VBH"))

    assert typed is not None
    assert typed.code is typed.recovery_code is None


@pytest.mark.parametrize("password", ["x" * 4097, "ü" * 2100])
def test_a_password_longer_than_any_is_not_sent(password: str) -> None:
    assert forms.read(form(password=password))[0] is None


@given(st.text(max_size=300))
def test_a_device_has_a_short_name_on_one_line(typed: str) -> None:
    name = forms.tidy_device_name(typed)

    assert len(name) <= forms.LONGEST_DEVICE
    assert name == " ".join(name.split())
    assert name.isprintable() or any(not letter.isprintable() for letter in typed)


@pytest.mark.parametrize(("typed", "name"), [("  Pixel\t8 \n", "Pixel 8"), ("\u202eevil", "evil"), ("", "")])
def test_a_device_name_is_tidied(typed: str, name: str) -> None:
    assert forms.device_name(form(device=typed)) == name


@pytest.mark.parametrize(
    ("typed", "asked", "is_right"),
    [
        ("7K2M-Q9TX-4VBH", 1, True),
        ("7k2mq9tx4vbh", 1, True),
        ("b4rn 8wze imhd", 2, True),
        ("7K2M-Q9TX-4VBH", 2, False),
        ("", 1, False),
    ],
)
def test_the_proof_is_the_code_with_the_asked_number(typed: str, asked: int, *, is_right: bool) -> None:
    assert forms.is_proof(form(proof=typed), CODES, asked) is is_right
