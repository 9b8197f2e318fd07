"""Batches: method calls, references between them, and the request object (RFC 8620, 3.2 to 3.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stalwart_jmap.core.http import HttpRequest, post_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CORE: Final = "urn:ietf:params:jmap:core"
STALWART: Final = "urn:stalwart:jmap"
SUBMISSION: Final = "urn:ietf:params:jmap:submission"
MAIL: Final = "urn:ietf:params:jmap:mail"

# Standard methods are refused unless their capability is named; the registry's own (`x:…`) never need one.
_CAPABILITY_OF: Final = {
    "Identity": SUBMISSION,
    "EmailSubmission": SUBMISSION,
    "Email": MAIL,
    "Mailbox": MAIL,
    "Thread": MAIL,
    "SearchSnippet": MAIL,
    "Quota": "urn:ietf:params:jmap:quota",
    "VacationResponse": "urn:ietf:params:jmap:vacationresponse",
    "SieveScript": "urn:ietf:params:jmap:sieve",
}
_READING: Final = frozenset({"get", "query", "changes", "queryChanges", "echo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReference:
    """A value taken from the result of an earlier call of the same request (RFC 8620, 3.7)."""

    result_of: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """One method call. An argument whose value is a `ResultReference` is sent under `#name`; `accountId` is added."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = "0"

    @property
    def writes(self) -> bool:
        """Whether the call may change something: every method not known to be a reading one."""
        return self.name.rpartition("/")[2] not in _READING

    def ref(self, path: str) -> ResultReference:
        """Refer to a part of this call's result, such as `/ids`, in a later call."""
        return ResultReference(result_of=self.id, name=self.name, path=path)


def creation_reference(creation_id: str) -> str:
    """Refer, as the value of an id property, to an object created earlier in the same request."""
    return f"#{creation_id}"


def build(
    path: str,
    calls: Iterable[Call],
    *,
    account_id: str | None,
    using: Iterable[str] | None = None,
    created_ids: Mapping[str, str] | None = None,
) -> HttpRequest:
    """Build the POST of a batch. Raises ValueError for no call at all, or for two calls of one id."""
    calls = tuple(calls)
    if not calls or len({call.id for call in calls}) < len(calls):
        message = "a request needs at least one call, and call ids must differ"
        raise ValueError(message)
    body: dict[str, Any] = {
        "using": sorted(using) if using is not None else capabilities(calls),
        "methodCalls": [[call.name, _arguments(call, account_id), call.id] for call in calls],
    }
    if created_ids is not None:
        body["createdIds"] = dict(created_ids)
    return post_json(path, body)


def capabilities(calls: Iterable[Call]) -> list[str]:
    """Name the capabilities these calls need."""
    needed = {CORE, STALWART}
    needed.update(_CAPABILITY_OF.get(call.name.partition("/")[0], CORE) for call in calls)
    return sorted(needed)


def _arguments(call: Call, account_id: str | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if account_id is not None and call.name != "Core/echo":
        # Always our own id in writing: a missing or broken one would silently mean "mine" to x: methods.
        arguments["accountId"] = account_id
    for name, value in call.arguments.items():
        if isinstance(value, ResultReference):
            arguments[f"#{name}"] = {"resultOf": value.result_of, "name": value.name, "path": value.path}
        else:
            arguments[name] = value
    return arguments
