"""A provider's document, its tokens, and the client's name and secret."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap import BadAnswer, NotJson, OAuthRefused, Pkce, Secret
from stalwart_jmap.core.http import HttpAnswer, HttpRequest
from stalwart_jmap.oauth import provider

ISSUER = "https://sso.example.org/realms/mail"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
TOKENS = {"access_token": "an-access-token", "token_type": "Bearer"}


def answer(document: object, *, status: int = 200, kind: str = "application/json") -> HttpAnswer:
    return HttpAnswer(status=status, headers={"content-type": kind}, body=json.dumps(document).encode())


def read(**changes: object) -> provider.Provider:
    return provider.read_document(answer(DOCUMENT | changes), issuer=ISSUER)


def form(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}


def asked(secret: str | None, *, takes_basic: bool = True, name: str = "the panel") -> HttpRequest:
    client = provider.Client(id=name, secret=None if secret is None else Secret(secret))
    return provider.code_request(
        f"{ISSUER}/token?tenant=1",
        client=client,
        takes_basic=takes_basic,
        code=Secret("a-code"),
        pkce=Pkce.from_verifier(Secret("v" * 43)),
        redirect_uri="https://panel.test/back",
    )


def test_the_document_is_found_below_the_issuer() -> None:
    expected = "https://sso.example.org/.well-known/openid-configuration"

    assert (
        provider.document_url("https://sso.example.org")
        == provider.document_url("https://sso.example.org/")
        == expected
    )
    assert provider.get_request(provider.document_url(ISSUER)).path == "/realms/mail/.well-known/openid-configuration"


def test_a_document_is_read() -> None:
    found = read(end_session_endpoint=f"{ISSUER}/logout", authorization_response_iss_parameter_supported=True)

    assert (found.issuer, found.jwks_uri, found.end_session_endpoint) == (ISSUER, f"{ISSUER}/keys", f"{ISSUER}/logout")
    assert found.repeats_issuer
    assert not read().repeats_issuer


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", ISSUER.upper(), "https://evil.test", ""])
def test_a_document_of_another_issuer_is_none(issuer: str) -> None:
    with pytest.raises(NotJson):
        read(issuer=issuer)


@pytest.mark.parametrize(
    ("methods", "takes_basic"),
    [
        (None, True),
        (["client_secret_basic", "client_secret_post"], True),
        (["client_secret_post"], False),
        (["private_key_jwt"], True),
    ],
)
def test_how_the_client_proves_itself(methods: list[str] | None, *, takes_basic: bool) -> None:
    assert read(token_endpoint_auth_methods_supported=methods).takes_basic is takes_basic


def test_a_public_client_only_gives_its_name() -> None:
    request = asked(None)

    assert request.authorization is None
    assert request.path == "/realms/mail/token?tenant=1"
    assert form(request)["client_id"] == "the panel"
    assert "client_secret" not in form(request)


def test_a_secret_goes_into_the_header_with_its_signs_escaped() -> None:
    request = asked("a:b %ü")

    assert request.authorization is not None
    scheme, _, pair = request.authorization.reveal().partition(" ")
    assert (scheme, b64decode(pair)) == ("Basic", b"the+panel:a%3Ab+%25%C3%BC")
    assert form(request).keys() == {"grant_type", "code", "redirect_uri", "code_verifier"}


def test_or_into_the_form_where_the_provider_wants_it_there() -> None:
    request = asked("a-secret", takes_basic=False)

    assert request.authorization is None
    assert (form(request)["client_id"], form(request)["client_secret"]) == ("the panel", "a-secret")
    assert "a-secret" not in repr(request)


def test_tokens_are_read_and_the_old_refresh_token_goes_on() -> None:
    renewed = provider.read_tokens(answer(TOKENS | {"expires_in": "300"}), keep=Secret("old"))
    replaced = provider.read_tokens(answer(TOKENS | {"refresh_token": "new"}), keep=Secret("old"))

    assert (renewed.refresh, renewed.expires_in) == (Secret("old"), 300)
    assert (replaced.refresh, replaced.expires_in) == (Secret("new"), 3600)
    assert not provider.read_tokens(answer(TOKENS)).refresh


@pytest.mark.parametrize("status", [400, 401])
def test_a_refusal_carries_its_code(status: int) -> None:
    with pytest.raises(OAuthRefused) as caught:
        provider.read_tokens(answer({"error": "invalid_client"}, status=status))

    assert (caught.value.error, caught.value.status) == ("invalid_client", status)


@pytest.mark.parametrize(
    "document", [{}, {"access_token": ""} | {"token_type": "bearer"}, TOKENS | {"token_type": "mac"}]
)
def test_what_is_no_bearer_token_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        provider.read_tokens(answer(document))


def test_keys_come_under_either_type() -> None:
    for kind in ("application/json", "application/jwk-set+json; charset=utf-8"):
        assert provider.read_keys(answer({"keys": [{"kty": "RSA"}], "more": 1}, kind=kind)) == [{"kty": "RSA"}]
    with pytest.raises(NotJson):
        provider.read_keys(answer({"keys": []}, kind="text/html"))


def test_signing_out_there_names_the_client_and_leads_back() -> None:
    query = provider.end_session_query(client_id="panel", id_token=Secret("a.b.c"), redirect_uri="https://panel.test/")

    assert parse_qs(query) == {
        "id_token_hint": ["a.b.c"],
        "client_id": ["panel"],
        "post_logout_redirect_uri": ["https://panel.test/"],
    }
    assert provider.with_query("https://sso.test/out?x=1", "y=2") == "https://sso.test/out?x=1&y=2"
    assert provider.with_query("https://sso.test/out", "y=2") == "https://sso.test/out?y=2"


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/html"]), st.integers(200, 599))
def test_no_answer_breaks_the_reading(body: bytes, kind: str, status: int) -> None:
    made = HttpAnswer(status=status, headers={"content-type": kind}, body=body)

    for reading in (
        lambda: provider.read_document(made, issuer=ISSUER),
        lambda: provider.read_keys(made),
        lambda: provider.read_tokens(made),
    ):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one depends on the status
            reading()
        assert caught.type.__module__ == BadAnswer.__module__
