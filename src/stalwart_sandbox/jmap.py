"""One POST /jmap/: reading the request, references between calls, permissions, and the answer (RFC 8620 section 3).

A request the server cannot read comes back whole in the problem's `detail`; a wrong argument type does the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import errors, ids, session
from stalwart_sandbox.errors import MethodError
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.auth import Caller
    from stalwart_sandbox.http import Request
    from stalwart_sandbox.state import State

Json = dict[str, Any]

# Arguments the server reads while it parses; another type makes the whole request unreadable. null is always taken.
_TYPES: Final[dict[str, type]] = {
    "accountId": str,
    "ids": list,
    "properties": list,
    "create": dict,
    "update": dict,
    "destroy": list,
    "filter": dict,
    "sort": list,
    "position": int,
    "anchor": str,
    "anchorOffset": int,
    "limit": int,
    "calculateTotal": bool,
    "sinceState": str,
    "bodyProperties": list,
    "onSuccessDestroyEmail": list,
}
_TEXT_LISTS: Final = ("ids", "properties", "destroy", "bodyProperties", "onSuccessDestroyEmail")
_TRIPLE: Final = 3


@dataclass(slots=True, kw_only=True)
class Call:
    """One method call being answered; `refs` maps this request's creation ids to ids, `extra` holds further answers."""

    state: State
    caller: Caller
    client: str
    name: str
    call_id: str
    arguments: Json
    account_number: int
    refs: dict[str, str]
    extra: list[list[Any]] = field(default_factory=list)

    @property
    def account_id(self) -> str:
        """The id of the account the call is about."""
        return ids.encode(self.account_number)

    @property
    def account(self) -> Account | None:
        """The account the call is about; None for the recovery administrator and for unknown ones."""
        return self.state.accounts.get(self.account_number)

    def allows(self, permission: str) -> bool:
        """Whether the caller holds a permission."""
        return permission in self.caller.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method: what answers it, the permission that reading needs, and for a /set the three of writing."""

    answer: Callable[[Call], Json]
    read: str | None = None
    create: str | None = None
    update: str | None = None
    destroy: str | None = None
    capability: str | None = None
    needs_account: bool = True

    @property
    def is_set(self) -> bool:
        """Whether this is a /set."""
        return self.update is not None or self.create is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A readable request."""

    using: frozenset[str]
    calls: list[tuple[str, Json, str]]
    created_ids: dict[str, str] | None


def read_body(request: Request) -> Body:
    """The request document; Problem `notJSON`, `notRequest` or `limit`."""
    content_type = request.headers.get("content-type")
    if content_type is not None and content_type.split(";")[0].strip().lower() != "application/json":
        raise errors.Problem(
            status=400,
            type="urn:ietf:params:jmap:error:notJSON",
            detail="Failed to parse JSON: The Content-Type header must be application/json.",
        )
    if request.too_large:
        raise errors.limit("maxSizeRequest", "The request is larger than the server is willing to process.")
    body = _parse(request.body)
    if body is None:
        raise errors.not_request(request.body)
    if len(body.calls) > session.MAX_CALLS:
        raise errors.limit("maxCallsInRequest", "The request exceeds the maximum number of calls in a single request.")
    return body


def _parse(raw: bytes) -> Body | None:
    try:
        document = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    using, calls = document.get("using", []), document.get("methodCalls")
    created_ids = document.get("createdIds")
    if (
        not isinstance(using, list)
        or not all(isinstance(name, str) and name in session.KNOWN_CAPABILITIES for name in using)
        or not isinstance(calls, list)
        or not all(_is_call(call) for call in calls)
        or not _is_created_ids(created_ids)
    ):
        return None
    return Body(using=frozenset(using), calls=[tuple(call) for call in calls], created_ids=created_ids)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _is_created_ids(value: object) -> bool:
    return value is None or (isinstance(value, dict) and all(isinstance(item, str) for item in value.values()))


def _is_call(call: object) -> bool:
    if not isinstance(call, list) or len(call) != _TRIPLE:
        return False
    name, arguments, call_id = call
    if not isinstance(name, str) or not isinstance(arguments, dict) or not isinstance(call_id, str):
        return False
    return name == "Core/echo" or (
        all(isinstance(arguments.get(key), type_ | None) for key, type_ in _TYPES.items())
        and all(isinstance(item, str) for key in _TEXT_LISTS for item in arguments.get(key) or ())
        and _is_filter(arguments.get("filter") or {})
    )


def _is_filter(value: Json) -> bool:
    conditions = value.get("conditions", [])
    return isinstance(conditions, list) and all(isinstance(item, dict) for item in conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What the calls of one request have in common."""

    state: State
    caller: Caller
    client: str
    using: frozenset[str]
    methods: Mapping[str, Method]
    refs: dict[str, str]


def answer(state: State, caller: Caller, client: str, body: Body, methods: Mapping[str, Method]) -> Json:
    """The response document of a readable request."""
    refs = dict(body.created_ids or {})
    about = _About(state=state, caller=caller, client=client, using=body.using, methods=methods, refs=refs)
    responses: list[list[Any]] = []
    for name, arguments, call_id in body.calls:
        try:
            call, method = _prepare(about, responses, name, arguments, call_id)
            responses.append([name, method.answer(call), call_id])
            responses += call.extra
        except MethodError as error:
            responses.append(["error", error.body(), call_id])
    document: Json = {"methodResponses": responses, "sessionState": state.session_state(caller.number)}
    if body.created_ids is not None and refs:
        document["createdIds"] = refs
    return document


def _prepare(
    about: _About, responses: list[list[Any]], name: str, arguments: Json, call_id: str
) -> tuple[Call, Method]:
    """The call with its references resolved, once the caller may make it."""
    caller = about.caller
    address = caller.account.address if caller.account else None
    method = about.methods.get(name)
    is_registry = name.startswith("x:")
    if method is None or (is_registry and about.state.quirks.is_on(Quirk.BEFORE_0_16, address)):
        raise MethodError("unknownMethod", name)
    if method.capability is not None and method.capability not in about.using:
        text = f'Method {name} requires capability {method.capability} which is not present in the "using" property.'
        raise MethodError("unknownMethod", text)
    resolved = _resolve(arguments, responses)
    number = _account_number(caller, resolved, registry=is_registry) if method.needs_account else caller.number
    _check_permissions(caller, method, resolved)
    _check_sizes(resolved)
    call = Call(
        state=about.state,
        caller=caller,
        client=about.client,
        name=name,
        call_id=call_id,
        arguments=resolved,
        account_number=number,
        refs=about.refs,
    )
    return call, method


def _account_number(caller: Caller, arguments: Json, *, registry: bool) -> int:
    given = arguments.get("accountId")
    number = ids.decode(given) if isinstance(given, str) else None
    if registry and number is None:
        return caller.number
    if given is None:
        raise MethodError("invalidArguments", 'The "accountId" property is required.')
    if number is None:
        raise MethodError("accountNotFound", "The accountId does not correspond to a valid account")
    if number != caller.number and "impersonate" not in caller.permissions:
        member = caller.account is not None and ids.encode(number) in caller.account.member_group_ids
        if not member:
            raise MethodError("forbidden", f"You are not an owner of account {ids.encode(number)}")
    return number


def _check_permissions(caller: Caller, method: Method, arguments: Json) -> None:
    held = caller.permissions
    if not method.is_set:
        if method.read is not None and method.read not in held:
            raise errors.denied()
        return
    if not {method.create, method.update, method.destroy} & held:
        raise errors.denied("create, update or destroy")
    for action, permission in (("create", method.create), ("update", method.update), ("destroy", method.destroy)):
        if arguments.get(action) and permission not in held:
            raise errors.denied(action)


def _check_sizes(arguments: Json) -> None:
    counts = (len(arguments.get(key) or ()) for key in ("create", "update", "destroy"))
    if len(arguments.get("ids") or ()) > session.MAX_OBJECTS or sum(counts) > session.MAX_OBJECTS:
        raise MethodError(
            "requestTooLarge",
            "The number of ids requested by the client exceeds the maximum number "
            "the server is willing to process in a single method call.",
        )


def _resolve(arguments: Json, responses: list[list[Any]]) -> Json:
    """The arguments with their result references replaced (RFC 8620 section 3.7)."""
    if not any(key.startswith("#") for key in arguments):
        return arguments
    resolved: Json = {}
    for key, value in arguments.items():
        if key.startswith("#") and isinstance(value, dict):
            resolved[key[1:]] = _result(value, responses)
        else:
            resolved[key] = value
    return resolved


def _result(reference: Json, responses: list[list[Any]]) -> Any:
    wanted, name, path = reference.get("resultOf"), reference.get("name"), reference.get("path")
    for found, document, call_id in responses:
        if call_id == wanted and found == name and isinstance(path, str):
            try:
                return _walk(document, path.strip("/").split("/"))
            except (KeyError, IndexError, TypeError, ValueError):
                break
    raise MethodError("invalidResultReference", f"Result reference to {wanted}#{name} not found.")


def _walk(document: Any, parts: list[str]) -> Any:
    for place, raw in enumerate(parts):
        part = raw.replace("~1", "/").replace("~0", "~")
        if part == "*" and isinstance(document, list):
            rest = [_walk(item, parts[place + 1 :]) for item in document]
            return [inner for item in rest for inner in (item if isinstance(item, list) else [item])]
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document
