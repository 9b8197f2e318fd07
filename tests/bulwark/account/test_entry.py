"""What is typed at sign-in: logins, and secrets that belong elsewhere."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark import errors
from bulwark.account import entry
from stalwart_jmap import Secret

LOWER = string.ascii_lowercase + string.digits


@given(st.text(max_size=60))
def test_any_login_is_made_normal_once_or_refused(login: str) -> None:
    try:
        name = entry.normalised(login)
    except errors.LoginNotAllowed:
        assert "%" in unicodedata.normalize("NFC", login) or any(unicodedata.category(one) == "Cc" for one in login)
        return
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert entry.normalised(name) == name
    assert "%" not in name


@pytest.mark.parametrize(
    ("login", "name"),
    [
        (" alice@example.org ", "alice@example.org"),
        ("alice", "alice"),
        ("rene\u0301e@example.org", "ren\u00e9e@example.org"),
        ("Alice@Example.org", "Alice@Example.org"),
        ("\u00a0alice@example.org\u2003", "alice@example.org"),
    ],
)
def test_logins(login: str, name: str) -> None:
    assert entry.normalised(login) == name


@pytest.mark.parametrize("login", ["a%b", "%", "alice@example.org%admin", "a\x00b", "a\nb", "a\x85b"])
def test_logins_that_mean_something_else_are_refused(login: str) -> None:
    with pytest.raises(errors.LoginNotAllowed):
        entry.normalised(login)


@given(
    st.sampled_from(("_", " ", "\u00a0", "-")),
    st.text(LOWER, min_size=36, max_size=36),
    st.sampled_from(("", " ", "\n")),
)
def test_every_app_password_is_recognised(between: str, rest: str, around: str) -> None:
    with pytest.raises(errors.WrongKindOfSecret) as caught:
        entry.refuse_other_secrets(Secret(f"{around}app{between}{rest}{around}"))

    assert caught.value.kind == "app-password"
    assert rest not in str(caught.value)


@given(st.text(string.ascii_letters + string.digits + "_-", min_size=38, max_size=38))
def test_every_api_key_is_recognised(rest: str) -> None:
    with pytest.raises(errors.WrongKindOfSecret) as caught:
        entry.refuse_other_secrets(Secret(f"API_{rest}"))

    assert caught.value.kind == "api-key"
    assert rest not in str(caught.value)


@given(st.text(max_size=60).filter(lambda text: not text.strip().startswith(("app", "API_"))))
def test_other_texts_are_passwords(text: str) -> None:
    entry.refuse_other_secrets(Secret(text))


@pytest.mark.parametrize("text", ["app_", "app_" + "a" * 35, "app_" + "a" * 37, "app_" + "A" * 36, "API_" + "a" * 37])
def test_what_only_begins_like_one_is_a_password(text: str) -> None:
    entry.refuse_other_secrets(Secret(text))
