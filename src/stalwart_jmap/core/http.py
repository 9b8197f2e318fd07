"""HTTP requests and answers as plain values, and the one reading of an answer's status (RFC 7807, RFC 9110).

The I/O-free parts build an `HttpRequest` and read an `HttpAnswer`; only `stalwart_jmap.transport` carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlencode

import msgspec

from stalwart_jmap.core.errors import (
    AccessForbidden,
    AuthenticationFailed,
    MfaRequired,
    NotJson,
    RateLimited,
    RedirectRefused,
    RequestError,
    ServerFailed,
    retry_after,
)
from stalwart_jmap.core.wire import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stalwart_jmap.secret import Secret

_T = TypeVar("_T")

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
FORM: Final = "application/x-www-form-urlencoded"
_SECONDS: Final = 10
_MINUTES: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request to the server's origin. `path` starts with one slash. Body and authorization never print."""

    method: str
    path: str
    content_type: str | None = None
    body: bytes | None = field(default=None, repr=False)
    authorization: Secret | None = None

    def authorized(self, authorization: Secret) -> HttpRequest:
        """Give the same request with an `Authorization` header."""
        return replace(self, authorization=authorization)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """One complete answer. Header names are lower case, repeated headers are joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class _Problem(msgspec.Struct):
    type: str = "about:blank"
    title: str | None = None
    detail: str | None = None
    limit: str | None = None


def get(path: str) -> HttpRequest:
    """Build a GET of `path`."""
    return HttpRequest(method="GET", path=path)


def post_json(path: str, value: object) -> HttpRequest:
    """Build a POST of `value` as JSON; a `Secret` inside is written in the clear, here and nowhere else."""
    return HttpRequest(method="POST", path=path, content_type=JSON, body=encode(value))


def post_form(path: str, fields: Mapping[str, str | Secret]) -> HttpRequest:
    """Build a POST of `fields` as a form."""
    plain = {name: value if isinstance(value, str) else value.reveal() for name, value in fields.items()}
    return HttpRequest(method="POST", path=path, content_type=FORM, body=urlencode(plain).encode())


def raise_for_status(answer: HttpAnswer) -> None:
    """Raise the typed error of every answer that is not 2xx; the status decides, whatever the body looks like."""
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status < HTTPStatus.BAD_REQUEST:
        raise RedirectRefused(f"unexpected status {status}")
    problem = _problem(answer)
    if status == HTTPStatus.UNAUTHORIZED:
        # Only an expired app password or API key gets a 401 without challenge.
        expired = answer.media_type == PROBLEM_JSON and "www-authenticate" not in answer.headers
        raise AuthenticationFailed(credential_expired=expired)
    if status == HTTPStatus.PAYMENT_REQUIRED:
        raise MfaRequired
    if status == HTTPStatus.FORBIDDEN:
        raise AccessForbidden(blocked=problem.detail == "Forbidden")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        banned = problem.title == "Too Many Authentication Attempts"
        wait = retry_after(answer.headers, otherwise=_MINUTES if banned else _SECONDS)
        raise RateLimited(retry_after=wait, title=problem.title, too_many_failures=banned)
    kind = ServerFailed if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RequestError
    raise kind(type=problem.type, status=status, title=problem.title, limit=problem.limit)


def read_json(answer: HttpAnswer, shape: type[_T]) -> _T:
    """Read a 2xx answer as `shape`. Raises the error of another status, and `NotJson` for anything unreadable."""
    raise_for_status(answer)
    require_json(answer)
    return decode(answer.body, shape)


def require_json(answer: HttpAnswer) -> None:
    """Raise `NotJson` unless the answer calls itself `application/json`; a proxy's page is none."""
    if answer.media_type != JSON:
        raise NotJson("the answer is not JSON")


def _problem(answer: HttpAnswer) -> _Problem:
    if answer.media_type not in {PROBLEM_JSON, JSON}:
        return _Problem()
    try:
        return decode(answer.body, _Problem)
    except NotJson:
        return _Problem()
