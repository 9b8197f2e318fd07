"""New keys for authenticator apps, and whether a code is of them by the mail server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark import errors
from bulwark.account import authenticator
from stalwart_jmap import Secret, totp
from totp_code import totp_code

if TYPE_CHECKING:
    from mail_server import MailServer

AT = datetime(2026, 11, 23, 14, 11, 3, tzinfo=UTC)
URL = Secret("otpauth://totp/Mail:alice%40example.org?secret=CANARYCANARYCANARYCANARYCANARY24&issuer=Mail")
KEY = "CANARYCANARYCANARYCANARYCANARY24"
NAMES = st.one_of(
    st.text(min_size=1, max_size=300).filter(lambda text: bool(text.strip()) and text.isprintable()),
    st.sampled_from(
        ["a:b", "a/b", "100% sicher", "Müller & Söhne", "a" * 254, "עברית", "العربية", "x?y#z", "%41", "日本"]
    ),
)


@given(NAMES, NAMES)
def test_every_url_we_make_keeps_every_rule_of_the_server(issuer: str, account: str) -> None:
    parts = totp.OtpAuthUrl.parse(authenticator.new_url(issuer, account))

    assert (parts.algorithm, parts.digits, parts.period) == (totp.Algorithm.SHA1, 6, 30)
    assert len(parts.key) == 20
    assert parts.issuer
    assert ":" not in parts.issuer + parts.account


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_what_the_server_would_take_is_taken(step: int) -> None:
    authenticator.check(URL, Secret(totp_code(KEY, AT, steps=step)), AT)


@pytest.mark.parametrize(("step", "minutes"), [(2, 1), (-2, -1), (3, 2), (8, 4), (-8, -4), (10, 5), (-10, -5)])
def test_a_code_for_another_time_tells_by_how_much_the_clock_is_off(step: int, minutes: int) -> None:
    with pytest.raises(errors.CodeDoesNotMatch) as refused:
        authenticator.check(URL, Secret(totp_code(KEY, AT, steps=step)), AT)

    assert refused.value.minutes == minutes


@pytest.mark.parametrize("typed", ["", "12345", "000000", "aaaaaa", "١٢٣٤٥٦", "1" * 500])
def test_any_other_text_is_refused_without_a_hint(typed: str) -> None:
    with pytest.raises(errors.CodeDoesNotMatch) as refused:
        authenticator.check(URL, Secret(typed), AT)

    assert refused.value.minutes == 0


@pytest.mark.anyio
async def test_the_clock_of_the_server_is_learned_with_one_request(mail_server: MailServer) -> None:
    from stalwart_jmap import Transport

    mail_server.quirk("clock-skew", seconds=90)
    transport = Transport(mail_server.url, http=mail_server.transport, clock=mail_server.clock.now)
    assert authenticator.server_now(transport, AT) == AT
    await authenticator.learn_clock(transport)
    await authenticator.learn_clock(transport)

    assert abs(authenticator.server_now(transport, AT) - AT - timedelta(seconds=90)) < timedelta(seconds=2)
    assert len(mail_server.needs_sandbox("requests are counted").requests) == 1


@pytest.mark.anyio
async def test_a_server_that_does_not_answer_leaves_our_own_clock(mail_server: MailServer) -> None:
    from stalwart_jmap import Transport

    mail_server.quirk("cut-before")
    transport = Transport(mail_server.url, http=mail_server.transport, clock=mail_server.clock.now)
    await authenticator.learn_clock(transport)

    assert authenticator.server_now(transport, AT) == AT
