"""Answers to batches, and what a `/set` confirmed (RFC 8620, 3.4 and 5.3).

Stalwart leaves out every empty part of a `/set` result, gives no states, and drops unparsable ids without a word.
So nothing counts as done before the answer names our id; an answer that neither confirms nor refuses is
`OutcomeUnknown`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from stalwart_jmap.core.errors import MethodError, NotJson, ObjectReference, OutcomeUnknown, SetError, ValidationError
from stalwart_jmap.core.wire import convert, decode

if TYPE_CHECKING:
    from datetime import datetime

    from stalwart_jmap.core.request import Call


class _Error(msgspec.Struct):
    type: str
    description: str | None = None


class _Body(msgspec.Struct, rename="camel"):
    method_responses: list[tuple[str, dict[str, Any], str]]
    session_state: str = ""
    created_ids: dict[str, str] = {}


class _SetError(msgspec.Struct, rename="camel"):
    type: str
    description: str | None = None
    properties: tuple[str, ...] | None = None
    existing_id: str | None = None
    object_id: ObjectReference | None = None
    linked_objects: tuple[ObjectReference, ...] | None = None
    validation_errors: tuple[dict[str, Any], ...] | None = None


class _Set(msgspec.Struct, rename="camel"):
    account_id: str | None = None
    created: dict[str, dict[str, Any] | None] | None = None
    updated: dict[str, dict[str, Any] | None] | None = None
    destroyed: list[str] | None = None
    not_created: dict[str, _SetError] | None = None
    not_updated: dict[str, _SetError] | None = None
    not_destroyed: dict[str, _SetError] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The results of a batch, by call. `sent_at` is our clock when the request went out."""

    sent_at: datetime
    session_state: str
    created_ids: dict[str, str]
    results: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = field(repr=False)

    def __getitem__(self, call: Call | str) -> dict[str, Any]:
        """Give a call's result. Raises `MethodError` if the call failed, KeyError if it was not in the request."""
        result = self.get(call)
        if isinstance(result, MethodError):
            raise result
        return result

    def get(self, call: Call | str) -> dict[str, Any] | MethodError:
        """Give a call's result, or its `MethodError` as a value. Raises KeyError if it was not in the request."""
        name, result = self.results[call if isinstance(call, str) else call.id][0]
        return _method_error(result) if name == "error" else result

    def all(self, call: Call | str) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Give every (method name, result) under the call's id: a call such as EmailSubmission/set may answer twice."""
        return self.results[call if isinstance(call, str) else call.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResult:
    """What a `/set` confirmed and refused. Ask for one's own id; a missing name is `OutcomeUnknown`, never success."""

    sent_at: datetime
    created: dict[str, dict[str, Any]] = field(repr=False)
    updated: dict[str, dict[str, Any]]
    destroyed: frozenset[str]
    not_created: dict[str, SetError]
    not_updated: dict[str, SetError]
    not_destroyed: dict[str, SetError]

    def created_as(self, creation_id: str) -> dict[str, Any] | SetError:
        """Give the server-set properties of a created object, or why it was refused; else raise `OutcomeUnknown`."""
        if creation_id in self.not_created:
            return self.not_created[creation_id]
        if "id" in self.created.get(creation_id, {}):
            return self.created[creation_id]
        raise OutcomeUnknown(self.sent_at)

    def update_of(self, object_id: str) -> SetError | None:
        """Give None if the server named the id as updated, or why it was refused; else raise `OutcomeUnknown`."""
        if object_id in self.not_updated:
            return self.not_updated[object_id]
        if object_id in self.updated:
            return None
        raise OutcomeUnknown(self.sent_at)

    def destruction_of(self, object_id: str) -> SetError | None:
        """Give None if the server named the id as destroyed, or why it was refused; else raise `OutcomeUnknown`."""
        if object_id in self.not_destroyed:
            return self.not_destroyed[object_id]
        if object_id in self.destroyed:
            return None
        raise OutcomeUnknown(self.sent_at)


def parse(body: bytes, calls: tuple[Call, ...], *, account_id: str | None, sent_at: datetime) -> Response:
    """Read the answer to `calls`. Raises `NotJson` when it is unreadable, incomplete, or about another account."""
    answer = decode(body, _Body)
    results: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {}
    for name, result, call_id in answer.method_responses:
        results[call_id] = (*results.get(call_id, ()), (name, result))
    for call in calls:
        if call.id not in results:
            raise NotJson("a call was not answered")
        name, result = results[call.id][0]
        if name not in {"error", call.name}:
            raise NotJson("a call was answered by another method")
        asked = call.arguments.get("accountId", account_id)
        told = result.get("accountId")
        if name != "error" and isinstance(asked, str) and isinstance(told, str) and told.lower() != asked.lower():
            raise NotJson("the answer is about another account")
    return Response(
        sent_at=sent_at, session_state=answer.session_state, created_ids=answer.created_ids, results=results
    )


def parse_set(result: dict[str, Any], *, sent_at: datetime) -> SetResult:
    """Read the result of a `/set`. Raises `OutcomeUnknown` when it cannot be read."""
    try:
        answer = convert(result, _Set)
    except NotJson:
        raise OutcomeUnknown(sent_at) from None
    return SetResult(
        sent_at=sent_at,
        created={key: value or {} for key, value in (answer.created or {}).items()},
        updated={key: value or {} for key, value in (answer.updated or {}).items()},
        destroyed=frozenset(answer.destroyed or ()),
        not_created={key: _set_error(value) for key, value in (answer.not_created or {}).items()},
        not_updated={key: _set_error(value) for key, value in (answer.not_updated or {}).items()},
        not_destroyed={key: _set_error(value) for key, value in (answer.not_destroyed or {}).items()},
    )


def _method_error(result: dict[str, Any]) -> MethodError:
    try:
        error = convert(result, _Error)
    except NotJson:
        return MethodError("serverFail")
    return MethodError(error.type, error.description)


def _set_error(error: _SetError) -> SetError:
    return SetError(
        type=error.type,
        description=error.description,
        properties=error.properties or (),
        existing_id=error.existing_id,
        object_id=error.object_id,
        linked_objects=error.linked_objects or (),
        validation_errors=tuple(_validation_error(entry) for entry in error.validation_errors or ()),
    )


def _validation_error(entry: dict[str, Any]) -> ValidationError:
    value, required = entry.get("value"), entry.get("required")
    return ValidationError(
        type=str(entry.get("type", "")),
        property=str(entry["property"]) if "property" in entry else None,
        value=None if value is None else str(value),
        required=required if isinstance(required, int) else None,
    )
