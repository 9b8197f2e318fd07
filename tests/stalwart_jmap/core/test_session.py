from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmap_wire import session_document
from stalwart_jmap import AuthenticationFailed, NotJson, StalwartError
from stalwart_jmap.core.http import HttpAnswer
from stalwart_jmap.core.session import parse_account_info, parse_session, path_of


def answer(body: object, content_type: str = "application/json; charset=utf-8") -> HttpAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status=200, headers={"content-type": content_type}, body=content)


def test_the_account_comes_from_stalwarts_own_capability() -> None:
    session = parse_session(answer(session_document()))

    assert session.account_id == "c"
    assert session.username == "alice@example.org"
    assert session.has_stalwart
    assert session.state == "c682b0ec"
    assert session.capabilities["urn:ietf:params:jmap:core"]["maxCallsInRequest"] == 16


def test_the_capability_counts_in_the_account_alone() -> None:
    document = session_document(primaryAccounts={})

    assert parse_session(answer(document)).has_stalwart


def test_a_server_without_the_capability_is_told_apart() -> None:
    accounts = {"c": {"name": "alice", "isPersonal": True, "accountCapabilities": {"urn:ietf:params:jmap:mail": {}}}}
    document = session_document(primaryAccounts={"urn:ietf:params:jmap:mail": "c"}, accounts=accounts)

    session = parse_session(answer(document))

    assert session.account_id == "c"
    assert not session.has_stalwart


def test_without_primary_accounts_the_personal_one_is_taken() -> None:
    accounts = {"b": {"isPersonal": False}, "x": {"isPersonal": True}}

    assert parse_session(answer(session_document(primaryAccounts={}, accounts=accounts))).account_id == "x"


@pytest.mark.parametrize("missing", [{"accounts": {}}, {"username": ""}])
def test_the_anonymous_session_is_no_sign_in(missing: dict[str, Any]) -> None:
    with pytest.raises(AuthenticationFailed):
        parse_session(answer(session_document(**missing)))


@pytest.mark.parametrize(
    ("url", "path", "origin"),
    [
        ("https://elsewhere.example:8443/jmap/", "/jmap/", "https://elsewhere.example:8443"),
        ("/jmap/", "/jmap/", None),
        ("jmap/", "/jmap/", None),
        ("//elsewhere.example/jmap/", "/jmap/", None),
        ("https://mail.test/mail/jmap/?v=1", "/mail/jmap/?v=1", "https://mail.test"),
        ("https://mail.test", "/", "https://mail.test"),
    ],
)
def test_only_paths_are_taken(url: str, path: str, origin: str | None) -> None:
    session = parse_session(answer(session_document(apiUrl=url)))

    assert session.api_path == path
    assert session.published_origin == origin


@pytest.mark.parametrize("url", ["https://mail.test/a b", "/a\r\nX-Evil: 1", "/\\evil", "/ü", "https://[broken/"])
def test_a_strange_path_is_refused(url: str) -> None:
    with pytest.raises(NotJson):
        parse_session(answer(session_document(apiUrl=url)))


@given(st.text())
def test_no_address_leads_out_of_the_server(url: str) -> None:
    try:
        path = path_of(url)
    except NotJson:
        return

    assert path.startswith("/")
    assert not path.startswith("//")
    assert path.isascii()
    assert path.isprintable()


@given(
    st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_bytes_end_in_anything_but_our_errors(body: bytes) -> None:
    for parse in (parse_session, parse_account_info):
        with pytest.raises(StalwartError):
            parse(answer(body))


@given(
    st.dictionaries(
        st.sampled_from(list(session_document())),
        st.none()
        | st.text()
        | st.integers()
        | st.dictionaries(st.text(), st.none() | st.text() | st.dictionaries(st.text(), st.text())),
    )
)
def test_no_session_document_ends_in_anything_but_our_errors(changes: dict[str, Any]) -> None:
    try:
        session = parse_session(answer(session_document(**changes)))
    except StalwartError:
        return

    assert session.account_id


def test_permissions_are_a_set() -> None:
    info = parse_account_info(answer({"permissions": ["b", "a", "b"], "edition": "oss", "locale": "en_US"}))

    assert info.permissions == {"a", "b"}
    assert info.edition == "oss"


@pytest.mark.parametrize("content_type", ["text/html", "application/problem+json", ""])
def test_only_json_is_read(content_type: str) -> None:
    with pytest.raises(NotJson):
        parse_session(answer(session_document(), content_type))
