"""Everything that can go wrong between us and the mail server, in the wire's own words.

    StalwartError
    ├── TransportError              no usable answer; `sent`: the server may have got the whole request
    │   ├── ConnectFailed           nothing was sent
    │   ├── TimedOut                `sent` true or false
    │   ├── AnswerLost              the connection ended before the answer did
    │   └── BadAnswer               an answer came and cannot be read
    │       ├── NotJson             HTML, half a JSON, nothing, or JSON of another shape
    │       ├── ResponseTooLarge    longer than the limit; reading stopped there
    │       └── RedirectRefused     a redirect that leaves the server, has no end, or answers a POST
    ├── AuthenticationFailed        401, or the anonymous session
    ├── MfaRequired                 402: the password is right, a code is needed, Basic cannot carry one
    ├── AccessForbidden             403: `blocked` address, or no `authenticate` permission, or a foreign network
    ├── RequestError                any other refusal of a whole request (RFC 7807)
    │   ├── RateLimited             429, with the seconds to wait
    │   ├── ServerFailed            5xx
    │   └── OAuthRefused            an OAuth endpoint said no, with its error code
    ├── UnsupportedServer           older than 0.16, or no Stalwart
    ├── MethodError                 one call of a batch failed
    └── OutcomeUnknown              a write was sent and its answer is lost: applied or not, nobody knows

`SetError` is no exception but a value: one object of a `/set` that the server refused.

Law: RFC 8620 sections 3.6 and 5.3. The `detail` of a problem document is never kept: in Stalwart's 400 `notRequest` it
repeats the whole request, passwords included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LIMIT: Final = "urn:ietf:params:jmap:error:limit"
NOT_REQUEST: Final = "urn:ietf:params:jmap:error:notRequest"


class StalwartError(Exception):
    """The root of this library's errors."""


class TransportError(StalwartError):
    """No usable answer. `sent` is true when the server may have received the whole request, and carried it out."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class ConnectFailed(TransportError):
    """No connection, or no trust in its certificate: nothing was sent."""

    def __init__(self, message: str = "the server cannot be reached") -> None:
        super().__init__(message, sent=False)


class TimedOut(TransportError):
    """The whole exchange took longer than allowed."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the server took too long", sent=sent)


class AnswerLost(TransportError):
    """The connection ended before the answer did; with `sent` false before the request was complete, too."""

    def __init__(self, *, sent: bool = True) -> None:
        super().__init__("the answer was lost", sent=sent)


class BadAnswer(TransportError):
    """An answer came and cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, sent=True)


class NotJson(BadAnswer):
    """JSON of a known shape was expected, something else came."""


class ResponseTooLarge(BadAnswer):
    """The answer is longer than `limit` bytes; the rest was not read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the answer is longer than {limit} bytes")
        self.limit = limit


class RedirectRefused(BadAnswer):
    """The server redirects to somewhere we do not follow; the request itself was not carried out."""


class AuthenticationFailed(StalwartError):
    """401: wrong or dead credentials. `credential_expired`: an app password or API key past its end."""

    def __init__(self, *, credential_expired: bool = False) -> None:
        super().__init__("the server does not accept the credentials")
        self.credential_expired = credential_expired


class MfaRequired(StalwartError):
    """402: Basic credentials are right, and the account asks for a second factor."""

    def __init__(self) -> None:
        super().__init__("the account asks for a second factor")


class AccessForbidden(StalwartError):
    """403. `blocked`: the server refuses this client address; else the account or network may not do this."""

    def __init__(self, *, blocked: bool) -> None:
        super().__init__("the server blocks this address" if blocked else "the server forbids access")
        self.blocked = blocked


class RequestError(StalwartError):
    """A whole request was refused and not carried out: `type`, HTTP `status`, `title`, and which `limit` was met."""

    def __init__(self, *, type: str, status: int, title: str | None = None, limit: str | None = None) -> None:  # noqa: A002 - RFC 7807's own name
        super().__init__(f"the server refused the request: {status} {type}{f' ({limit})' if limit else ''}")
        self.type = type
        self.status = status
        self.title = title
        self.limit = limit


class RateLimited(RequestError):
    """429. `retry_after` in seconds; `too_many_failures`: this request made the server ban the address."""

    def __init__(self, *, retry_after: int, title: str | None = None, too_many_failures: bool = False) -> None:
        super().__init__(type="about:blank", status=429, title=title)
        self.retry_after = retry_after
        self.too_many_failures = too_many_failures


class ServerFailed(RequestError):
    """5xx: something broke inside the server or in front of it."""


class OAuthRefused(RequestError):
    """A token endpoint answered `{"error": …}`; `error` is its code, such as `invalid_grant` (RFC 6749, 5.2)."""

    def __init__(self, error: str, *, status: int = 400) -> None:
        super().__init__(type=f"oauth:{error}", status=status)
        self.error = error


class UnsupportedServer(StalwartError):
    """The server is older than Stalwart 0.16, or is no Stalwart."""

    def __init__(self) -> None:
        super().__init__("the server is no Stalwart 0.16 or newer")


class MethodError(StalwartError):
    """One method call failed (RFC 8620, 3.6.2). `description` is the server's sentence, if it gave one."""

    def __init__(self, type: str, description: str | None = None) -> None:  # noqa: A002 - RFC 8620's own name
        super().__init__(f"{type}: {description}" if description else type)
        self.type = type
        self.description = description


class OutcomeUnknown(StalwartError):
    """A write was sent at `sent_at` and nothing tells whether it was applied. Read back before sending again."""

    def __init__(self, sent_at: datetime) -> None:
        super().__init__("the answer to a write was lost")
        self.sent_at = sent_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectReference:
    """An object named in a refusal: its type without `x:`, and its id."""

    object: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationError:
    """One complaint of a `validationFailed`: `type` is capitalised (`Required`, `Invalid`, `MaxLength`, …)."""

    type: str
    property: str | None = None
    value: str | None = None
    required: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetError:
    """Why one object of a `/set` was refused (RFC 8620, 5.3, and Stalwart's registry types)."""

    type: str
    description: str | None = None
    properties: tuple[str, ...] = ()
    existing_id: str | None = None
    object_id: ObjectReference | None = None
    linked_objects: tuple[ObjectReference, ...] = ()
    validation_errors: tuple[ValidationError, ...] = ()


def retry_after(headers: Mapping[str, str], *, otherwise: int) -> int:
    """Seconds to wait, from `Retry-After` or the `t=` of `RateLimit`; between 1 and 86,400.

    Old servers (before 0.16.7) send neither: `otherwise` then.
    """
    candidates = [headers.get("retry-after", "")]
    candidates += [part.strip()[2:] for part in headers.get("ratelimit", "").split(";") if part.strip()[:2] == "t="]
    for text in candidates:
        digits = text.strip()
        if digits.isascii() and digits.isdigit() and len(digits) <= len("86400000"):
            return min(max(int(digits), 1), 86_400)
    return otherwise
