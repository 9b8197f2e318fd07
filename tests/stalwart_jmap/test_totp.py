from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canaries import TOTP_SECRET
from stalwart_jmap import Secret, totp
from stalwart_jmap.totp import Algorithm
from totp_code import totp_code

# RFC 6238, appendix B: the seed of each algorithm is as long as its digest.
SEEDS = {
    Algorithm.SHA1: b"12345678901234567890",
    Algorithm.SHA256: b"12345678901234567890123456789012",
    Algorithm.SHA512: b"1234567890123456789012345678901234567890123456789012345678901234",
}
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
NOW = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
KEY = b"0123456789abcdefghij"


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_vectors_of_the_rfc_hold(vector: tuple[int, str, str, str], column: int) -> None:
    algorithm = list(SEEDS)[column]
    at = datetime.fromtimestamp(vector[0], UTC)

    code = totp.code(SEEDS[algorithm], at, algorithm=algorithm, digits=8)

    assert code.reveal() == vector[1 + column]


@pytest.mark.parametrize(("digits", "expected"), [(6, "287082"), (7, "4287082"), (8, "94287082")])
def test_fewer_digits_are_the_last_ones(digits: int, expected: str) -> None:
    at = datetime.fromtimestamp(59, UTC)

    assert totp.code(SEEDS[Algorithm.SHA1], at, digits=digits).reveal() == expected


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(3000, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_an_authenticator_app_shows_the_same(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    key = totp.OtpAuthUrl.parse(Secret(f"otpauth://totp/x?secret={TOTP_SECRET}")).key

    assert totp.code(key, at).reveal() == totp_code(TOTP_SECRET, at)


@pytest.mark.parametrize("offset", range(-10, 11))
def test_the_step_of_a_typed_code_is_found(offset: int) -> None:
    typed = totp.code(KEY, NOW + timedelta(seconds=30 * offset))

    assert totp.find_step(KEY, typed, NOW, 10) == offset
    assert totp.matches(KEY, typed, NOW) is (abs(offset) <= 1)


@pytest.mark.parametrize("offset", [-11, 11])
def test_a_code_outside_the_window_is_not_found(offset: int) -> None:
    assert totp.find_step(KEY, totp.code(KEY, NOW + timedelta(seconds=30 * offset)), NOW, 10) is None


@given(st.text())
def test_whatever_is_typed_is_only_compared(typed: str) -> None:
    expected = {totp.code(KEY, NOW + timedelta(seconds=30 * offset)).reveal() for offset in (-1, 0, 1)}
    try:
        secret = Secret(typed)
    except ValueError:
        return

    assert totp.matches(KEY, secret, NOW) is (typed in expected)


def test_the_beginning_of_time_has_no_step_before_it() -> None:
    start = datetime.fromtimestamp(0, UTC)

    assert totp.find_step(KEY, totp.code(KEY, start), start, 10) == 0


def test_other_periods_and_algorithms_are_found_too() -> None:
    at = NOW + timedelta(seconds=60)
    typed = totp.code(KEY, at, algorithm=Algorithm.SHA512, digits=8, period=60)

    assert totp.find_step(KEY, typed, NOW, algorithm=Algorithm.SHA512, digits=8, period=60) == 1
    assert totp.find_step(KEY, typed, NOW, algorithm=Algorithm.SHA256, digits=8, period=60) is None


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        totp.code(KEY, datetime(2026, 11, 23))  # noqa: DTZ001 - the point


def test_new_keys_have_160_bits_and_differ() -> None:
    keys = {totp.new_key() for _ in range(50)}

    assert len(keys) == 50
    assert {len(key) for key in keys} == {20}


def test_a_key_is_written_without_padding() -> None:
    assert totp.base32(b"0123456789abcdef").reveal() == "GAYTEMZUGU3DOOBZMFRGGZDFMY"
    assert totp.base32(b"0123456789abcdef").reveal().isalnum()
