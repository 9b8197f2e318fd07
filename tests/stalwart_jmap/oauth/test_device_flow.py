from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from library_kit import CLIENT_ID
from stalwart_jmap import (
    Approved,
    BearerToken,
    DeviceExpired,
    DevicePending,
    MfaNeeded,
    NotJson,
    OAuthRefused,
    Secret,
    SignInFailed,
    StalwartClient,
    Tokens,
    Transport,
    approve_device,
    poll_device,
    start_device,
)
from stalwart_jmap.core.http import HttpAnswer
from stalwart_jmap.oauth.device_flow import read_grant, read_poll

if TYPE_CHECKING:
    from mail_server import MailServer

pytestmark = pytest.mark.anyio
TWO_FACTOR = "CANARYCANARYCANARYCANARYCANARY24"


async def test_a_device_waits_for_its_approval(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account()
    grant = await start_device(transport, client_id=CLIENT_ID, scope=["openid"])

    assert await poll_device(transport, grant, client_id=CLIENT_ID) == DevicePending()

    outcome = await approve_device(
        transport, login=account.login, password=Secret(account.password), user_code=grant.user_code
    )
    tokens = await poll_device(transport, grant, client_id=CLIENT_ID)

    assert outcome == Approved()
    assert isinstance(tokens, Tokens)
    assert (await StalwartClient(transport, BearerToken(tokens.access)).session()).username == account.login
    assert await poll_device(transport, grant, client_id=CLIENT_ID) == DeviceExpired()


async def test_an_approval_needs_the_password_and_the_code(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account(two_factor=TWO_FACTOR)
    grant = await start_device(transport, client_id=CLIENT_ID)
    right = Secret(account.password)

    async def approve(password: Secret, code: Secret | None) -> Approved | MfaNeeded | SignInFailed:
        return await approve_device(
            transport, login=account.login, password=password, code=code, user_code=grant.user_code
        )

    assert await approve(Secret("wrong"), None) == SignInFailed()
    assert await approve(right, None) == MfaNeeded()
    assert await approve(right, Secret(account.code())) == Approved()


async def test_another_client_cannot_take_the_tokens(transport: Transport) -> None:
    grant = await start_device(transport, client_id=CLIENT_ID)

    with pytest.raises(OAuthRefused, match="invalid_client"):
        await poll_device(transport, grant, client_id="another")


async def test_the_person_is_told_where_to_go(transport: Transport) -> None:
    grant = await start_device(transport, client_id=CLIENT_ID)

    assert grant.verification_uri.endswith("/device")
    assert grant.user_code in (grant.verification_uri_complete or "")
    assert (grant.expires_in, grant.interval) == (1800, 5)
    assert grant.device_code.reveal() not in repr(grant)
    assert repr(grant).count(grant.user_code) == 1


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("/device", "https://mail.test/device"),
        ("device", "https://mail.test/device"),
        ("https://mail.example.org/device", "https://mail.example.org/device"),
    ],
)
def test_a_relative_address_is_completed(url: str, read: str) -> None:
    body = {"device_code": "d", "user_code": "u", "verification_uri": url, "expires_in": -1, "interval": 0}

    grant = read_grant(answer(body), origin="https://mail.test")

    assert grant.verification_uri == read
    assert (grant.expires_in, grant.interval) == (0, 1)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//elsewhere.example/device", "data:text/html,x", "https://[x"])
def test_an_address_that_is_no_web_page_is_refused(url: str) -> None:
    body = {"device_code": "d", "user_code": "u", "verification_uri": url, "expires_in": 1}

    with pytest.raises(NotJson):
        read_grant(answer(body), origin="https://mail.test")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("authorization_pending", DevicePending()),
        ("slow_down", DevicePending(slow_down=True)),
        ("expired_token", DeviceExpired()),
        ("access_denied", DeviceExpired()),
    ],
)
def test_the_ordinary_refusals_are_values(error: str, outcome: object) -> None:
    assert read_poll(answer({"error": error}, 400)) == outcome
