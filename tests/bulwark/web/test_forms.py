"""Parsing a form: whatever bytes come, there are fields or one clear refusal."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.web import forms
from bulwark.web.forms import Form, parse
from bulwark.web.problems import FormUnreadable

texts = st.text(st.characters(codec="utf-8"), max_size=30)
pieces = st.sampled_from((b"a=1", b"b=%C3%BC", b"a=2", b"%", b"%zz", b"%ff", b"=", b"", b"+", b";", b"pick=1", b"\xff"))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_unreadable(body: bytes) -> None:
    try:
        form = parse(body)
    except FormUnreadable:
        return
    assert len(list(form.items())) <= forms.MAX_FIELDS


@given(st.lists(pieces, max_size=8).map(b"&".join))
def test_no_field_comes_twice_unless_it_may(body: bytes) -> None:
    try:
        form = parse(body)
    except FormUnreadable:
        return
    counts = Counter(name for name, _ in form.items())
    assert all(count == 1 for name, count in counts.items() if name not in forms.MULTIPLE)


@given(st.dictionaries(texts, texts, max_size=6))
def test_what_a_browser_encodes_is_what_the_form_holds(fields: dict[str, str]) -> None:
    form = parse(urlencode(fields).encode())

    assert dict(form.items()) == fields
    assert all(form.text(name) == value for name, value in fields.items())


@given(st.lists(st.tuples(st.sampled_from(("pick", "other")), texts), max_size=6))
def test_a_form_survives_being_carried(pairs: list[tuple[str, str]]) -> None:
    carried = Form.of(list(Form.of(pairs).items()))

    assert sorted(carried.items()) == sorted(pairs)
    assert carried.many("pick") == tuple(value for name, value in pairs if name == "pick")


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=2",
        b"a=%ff",
        b"a=%ed%a0%80",
        b"%ff=a",
        "a=ü".encode(),
        b"\x80",
        b"&".join(b"f%d=" % number for number in range(forms.MAX_FIELDS + 1)),
    ],
)
def test_what_no_browser_sends_is_refused(body: bytes) -> None:
    with pytest.raises(FormUnreadable):
        parse(body)


def test_a_missing_field_reads_as_empty() -> None:
    form = parse(b"")

    assert form.text("login") == ""
    assert form.secret("password").reveal() == ""
    assert form.code("code").reveal() == ""
    assert form.many("pick") == ()
    assert not form.ticked("yes")


@pytest.mark.parametrize("typed", ["123456", "123 456", " 12-34-56 ", "1\u00a02\u20073456", "\t123456\n"])
def test_a_code_is_read_as_people_group_it(typed: str) -> None:
    assert Form.of([("code", typed)]).code("code").reveal() == "123456"


@given(texts)
def test_a_secret_is_taken_as_it_is_and_never_shown(typed: str) -> None:
    secret = Form.of([("password", typed)]).secret("password")

    assert secret.reveal() == typed
    assert repr(secret) == "Secret(****)"
