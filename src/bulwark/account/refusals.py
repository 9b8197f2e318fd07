"""The first translation: from the library's words for the wire to the panel's own.

Each row of the table was recorded from a real server. A text that is not in it is shown as the server said it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import stalwart_jmap as jmap
from bulwark import errors

if TYPE_CHECKING:
    from datetime import datetime

    from stalwart_jmap import Call, Response

# (kind, a part of the server's text) -> error, for x:AccountPassword/set; scenarios `password`, `totp`.
_PASSWORD_TABLE: tuple[tuple[str, str, type[errors.Refusal]], ...] = (
    ("forbidden", "Current OTP code is required", errors.CodeRequired),
    ("forbidden", "does not support password changes", errors.NoPassword),
    ("forbidden", "on an account that doesn't have one", errors.NoPassword),
)


def from_wire(error: jmap.StalwartError) -> errors.BulwarkError:
    """Say a library error in the panel's words. Nothing had been written when it is raised."""
    match error:
        case jmap.AuthenticationFailed():
            return errors.SignInExpired()
        case jmap.RateLimited():
            return errors.TooManyRequests(error.retry_after)
        case jmap.UnsupportedServer():
            return errors.UnsupportedServer()
        case jmap.AccessForbidden():
            return errors.AddressBlocked("unknown") if error.blocked else errors.SignInNotPermitted()
        case jmap.MfaRequired():
            return errors.SignInExpired()
        case jmap.ServerFailed():
            return errors.ServerUnreachable()
        case jmap.BadAnswer() | jmap.ResponseTooLarge() | jmap.RequestError():
            return errors.ProtocolBroken()
        case jmap.MethodError():
            return from_method_error(error)
        case jmap.TransportError():
            return errors.ServerUnreachable()
        case _:
            return errors.ProtocolBroken()


def from_method_error(error: jmap.MethodError, *names: str) -> errors.BulwarkError:
    """Say a refused method in the panel's words; `names` are the permissions the call needs."""
    description = error.description or ""
    if error.type == "forbidden" and "Enterprise edition" in description:
        return errors.FeatureAbsent()
    if error.type == "forbidden":
        return errors.PermissionMissing(*names)
    if error.type in {"unknownMethod", "unknownDataType"}:
        return errors.UnsupportedServer()
    if error.type == "serverUnavailable":
        return errors.ServerUnreachable()
    return errors.Refused(description or error.type)


def result_of(response: Response, call: Call | str, *names: str) -> dict[str, Any]:
    """What the server answered to one call of a request; `names` are the permissions the call needs.

    Raises:
        BulwarkError: the method was refused.
    """
    result = response.get(call)
    if isinstance(result, jmap.MethodError):
        raise from_method_error(result, *names)
    return result


def from_password_set(error: jmap.SetError, *, with_code: bool) -> errors.Refusal | errors.ManagedElsewhere:
    """Say why the server did not change the password or the second factor (protocol reference 3.3)."""
    text = error.description or ""
    for kind, part, refusal in _PASSWORD_TABLE:
        if error.type == kind and part in text:
            return refusal()
    if error.type == "forbidden" and "Current secret is incorrect" in text:
        return errors.WrongPasswordOrCode() if with_code else errors.WrongPassword()
    if error.type == "forbidden" and "Operation not allowed" in text:
        return errors.ManagedElsewhere()
    if error.type == "invalidProperties" and "secret" in (error.properties or ()):
        return errors.WeakPassword(text)
    if error.type == "notFound":
        return errors.NoPassword()
    return errors.Refused(text or error.type)


def lost(error: jmap.OutcomeUnknown) -> errors.OutcomeUnknown:
    """A write whose answer was lost, with the moment it was sent."""
    sent_at: datetime = error.sent_at
    return errors.OutcomeUnknown(sent_at)
