"""What was asked of the server, for tests that count: never a secret, never a body."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import auth, grants
from stalwart_sandbox.quirks import Exchange

if TYPE_CHECKING:
    from stalwart_sandbox.http import Request
    from stalwart_sandbox.state import State

_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request: `methods` are its JMAP method names in order, `authorization` is none, basic or bearer.

    `account` is the address the request claims to speak for, as far as it can be told; `client` the address the server
    goes by, `forwarded_for` the X-Forwarded-For header as it came.
    """

    method: str
    path: str
    methods: tuple[str, ...]
    authorization: str
    account: str | None
    client: str
    forwarded_for: str | None


@dataclass(slots=True)
class RequestLog:
    """The latest ten thousand requests."""

    requests: deque[RecordedRequest] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def record(self, state: State, request: Request) -> Exchange:
        """Note a request and return what quirks can be tied to."""
        document = _document(request)
        methods = _methods(document) if request.path.rstrip("/") == "/jmap" else ()
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        account = _resolved(state, _claimed(state, request, document, scheme.lower(), value.strip()))
        self.requests.append(
            RecordedRequest(
                method=request.method,
                path=request.path,
                methods=methods,
                authorization=scheme.lower() if scheme else "none",
                account=account,
                client=request.client,
                forwarded_for=request.headers.get("x-forwarded-for"),
            )
        )
        return Exchange(path=request.path, client=request.client, account=account, methods=methods)


def _document(request: Request) -> Any:
    if request.path.rstrip("/") not in {"/jmap", "/api/auth"}:
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _methods(document: Any) -> tuple[str, ...]:
    calls = document.get("methodCalls") if isinstance(document, dict) else None
    if not isinstance(calls, list):
        return ()
    return tuple(call[0] for call in calls if isinstance(call, list) and call and isinstance(call[0], str))


def _claimed(state: State, request: Request, document: Any, scheme: str, value: str) -> str | None:
    if scheme == "basic":
        pair = auth.decode_basic(value)
        return pair[0] if pair else None
    if scheme == "bearer" and value.startswith("API_"):
        account = state.accounts.get(auth.account_of_api_key(value) or -1)
        return account.address if account else None
    if scheme == "bearer":
        return grants.name_in(value)
    if request.path == "/api/auth":
        name = document.get("accountName") if isinstance(document, dict) else None
        return name.strip().lower() if isinstance(name, str) else None
    if request.path == "/auth/token":
        return _claimed_at_token(state, request)
    return None


def _claimed_at_token(state: State, request: Request) -> str | None:
    form = request.form()
    if "refresh_token" in form:
        return grants.name_in(form["refresh_token"])
    code = state.grants.codes.get(form.get("code", ""))
    device = state.grants.devices.get(form.get("device_code", ""))
    account = code.account if code is not None else device.account if device is not None else None
    return account.address if account is not None else None


def _resolved(state: State, login: str | None) -> str | None:
    """The primary address behind a login; an unknown login stays as it is."""
    if login is None:
        return None
    found = state.find(login if "@" in login else f"{login}@{state.default_domain()}")
    return found[0].address if found else login
