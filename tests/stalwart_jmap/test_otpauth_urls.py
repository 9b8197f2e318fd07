"""Every URL that is built is checked against the server's rules by a reader written apart from the product."""

from __future__ import annotations

import re
from base64 import b32encode
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stalwart_jmap import Secret
from stalwart_jmap.totp import Algorithm, OtpAuthUrl

KEY = b"0123456789abcdefghij"
B32 = "GAYTEMZUGU3DOOBZMFRGGZDFMZTWQ2LK"
PATTERN = re.compile(r"otpauth://totp/(?P<label>[^/?#]+)\?(?P<query>[^?#]+)", re.ASCII)


def as_the_server_reads(url: str) -> tuple[str | None, str, dict[str, str]]:
    """What totp-rs makes of a URL; fails where totp-rs would refuse it."""
    parts = PATTERN.fullmatch(url)
    assert parts is not None
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    label = unquote(parts["label"], errors="strict")
    assert parts["label"] not in {".", ".."}
    prefix, colon, account = label.partition(":")
    issuer = unquote(prefix, errors="strict") if colon else None
    account = unquote(account if colon else prefix, errors="strict")
    pairs = parse_qsl(parts["query"], keep_blank_values=True, strict_parsing=True, errors="strict")
    fields = dict(pairs)
    assert len(fields) == len(pairs)
    if issuer is not None:
        assert fields.get("issuer", issuer) == issuer
    assert ":" not in fields.get("issuer", issuer or "")
    assert ":" not in account
    assert account
    assert re.fullmatch(r"[A-Z2-7]{26,}", fields["secret"], re.ASCII)
    assert fields.get("algorithm", "SHA1").upper() in {"SHA1", "SHA256", "SHA512"}
    assert 6 <= int(fields.get("digits", "6")) <= 8
    assert int(fields.get("period", "30")) >= 1
    return issuer, account, fields


names = st.text(min_size=1, max_size=64)
awkward = st.text(alphabet=":/%?#&+=@ \\.~'\"<>\t\n\x00aäßמש٣漢😀\u202e\u200d\ufeff", min_size=1, max_size=64)


@given(
    issuer=names | awkward,
    account=st.text(min_size=1, max_size=254) | awkward,
    key=st.binary(min_size=16, max_size=80),
    algorithm=st.sampled_from(Algorithm),
    digits=st.integers(min_value=6, max_value=8),
    period=st.integers(min_value=1, max_value=3600),
)
@example(issuer="100%ff", account="a%41b", key=KEY, algorithm=Algorithm.SHA1, digits=6, period=30)
@example(issuer="a:b", account="..", key=KEY, algorithm=Algorithm.SHA1, digits=6, period=30)
@example(issuer=".", account="/../../x", key=KEY, algorithm=Algorithm.SHA1, digits=6, period=30)
@example(issuer="Ünternehmen + Söhne", account="ä" * 254, key=KEY, algorithm=Algorithm.SHA1, digits=6, period=30)
@example(issuer="דואר", account="משה@example.org", key=KEY, algorithm=Algorithm.SHA1, digits=6, period=30)
def test_what_is_built_keeps_every_rule(
    issuer: str, account: str, key: bytes, algorithm: Algorithm, digits: int, period: int
) -> None:
    try:
        url = OtpAuthUrl.build(issuer, account, key, algorithm=algorithm, digits=digits, period=period)
    except ValueError:
        # Only a name of which nothing is left may be refused; lone surrogates cannot be written at all.
        assert any(not _visible(name) or not _writable(name) for name in (issuer, account))
        return

    read_issuer, read_account, fields = as_the_server_reads(url.reveal())
    parsed = OtpAuthUrl.parse(url)

    assert read_issuer == fields["issuer"] == parsed.issuer
    assert read_account == parsed.account
    assert fields["secret"] == b32encode(key).decode().rstrip("=")
    assert (parsed.key, parsed.algorithm, parsed.digits, parsed.period) == (key, algorithm, digits, period)


def _visible(name: str) -> bool:
    return bool(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", name).strip())


def _writable(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


@given(issuer=st.from_regex(r"[a-zA-Z0-9 äöüשמ/&?#+=._-]{1,40}", fullmatch=True), account=st.emails())
def test_ordinary_names_come_back_as_they_were(issuer: str, account: str) -> None:
    if not issuer.strip() or "%" in account or len(account) > 254:
        return

    parsed = OtpAuthUrl.parse(OtpAuthUrl.build(issuer, account, KEY))

    assert parsed.issuer == " ".join(issuer.split())
    assert parsed.account == account


@pytest.mark.parametrize(
    ("issuer", "account", "read"),
    [
        ("Mail: ours", "a:b", ("Mail- ours", "a-b")),
        ("100% Mail", "a%41", ("100\uff05 Mail", "a\uff0541")),
        (" Mail\t\n ours ", "a\x00b", ("Mail ours", "a b")),
        ("דואר", "משה@example.org", ("דואר", "משה@example.org")),
        ("a/b", "c/../d", ("a/b", "c/../d")),
    ],
)
def test_what_a_name_may_not_hold_is_replaced(issuer: str, account: str, read: tuple[str, str]) -> None:
    parsed = OtpAuthUrl.parse(OtpAuthUrl.build(issuer, account, KEY))

    assert (parsed.issuer, parsed.account) == read


def test_the_url_is_the_one_the_apps_know() -> None:
    url = OtpAuthUrl.build("Example Mail", "alice@example.org", KEY)

    expected = f"otpauth://totp/Example%20Mail:alice@example.org?secret={B32}&issuer=Example%20Mail&algorithm=SHA1&digits=6&period=30"
    assert url.reveal() == expected


@pytest.mark.parametrize(
    ("issuer", "account", "options"),
    [
        ("", "alice", {}),
        (" \n", "alice", {}),
        ("Mail", "", {}),
        ("x" * 65, "alice", {}),
        ("Mail", "x" * 255, {}),
        ("Mail", "alice", {"digits": 5}),
        ("Mail", "alice", {"digits": 9}),
        ("Mail", "alice", {"period": 0}),
        ("Mail", "alice", {"algorithm": "MD5"}),
    ],
)
def test_what_cannot_be_written_is_refused(issuer: str, account: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one rule each, in words that may change
        OtpAuthUrl.build(issuer, account, KEY, **options)  # type: ignore[arg-type] # one of them is wrong on purpose


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        OtpAuthUrl.build("Mail", "alice", KEY[:15])


GOOD = [
    f"otpauth://totp/Stalwart:alice%40example.org?secret={B32}&issuer=Stalwart&algorithm=SHA1&digits=6&period=30",
    f"otpauth://totp/alice?secret={B32}",
    f"otpauth://totp/alice?secret={B32}&issuer=Mail",
    f"otpauth://totp/Mail:alice?secret={B32}",
    f"otpauth://totp/Mail%3Aalice?secret={B32}&image=https%3A%2F%2Fx",
    f"otpauth://totp/A+B:alice?secret={B32}&issuer=A%2BB",
    f"otpauth://totp/A%20B:alice?secret={B32}&issuer=A+B",
    f"otpauth://totp/Mail:alice?secret={B32}&algorithm=sha256&digits=8&period=60",
    f"OTPAUTH://totp/alice?secret={B32}",
]


@pytest.mark.parametrize("url", GOOD)
def test_what_the_server_can_use_is_read(url: str) -> None:
    parsed = OtpAuthUrl.parse(Secret(url))

    assert parsed.key == KEY
    assert parsed.account


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        f"https://totp/alice?secret={B32}",
        f"otpauth://hotp/alice?secret={B32}",
        f"otpauth://TOTP/alice?secret={B32}",
        f"otpauth://u@totp/alice?secret={B32}",
        f"otpauth://totp:1/alice?secret={B32}",
        f"otpauth://totp/?secret={B32}",
        f"otpauth://totp/..?secret={B32}",
        f"otpauth://totp/a/b?secret={B32}",
        f"otpauth://totp/alice?secret={B32}#x",
        f"otpauth://totp/al ice?secret={B32}",
        f"otpauth://totp/älice?secret={B32}",
        f"otpauth://totp/alice%?secret={B32}",
        f"otpauth://totp/alice%FF?secret={B32}",
        f"otpauth://totp/alice%25FF?secret={B32}",
        f"otpauth://totp/Mail:al:ice?secret={B32}",
        f"otpauth://totp/Mail:al%253Aice?secret={B32}",
        f"otpauth://totp/Mail:?secret={B32}",
        f"otpauth://totp/:alice?secret={B32}",
        f"otpauth://totp/Mail:alice?secret={B32}&issuer=Post",
        f"otpauth://totp/Mail:alice?secret={B32}&issuer=mail",
        f"otpauth://totp/Mail:alice?secret={B32}&issuer=",
        f"otpauth://totp/alice?secret={B32}&issuer=a%3Ab",
        f"otpauth://totp/alice?secret={B32}&secret={B32}",
        f"otpauth://totp/alice?secret={B32}&algorithm=MD5",
        f"otpauth://totp/alice?secret={B32}&digits=5",
        f"otpauth://totp/alice?secret={B32}&digits=9",
        f"otpauth://totp/alice?secret={B32}&digits=six",
        f"otpauth://totp/alice?secret={B32}&digits=%D9%A6",
        f"otpauth://totp/alice?secret={B32}&period=0",
        f"otpauth://totp/alice?secret={B32}&period=-30",
        f"otpauth://totp/alice?secret={B32}&period=999999999999",
        f"otpauth://totp/alice?secret={B32.lower()}",
        f"otpauth://totp/alice?secret={B32}====",
        "otpauth://totp/alice?secret=GAYTEMZUGU3DOOBZMFRGGZDF",
        "otpauth://totp/alice?secret=GAYTEMZUGU3DOOBZMFRGGZDFMZ1",
        "otpauth://totp/alice?secret=GAYTEMZUGU3DOOBZMFRGGZDFMZA",
        "otpauth://totp/alice?secret=",
        "otpauth://totp/alice",
    ],
)
def test_what_would_lock_the_account_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - one rule each, in words that may change
        OtpAuthUrl.parse(Secret(url))

    assert B32 not in str(caught.value)
    assert caught.value.__cause__ is None


@given(
    st.text()
    | st.from_regex(r"otpauth://totp/[ -~]{0,20}\?secret=[A-Z2-7=]{0,40}(&[a-z]{1,9}=[ -~]{0,9}){0,3}", fullmatch=True)
)
def test_nothing_that_is_taken_breaks_a_rule(text: str) -> None:
    try:
        parsed = OtpAuthUrl.parse(Secret(text))
    except ValueError:
        return

    issuer, account, _ = as_the_server_reads(text)
    assert account == parsed.account
    assert issuer is None or issuer == parsed.issuer


def test_a_url_taken_apart_does_not_print_its_key() -> None:
    parsed = OtpAuthUrl.parse(Secret(GOOD[0]))

    assert "0123456789" not in repr(parsed)
    assert B32 not in repr(parsed)
