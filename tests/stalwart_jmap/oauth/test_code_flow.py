from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap import OAuthRefused, Pkce, Secret, authorization_query, read_callback

STATE = Secret("state-of-this-sign-in")
ISSUER = "https://mail.test"


def test_the_challenge_of_the_rfc_holds() -> None:
    pkce = Pkce.from_verifier(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))

    assert pkce.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_every_pair_is_new_and_shows_no_verifier() -> None:
    first, second = Pkce.new(), Pkce.new()

    assert first != second
    assert first.verifier.reveal() not in repr(first)


def test_the_question_carries_everything() -> None:
    query = authorization_query(
        client_id="panel",
        redirect_uri="https://panel.test/cb?x=1",
        pkce=Pkce.new(),
        state=STATE,
        nonce=Secret("n"),
        login_hint="alice@example.org",
        max_age=0,
    )

    fields = {name: values for name, (values, *_) in parse_qs(query, strict_parsing=True).items()}
    assert fields["response_type"] == "code"
    assert fields["redirect_uri"] == "https://panel.test/cb?x=1"
    assert fields["code_challenge_method"] == "S256"
    assert (fields["state"], fields["nonce"], fields["max_age"]) == (STATE.reveal(), "n", "0")
    assert (fields["scope"], fields["login_hint"]) == ("openid", "alice@example.org")


def test_optional_parts_stay_away() -> None:
    query = authorization_query(client_id="panel", redirect_uri="https://panel.test/", pkce=Pkce.new(), state=STATE)

    assert not {"nonce", "login_hint", "max_age"} & parse_qs(query).keys()


def test_the_answer_gives_the_code() -> None:
    query = urlencode({"code": "c", "state": STATE.reveal(), "iss": ISSUER})

    assert read_callback(query, state=STATE, issuer=ISSUER) == Secret("c")
    assert read_callback(query, state=STATE, issuer=None) == Secret("c")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ([("code", "c"), ("state", "another"), ("iss", ISSUER)], "invalid_state"),
        ([("code", "c"), ("iss", ISSUER)], "invalid_state"),
        ([("code", "c"), ("state", STATE.reveal())], "invalid_issuer"),
        ([("code", "c"), ("state", STATE.reveal()), ("iss", ISSUER + "/")], "invalid_issuer"),
        ([("state", STATE.reveal()), ("iss", ISSUER)], "invalid_request"),
        ([("code", ""), ("state", STATE.reveal()), ("iss", ISSUER)], "invalid_request"),
        ([("code", "c"), ("code", "d"), ("state", STATE.reveal()), ("iss", ISSUER)], "invalid_request"),
        ([("error", "access_denied"), ("state", STATE.reveal()), ("iss", ISSUER)], "access_denied"),
        ([(f"x{number}", "") for number in range(30)], "invalid_request"),
    ],
)
def test_what_is_no_answer_to_our_question_is_refused(fields: list[tuple[str, str]], error: str) -> None:
    with pytest.raises(OAuthRefused) as caught:
        read_callback(urlencode(fields), state=STATE, issuer=ISSUER)

    assert caught.value.error == error


@given(st.text())
def test_no_query_gets_through_without_our_state(query: str) -> None:
    with pytest.raises(OAuthRefused):
        read_callback(query, state=STATE, issuer=ISSUER)


def test_a_fresh_sign_in_can_be_asked_for_in_two_ways() -> None:
    query = authorization_query(
        client_id="x", redirect_uri="https://x.test/", pkce=Pkce.new(), state=Secret("s"), max_age=0, prompt="login"
    )

    assert (parse_qs(query)["max_age"], parse_qs(query)["prompt"]) == (["0"], ["login"])


def test_an_issuer_that_is_not_promised_may_be_missing_but_not_another() -> None:
    def code(**more: str) -> str:
        query = urlencode({"code": "a-code", "state": "s", **more})
        return read_callback(query, state=Secret("s"), issuer="https://a.test", issuer_is_optional=True).reveal()

    assert code() == code(iss="https://a.test") == "a-code"
    with pytest.raises(OAuthRefused, match="invalid_issuer"):
        code(iss="https://b.test")
