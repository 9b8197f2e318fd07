"""An error goes from the panel to the command line as a document, and arrives as itself."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from bulwark import errors
from bulwark.account.error_documents import ErrorDocument, document_of, error_of

AT = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
WITH_FACTS = [
    errors.TooManyAttempts(AT),
    errors.TooManyRequests(17),
    errors.OutcomeUnknown(AT),
    errors.CodeDoesNotMatch(-4),
    errors.AuthenticatorChanged(replacing=True),
    errors.PermissionMissing("sysAccountPasswordGet", "sysAccountPasswordUpdate"),
    errors.Refused("No, said the server."),
]
WITHOUT = [errors.WrongPassword(), errors.WrongRecoveryCode(), errors.Gone(), errors.SignInExpired()]


@pytest.mark.parametrize("error", WITH_FACTS + WITHOUT, ids=lambda error: type(error).__name__)
def test_an_error_arrives_as_itself(error: errors.BulwarkError) -> None:
    raw = msgspec.json.encode(document_of(error, "AAAA-BBBB-CCCC"))
    arrived = error_of(msgspec.json.decode(raw, type=ErrorDocument))

    assert type(arrived) is type(error)
    assert vars(arrived) == vars(error)


@pytest.mark.parametrize(
    "document",
    [
        ErrorDocument(error="NobodyKnowsThis"),
        ErrorDocument(error="datetime"),
        ErrorDocument(error="BulwarkErrors"),
        ErrorDocument(error="TooManyAttempts"),
        ErrorDocument(error="TooManyAttempts", facts={"until": "tomorrow"}),
        ErrorDocument(error="CodeDoesNotMatch", facts={"minutes": "x"}),
        ErrorDocument(error="QuotaReached"),
    ],
    ids=lambda document: f"{document.error}-{len(document.facts)}",
)
def test_what_nobody_understands_is_an_answer_that_cannot_be_read(document: ErrorDocument) -> None:
    assert isinstance(error_of(document), errors.ProtocolBroken)
