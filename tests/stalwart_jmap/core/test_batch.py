from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stalwart_jmap import Call, MethodError, NotJson, OutcomeUnknown, SetError, StalwartError, creation_reference
from stalwart_jmap.core.patch import pointer
from stalwart_jmap.core.request import build
from stalwart_jmap.core.response import parse, parse_set

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CALL = Call("x:AppPassword/get", {}, "ag")


def sent(*calls: Call, **options: Any) -> dict[str, Any]:
    body = build("/jmap/", calls, account_id="c", **options).body
    assert body is not None
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def answered(*responses: tuple[str, object, str]) -> bytes:
    return json.dumps({"methodResponses": [list(entry) for entry in responses], "sessionState": "a1"}).encode()


def test_a_result_reference_is_sent_under_a_marked_name() -> None:
    query = Call("x:AppPassword/query", {}, "aq")

    body = sent(query, Call("x:AppPassword/get", {"ids": query.ref("/ids")}, "ag"))

    reference = {"resultOf": "aq", "name": "x:AppPassword/query", "path": "/ids"}
    assert body["methodCalls"][1] == ["x:AppPassword/get", {"accountId": "c", "#ids": reference}, "ag"]


def test_our_account_is_named_unless_another_is() -> None:
    body = sent(Call("x:A/get", {}, "0"), Call("x:A/get", {"accountId": "d"}, "1"), Call("Core/echo", {"hi": 1}, "2"))

    assert [arguments.get("accountId") for _, arguments, _ in body["methodCalls"]] == ["c", "d", None]


def test_a_creation_reference_is_a_marked_id() -> None:
    assert creation_reference("k") == "#k"


def test_the_needed_capabilities_are_named() -> None:
    core, stalwart = "urn:ietf:params:jmap:core", "urn:stalwart:jmap"

    assert sent(CALL)["using"] == [core, stalwart]
    assert sent(Call("Identity/get"))["using"] == [core, "urn:ietf:params:jmap:submission", stalwart]
    assert sent(CALL, using=["urn:x"])["using"] == ["urn:x"]


def test_created_ids_are_sent_when_given() -> None:
    assert sent(CALL, created_ids={"k": "b"})["createdIds"] == {"k": "b"}
    assert "createdIds" not in sent(CALL)


@pytest.mark.parametrize("calls", [(), (CALL, CALL)])
def test_no_call_and_two_calls_of_one_id_are_refused(calls: tuple[Call, ...]) -> None:
    with pytest.raises(ValueError, match="call"):
        build("/jmap/", calls, account_id="c")


@pytest.mark.parametrize(
    ("name", "writes"),
    [("x:A/get", False), ("x:A/query", False), ("Identity/changes", False), ("x:A/set", True), ("Email/import", True)],
)
def test_a_method_not_known_to_read_counts_as_writing(name: str, *, writes: bool) -> None:
    assert Call(name).writes is writes


def test_one_failed_call_leaves_the_others_alone() -> None:
    other = Call("x:ApiKey/get", {}, "kg")
    body = answered(
        ("error", {"type": "forbidden", "description": "You are not authorized."}, "ag"),
        ("x:ApiKey/get", {"accountId": "c", "list": []}, "kg"),
    )

    response = parse(body, (CALL, other), account_id="c", sent_at=NOW)

    failure = response.get(CALL)
    assert isinstance(failure, MethodError)
    assert (failure.type, failure.description) == ("forbidden", "You are not authorized.")
    with pytest.raises(MethodError, match="forbidden"):
        _ = response[CALL]
    assert response["kg"]["list"] == []
    assert response.session_state == "a1"


def test_a_call_may_answer_twice() -> None:
    call = Call("EmailSubmission/set", {}, "s")
    body = answered(("EmailSubmission/set", {}, "s"), ("Email/set", {"destroyed": ["x"]}, "s"))

    response = parse(body, (call,), account_id="c", sent_at=NOW)

    assert [name for name, _ in response.all(call)] == ["EmailSubmission/set", "Email/set"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"methodResponses": [["x:AppPassword/get", {"acc',
        answered(),
        answered(("x:AppPassword/get", {}, "another")),
        answered(("x:ApiKey/get", {}, "ag")),
        answered(("x:AppPassword/get", {"accountId": "d"}, "ag")),
        answered(("x:AppPassword/get", [], "ag")),
        b"[" * 100_000,
        b'{"methodResponses": [["x:AppPassword/get", {"a": "\xff"}, "ag"]]}',
    ],
)
def test_an_answer_that_does_not_fit_the_request_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        parse(body, (CALL,), account_id="c", sent_at=NOW)


@given(st.binary())
def test_no_bytes_end_in_anything_but_our_errors(body: bytes) -> None:
    with pytest.raises(StalwartError):
        parse(body, (CALL,), account_id="c", sent_at=NOW)


def test_a_write_is_done_when_our_id_is_named() -> None:
    result = parse_set({"created": {"n": {"id": "g"}}, "updated": {"u": None}, "destroyed": ["d"]}, sent_at=NOW)

    assert result.created_as("n") == {"id": "g"}
    assert result.update_of("u") is None
    assert result.destruction_of("d") is None


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"created": {"other": {"id": "g"}}, "updated": {"other": None}, "destroyed": ["other"]},
        {"created": {"n": None}},
        {"created": {"n": {}}},
    ],
)
def test_a_write_that_is_neither_confirmed_nor_refused_is_unknown(wire: dict[str, Any]) -> None:
    result = parse_set({"accountId": "c", **wire}, sent_at=NOW)

    for ask in (result.created_as, result.update_of, result.destruction_of):
        with pytest.raises(OutcomeUnknown) as caught:
            ask("n")
        assert caught.value.sent_at == NOW


def test_a_refusal_is_a_value_with_all_its_parts() -> None:
    key, account = {"object": "PublicKey", "id": "k"}, {"object": "Account", "id": "c"}
    complaint = {"type": "MaxLength", "property": "description", "required": 10, "value": 5}
    refusals: dict[str, Any] = {
        "linked": {"type": "objectIsLinked", "objectId": key, "linkedObjects": [account]},
        "invalid": {"type": "validationFailed", "validationErrors": [complaint, {"type": "Required"}]},
        "weak": {"type": "invalidProperties", "properties": ["secret"], "description": "Password is too weak."},
        "gone": {"type": "notFound"},
    }

    result = parse_set({"notUpdated": refusals, "notCreated": refusals, "notDestroyed": refusals}, sent_at=NOW)

    linked = result.update_of("linked")
    assert linked is not None
    assert linked.object_id is not None
    assert linked.object_id.object == "PublicKey"
    assert linked.linked_objects[0].id == "c"
    invalid = result.created_as("invalid")
    assert isinstance(invalid, SetError)
    first, second = invalid.validation_errors
    assert (first.type, first.property, first.value, first.required) == ("MaxLength", "description", "5", 10)
    assert (second.type, second.property) == ("Required", None)
    assert result.destruction_of("weak") == SetError(
        type="invalidProperties", description="Password is too weak.", properties=("secret",)
    )
    assert result.update_of("gone") == SetError(type="notFound")


@pytest.mark.parametrize("wire", [{"updated": []}, {"notUpdated": {"x": {}}}, {"destroyed": "x"}])
def test_an_unreadable_result_of_a_write_is_unknown(wire: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        parse_set(wire, sent_at=NOW)


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        (("allowedIps", "10.0.0.0/8"), "allowedIps/10.0.0.0~18"),
        (("a~b",), "a~0b"),
        (("otpAuth", "otpUrl"), "otpAuth/otpUrl"),
    ],
)
def test_pointers_have_no_leading_slash_and_escape_their_keys(keys: tuple[str, ...], written: str) -> None:
    assert pointer(*keys) == written


def test_a_pointer_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        pointer()
