"""Errors as the panel's own interface for programs tells them, and back again: a name and its facts, no sentences.

The names are those of `bulwark.errors`. A name that is not known here reads as ProtocolBroken: a panel and a command
line of different releases may meet.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from bulwark import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class ErrorDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a refused request answers with; `reference` finds the log entry."""

    error: str
    reference: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


def document_of(error: Exception, reference: str) -> ErrorDocument:
    """An error as a document."""
    return ErrorDocument(error=type(error).__name__, reference=reference, facts=_facts(error))


def error_of(document: ErrorDocument) -> errors.BulwarkError:
    """The error that a document tells."""
    facts = document.facts
    try:
        return _with_facts(document.error, facts) or _plain(document.error)
    except (KeyError, TypeError, ValueError):
        return errors.ProtocolBroken()


def _facts(error: Exception) -> dict[str, Any]:
    match error:
        case errors.TooManyAttempts():
            return {"until": error.until.isoformat()}
        case errors.TooManyRequests():
            return {"retry_after": error.retry_after}
        case errors.OutcomeUnknown():
            return {"sent_at": error.sent_at.isoformat()}
        case errors.CodeDoesNotMatch():
            return {"minutes": error.minutes}
        case errors.AuthenticatorChanged():
            return {"replacing": error.replacing}
        case errors.PermissionMissing():
            return {"names": list(error.names)}
        case errors.WeakPassword() | errors.Refused():
            return {"text": error.text}
        case _:
            return {}


def _with_facts(name: str, facts: Mapping[str, Any]) -> errors.BulwarkError | None:
    match name:
        case "TooManyAttempts":
            return errors.TooManyAttempts(datetime.fromisoformat(facts["until"]))
        case "TooManyRequests":
            return errors.TooManyRequests(int(facts["retry_after"]))
        case "OutcomeUnknown":
            return errors.OutcomeUnknown(datetime.fromisoformat(facts["sent_at"]))
        case "CodeDoesNotMatch":
            return errors.CodeDoesNotMatch(int(facts["minutes"]))
        case "AuthenticatorChanged":
            return errors.AuthenticatorChanged(replacing=bool(facts["replacing"]))
        case "PermissionMissing":
            return errors.PermissionMissing(*(str(one) for one in facts["names"]))
        case "Refused":
            return errors.Refused(str(facts["text"]))
        case _:
            return None


def _plain(name: str) -> errors.BulwarkError:
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, errors.BulwarkError)):
        return errors.ProtocolBroken()
    return kind()
