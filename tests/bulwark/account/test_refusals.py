"""Each of the server's words becomes one of ours; what is unknown is shown as it was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals

SENT = datetime(2026, 11, 23, 14, 32, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (jmap.ConnectFailed(), errors.ServerUnreachable),
        (jmap.TimedOut(sent=True), errors.ServerUnreachable),
        (jmap.AnswerLost(), errors.ServerUnreachable),
        (jmap.ServerFailed(type="about:blank", status=500), errors.ServerUnreachable),
        (jmap.ServerFailed(type="about:blank", status=503), errors.ServerUnreachable),
        (jmap.NotJson("x"), errors.ProtocolBroken),
        (jmap.ResponseTooLarge(10), errors.ProtocolBroken),
        (jmap.RedirectRefused("x"), errors.ProtocolBroken),
        (jmap.RequestError(type="about:blank", status=400), errors.ProtocolBroken),
        (jmap.RateLimited(retry_after=17), errors.TooManyRequests),
        (jmap.UnsupportedServer(), errors.UnsupportedServer),
        (jmap.AuthenticationFailed(), errors.SignInExpired),
        (jmap.MfaRequired(), errors.SignInExpired),
        (jmap.AccessForbidden(blocked=True), errors.AddressBlocked),
        (jmap.AccessForbidden(blocked=False), errors.SignInNotPermitted),
        (jmap.MethodError("forbidden", "x"), errors.PermissionMissing),
        (jmap.MethodError("forbidden", "needs the Enterprise edition"), errors.FeatureAbsent),
        (jmap.MethodError("unknownMethod"), errors.UnsupportedServer),
        (jmap.MethodError("serverUnavailable"), errors.ServerUnreachable),
        (jmap.MethodError("somethingNew", "in its own words"), errors.Refused),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_errors_of_the_wire(error: jmap.StalwartError, ours: type[errors.BulwarkError]) -> None:
    assert type(refusals.from_wire(error)) is ours


def test_every_error_of_the_library_is_one_of_ours() -> None:
    def leaves(kind: type[jmap.StalwartError]) -> list[type[jmap.StalwartError]]:
        below = [leaf for child in kind.__subclasses__() for leaf in leaves(child)]
        return below or [kind]

    for kind in leaves(jmap.StalwartError):
        error = kind.__new__(kind)
        error.args = ("x",)
        for name, value in {"retry_after": 1, "type": "x", "description": None, "blocked": True}.items():
            setattr(error, name, value)
        assert isinstance(refusals.from_wire(error), errors.BulwarkError)


@pytest.mark.parametrize(
    ("error", "with_code", "ours"),
    [
        (("forbidden", "Current secret is incorrect."), False, errors.WrongPassword),
        (("forbidden", "Current secret is incorrect."), True, errors.WrongPasswordOrCode),
        (
            ("forbidden", "Current OTP code is required to change the password or OTP auth."),
            False,
            errors.CodeRequired,
        ),
        (("forbidden", "Your account does not support password changes"), False, errors.NoPassword),
        (
            ("forbidden", "Cannot set a password or OTP auth on an account that doesn't have one."),
            True,
            errors.NoPassword,
        ),
        (("forbidden", "Operation not allowed."), False, errors.ManagedElsewhere),
        (("notFound", None), False, errors.NoPassword),
        (("forbidden", "Something new."), False, errors.Refused),
        (("invalidPatch", "Invalid value for property."), False, errors.Refused),
        (("tooLarge", None), False, errors.Refused),
    ],
)
def test_refusals_of_a_password_change(
    error: tuple[str, str | None],
    with_code: bool,  # noqa: FBT001 - a column of the table
    ours: type[errors.BulwarkError],
) -> None:
    found = refusals.from_password_set(jmap.SetError(type=error[0], description=error[1]), with_code=with_code)

    assert type(found) is ours


def test_the_servers_own_sentence_about_a_weak_password_is_kept() -> None:
    sentence = "Password is too weak. This is a top-10 common password."
    error = jmap.SetError(type="invalidProperties", description=sentence, properties=("secret",))
    found = refusals.from_password_set(error, with_code=False)

    assert isinstance(found, errors.WeakPassword)
    assert found.text == sentence


@given(st.text(max_size=20), st.one_of(st.none(), st.text(max_size=40)), st.booleans())
def test_any_refusal_has_words(kind: str, description: str | None, with_code: bool) -> None:  # noqa: FBT001 - given
    found = refusals.from_password_set(jmap.SetError(type=kind, description=description), with_code=with_code)

    if isinstance(found, errors.Refused):
        assert found.text == (description or kind)


def test_a_lost_answer_keeps_its_moment() -> None:
    assert refusals.lost(jmap.OutcomeUnknown(SENT)).sent_at == SENT
