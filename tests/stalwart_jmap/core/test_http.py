from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canaries import PASSWORD
from stalwart_jmap import (
    AccessForbidden,
    AuthenticationFailed,
    MfaRequired,
    RateLimited,
    RedirectRefused,
    RequestError,
    Secret,
    ServerFailed,
    StalwartError,
)
from stalwart_jmap.core.errors import LIMIT, NOT_REQUEST, retry_after
from stalwart_jmap.core.http import HttpAnswer, post_form, post_json, raise_for_status

PROBLEM = {"content-type": "application/problem+json"}


def problem(status: int, **members: object) -> HttpAnswer:
    body = json.dumps({"type": "about:blank", "status": status, **members}).encode()
    return HttpAnswer(status=status, headers=PROBLEM, body=body)


def error_of(answer: HttpAnswer) -> StalwartError:
    with pytest.raises(StalwartError) as caught:
        raise_for_status(answer)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_passes(status: int) -> None:
    raise_for_status(HttpAnswer(status=status, headers={}, body=b""))


def test_401_is_a_failed_authentication() -> None:
    answer = problem(401, title="Unauthorized")
    challenged = HttpAnswer(status=401, headers=PROBLEM | {"www-authenticate": "Bearer, Basic"}, body=answer.body)

    error = error_of(challenged)

    assert isinstance(error, AuthenticationFailed)
    assert not error.credential_expired


def test_401_without_challenge_is_an_expired_credential() -> None:
    error = error_of(problem(401, title="Unauthorized"))

    assert isinstance(error, AuthenticationFailed)
    assert error.credential_expired


def test_402_asks_for_the_second_factor() -> None:
    assert isinstance(error_of(problem(402, title="MFA code required")), MfaRequired)


@pytest.mark.parametrize(
    ("detail", "blocked"),
    [("Forbidden", True), ("You do not have enough permissions to access this resource.", False), (None, False)],
)
def test_403_tells_a_blocked_address_from_a_missing_permission(detail: str | None, *, blocked: bool) -> None:
    error = error_of(problem(403, title="Forbidden", detail=detail))

    assert isinstance(error, AccessForbidden)
    assert error.blocked is blocked


def test_429_says_how_long_to_wait() -> None:
    answer = problem(429, title="Too Many Requests")
    timed = HttpAnswer(status=429, headers=PROBLEM | {"retry-after": "17"}, body=answer.body)

    error = error_of(timed)

    assert isinstance(error, RateLimited)
    assert error.retry_after == 17
    assert not error.too_many_failures


def test_429_after_too_many_failures_is_told_apart() -> None:
    error = error_of(problem(429, title="Too Many Authentication Attempts"))

    assert isinstance(error, RateLimited)
    assert error.too_many_failures
    assert error.retry_after == 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999"}, 86_400),
        ({"retry-after": "soon"}, 10),
        ({"retry-after": "-5"}, 10),
        ({"retry-after": "9" * 50}, 10),
        ({"ratelimit": '"requests";r=0;t=42'}, 42),
        ({"retry-after": "3", "ratelimit": '"requests";r=0;t=42'}, 3),
        ({}, 10),
    ],
)
def test_the_seconds_to_wait_are_sane(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers, otherwise=10) == seconds


def test_a_limit_is_named() -> None:
    error = error_of(problem(400, type=LIMIT, limit="maxCallsInRequest"))

    assert isinstance(error, RequestError)
    assert (error.type, error.limit) == (LIMIT, "maxCallsInRequest")


def test_the_echo_of_the_request_is_kept_nowhere() -> None:
    echo = json.dumps({"methodCalls": [["x:AccountPassword/set", {"currentSecret": PASSWORD}, "0"]]})

    error = error_of(problem(400, type=NOT_REQUEST, detail=echo))

    assert PASSWORD not in f"{error!r} {error} {vars(error)} {error.args} {error.__cause__} {error.__context__}"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_a_failed_server(status: int) -> None:
    html = HttpAnswer(status=status, headers={"content-type": "text/html"}, body=b"<h1>Bad Gateway</h1>")

    error = error_of(html)

    assert isinstance(error, ServerFailed)
    assert error.status == status


@pytest.mark.parametrize("status", [300, 302, 304, 307])
def test_an_unfollowed_redirect_is_no_answer(status: int) -> None:
    assert isinstance(error_of(HttpAnswer(status=status, headers={}, body=b"")), RedirectRefused)


@given(
    status=st.integers(min_value=300, max_value=599),
    headers=st.dictionaries(st.sampled_from(["content-type", "retry-after", "ratelimit"]), st.text()),
    body=st.binary(),
)
def test_every_other_answer_is_one_of_our_errors(status: int, headers: dict[str, str], body: bytes) -> None:
    error_of(HttpAnswer(status=status, headers=headers, body=body))


def test_a_request_does_not_print_its_secrets() -> None:
    json_request = post_json("/x", {"secret": Secret(PASSWORD)}).authorized(Secret(PASSWORD))
    form_request = post_form("/x", {"secret": Secret(PASSWORD)})

    assert PASSWORD.encode() in (json_request.body or b"")
    assert PASSWORD.split()[0] not in repr(json_request)
    assert PASSWORD.split()[0] not in repr(form_request)
