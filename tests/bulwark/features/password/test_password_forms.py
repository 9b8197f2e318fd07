"""From fields to a change: nothing is sent that the server would refuse unseen, or confirm unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.features.password import forms
from bulwark.web.forms import Form
from stalwart_jmap import Secret
from stalwart_jmap.core.wire import MASK

texts = st.one_of(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from(("", MASK, "same", "x" * 5000)))


@given(texts, texts, texts, st.one_of(st.none(), texts, st.from_regex(r"[0-9]{6}", fullmatch=True)), st.booleans())
def test_whatever_is_typed_there_is_a_change_or_a_sentence_at_a_field(
    current: str,
    new: str,
    again: str,
    code: str | None,
    needs_code: bool,  # noqa: FBT001 - given
) -> None:
    fields = {"password": current, "new_password": new, "new_password_again": again}
    if code is not None:
        fields["code"] = code
    wanted, wrong = forms.read(Form.of(fields.items()), needs_code=needs_code)

    assert (wanted is None) is bool(wrong)
    assert all(wrong.values())
    if wanted is not None:
        assert wanted.new.reveal() not in {"", MASK, current}
        assert wanted.new.reveal() == new == again
        assert wanted.current.reveal() == current != ""
        assert not needs_code or wanted.code is not None
        assert wanted.code is None or forms.is_code(wanted.code)
        assert len(new.encode()) <= forms.MAX_PASSWORD


@given(texts)
def test_a_wrong_field_never_quotes_what_was_typed(typed: str) -> None:
    secret = Secret(typed)
    wrong = forms.wrong_fields(current=secret, new=secret, again=Secret("other"), code=secret)

    if len(typed) > 4:
        assert all(typed not in sentence for sentence in wrong.values())


@pytest.mark.parametrize("typed", ["123456", "12345678", "1234567"])
def test_codes(typed: str) -> None:
    assert forms.is_code(Secret(typed))


@pytest.mark.parametrize(
    "typed", ["", "12345", "123456789", "12345a", "١٢٣٤٥٦", "\uff11\uff12\uff13\uff14\uff15\uff16", "123 456", "-12345"]
)
def test_what_is_no_code(typed: str) -> None:
    assert not forms.is_code(Secret(typed))


@pytest.mark.parametrize(("choice", "revokes"), [("revoke", True), ("keep", False), ("", False), ("REVOKE", False)])
def test_app_passwords_are_revoked_only_when_that_was_chosen(choice: str, revokes: bool) -> None:  # noqa: FBT001 - a column
    fields = {"password": "a", "new_password": "b", "new_password_again": "b", "app_passwords": choice}
    wanted, _wrong = forms.read(Form.of(fields.items()), needs_code=False)

    assert wanted is not None
    assert wanted.revoke_app_passwords is revokes
