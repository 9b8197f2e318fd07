"""The server's refusals, by the level they happen at.

Problem         the whole HTTP request (problem+json)
MethodError     one method call
SetError        one object of a /set call
ConnectionCut   no answer at all
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(slots=True, kw_only=True)
class Problem(Exception):
    """A problem+json answer to the whole request."""

    status: int
    detail: str
    type: str = "about:blank"
    title: str | None = None
    limit: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    sorted_keys: bool = False

    def body(self) -> dict[str, Any]:
        """The JSON body, with its keys in the server's order."""
        if self.sorted_keys:
            return {"detail": self.detail, "status": self.status, "title": self.title, "type": self.type}
        body: dict[str, Any] = {"type": self.type, "status": self.status}
        if self.title is not None:
            body["title"] = self.title
        body["detail"] = self.detail
        if self.limit is not None:
            body["limit"] = self.limit
        return body


class MethodError(Exception):
    """A method-level error: type and, for most, a description."""

    def __init__(self, type_: str, description: str | None = None) -> None:
        super().__init__(type_)
        self.type: Final = type_
        self.description: Final = description

    def body(self) -> dict[str, Any]:
        """The arguments of the `error` response."""
        return {"type": self.type} if self.description is None else {"type": self.type, "description": self.description}


class SetError(Exception):
    """The refusal of one object in a /set call, with whichever fields the server fills for that type."""

    def __init__(
        self, type_: str, description: str | None = None, properties: list[str] | None = None, **fields: Any
    ) -> None:
        super().__init__(type_)
        self.type: Final = type_
        self.body: Final[dict[str, Any]] = {"type": type_}
        if description is not None:
            self.body["description"] = description
        if properties is not None:
            self.body["properties"] = properties
        self.body.update(fields)


class ConnectionCut(ConnectionResetError):
    """The connection ends without an answer; over a socket the server closes it."""


CHALLENGES: Final = (
    (
        "WWW-Authenticate",
        'Bearer realm="Stalwart Server", resource_metadata="/.well-known/oauth-protected-resource"',
    ),
    ("WWW-Authenticate", 'Basic realm="Stalwart Server"'),
)
UNAVAILABLE: Final = "This server is temporarily unavailable. Attempting this same operation later may succeed."


def unauthorized(*, challenge: bool = True) -> Problem:
    """401; without the two challenges when the credential itself has expired."""
    return Problem(
        status=401,
        title="Unauthorized",
        detail="You have to authenticate first.",
        headers=CHALLENGES if challenge else (),
    )


def mfa_required() -> Problem:
    """402: the password is right, and a second factor is on."""
    detail = (
        "This account requires multi-factor authentication. "
        "Alternatively, you can use an app password if your account has one."
    )
    return Problem(status=402, title="MFA code required", detail=detail)


def forbidden() -> Problem:
    """403: no `authenticate` permission, or an address outside the credential's list."""
    return Problem(status=403, title="Forbidden", detail="You do not have enough permissions to access this resource.")


def blocked() -> Problem:
    """403 with its own key order: the client's address is banned."""
    return Problem(status=403, title="Forbidden", detail="Forbidden", sorted_keys=True)


def not_found() -> Problem:
    """404."""
    return Problem(status=404, title="Not Found", detail="The requested resource does not exist on this server.")


def too_many_attempts() -> Problem:
    """429 of the request that triggered a ban."""
    return Problem(
        status=429,
        title="Too Many Authentication Attempts",
        detail="Your request has been rate limited. Please try again in a few minutes.",
    )


def too_many_requests(retry_after: int, quota: int = 100) -> Problem:
    """429 of the request limit, with the seconds to wait."""
    return Problem(
        status=429,
        title="Too Many Requests",
        detail="Your request has been rate limited. Please try again in a few seconds.",
        headers=(
            ("Retry-After", str(retry_after)),
            ("RateLimit-Policy", f'"requests";q={quota}'),
            ("RateLimit", f'"requests";r=0;t={retry_after}'),
        ),
    )


def limit(name: str, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> Problem:
    """400 of RFC 8620 section 3.6.1 for a limit of the session resource."""
    return Problem(status=400, type="urn:ietf:params:jmap:error:limit", detail=detail, limit=name, headers=headers)


def not_request(body: bytes) -> Problem:
    """400 that repeats the whole request body, secrets included, as the real server does."""
    return Problem(
        status=400, type="urn:ietf:params:jmap:error:notRequest", detail=body.decode("utf-8", errors="replace")
    )


def invalid_parameters(detail: str) -> Problem:
    """400 for a form or a sign-in document that cannot be read."""
    return Problem(status=400, title="Invalid parameters", detail=detail)


def internal_error() -> Problem:
    """500."""
    return Problem(
        status=500,
        title="Internal Server Error",
        detail=(
            "There was a problem while processing your request. "
            "Please contact the system administrator if this problem persists."
        ),
    )


def denied(action: str | None = None) -> MethodError:
    """The method-level `forbidden` of a missing permission; `action` is create, update or destroy, None is reading."""
    if action is None:
        return MethodError("forbidden", "You are not authorized to perform this action")
    return MethodError("forbidden", f"You are not authorized to {action} objects of this type")


def invalid_patch(message: str, path: str) -> SetError:
    """A property that cannot be written, with the path of the offending part."""
    return SetError("invalidPatch", message, [path])


def validation_failed(*errors: dict[str, Any]) -> SetError:
    """An object that does not satisfy the registry's rules when it is written."""
    return SetError("validationFailed", validationErrors=list(errors))


def too_many_concurrent() -> Problem:
    """400 of the fifth request at once of one account; it has no Retry-After."""
    return limit(
        "maxConcurrentRequests",
        "The request exceeds the maximum number of concurrent requests.",
        (
            ("RateLimit-Policy", '"concurrent-requests";q=4;qu="concurrent-requests"'),
            ("RateLimit", '"concurrent-requests";r=0'),
        ),
    )
