"""The library on a whole server: discovery as it really is, and every area of an account in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET
from library_kit import signed_in
from stalwart_jmap import (
    AccessForbidden,
    AuthenticationFailed,
    BadAnswer,
    BearerToken,
    Call,
    MethodError,
    NewCredential,
    RateLimited,
    RedirectRefused,
    RequestError,
    Secret,
    StalwartClient,
    StalwartError,
    UnsupportedServer,
    account_password,
    account_settings,
    api_key,
    app_password,
    creation_reference,
    identity,
    public_key,
)

if TYPE_CHECKING:
    from library_kit import Person
    from mail_server import MailServer
    from stalwart_jmap import Transport

pytestmark = pytest.mark.anyio


async def test_every_area_is_read_in_one_request(mail_server: MailServer, transport: Transport) -> None:
    person = await signed_in(transport, await mail_server.new_account(two_factor=TOTP_SECRET))
    await app_password.create(person.client, NewCredential(description="Phone"))
    sandbox = mail_server.needs_sandbox("counts requests")
    sandbox.forget_requests()
    password, settings = account_password.get_call(), account_settings.get_call()
    app_ids, key_ids = app_password.query_call(), api_key.query_call()
    apps, keys = app_password.get_call(app_ids.ref("/ids")), api_key.get_call(key_ids.ref("/ids"))
    public_keys, identities = public_key.get_call(), identity.get_call()

    response = await person.client.call(password, app_ids, apps, key_ids, keys, settings, public_keys, identities)

    state = account_password.parse(response[password])
    assert state is not None
    assert state.has_two_factor
    assert [entry.description for entry in app_password.parse(response[apps])] == ["Phone"]
    assert api_key.parse(response[keys]) == ()
    assert public_key.parse(response[public_keys]) == ()
    assert account_settings.parse(response[settings]) is not None
    assert [entry.email for entry in identity.parse(response[identities])] == [person.account.login]
    assert len(sandbox.requests) == 1


async def test_one_forbidden_area_leaves_the_others(mail_server: MailServer, transport: Transport) -> None:
    person = await signed_in(transport, await mail_server.new_account(without=["sysApiKeyQuery"]))
    key_ids, password = api_key.query_call(), account_password.get_call()
    keys = api_key.get_call(key_ids.ref("/ids"))

    response = await person.client.call(key_ids, keys, password)

    forbidden, unresolved = response.get(key_ids), response.get(keys)
    assert isinstance(forbidden, MethodError)
    assert isinstance(unresolved, MethodError)
    assert (forbidden.type, unresolved.type) == ("forbidden", "invalidResultReference")
    assert account_password.parse(response[password]) is not None


async def test_an_object_created_in_the_same_request_can_be_referred_to(alice: Person) -> None:
    create = Call("x:ApiKey/set", {"create": {"k": {"description": "Script"}}}, "0")
    read = Call("x:ApiKey/get", {"ids": [creation_reference("k")]}, "1")

    response = await alice.client.call(create, read, created_ids={})

    made = response[create]["created"]["k"]["id"]
    assert response.created_ids == {"k": made}


@pytest.mark.parametrize("quirk", ["relative-urls", "misleading-urls"])
async def test_whatever_the_server_publishes_it_is_found(mail_server: MailServer, alice: Person, quirk: str) -> None:
    mail_server.quirk(quirk)

    session = await alice.client.session()
    call = account_password.get_call()

    assert account_password.parse((await alice.client.call(call))[call]) is not None
    assert session.published_origin == (None if quirk == "relative-urls" else "https://mail.internal.example")


async def test_a_server_before_0_16_is_recognised(mail_server: MailServer, alice: Person) -> None:
    mail_server.quirk("before-0.16")

    with pytest.raises(UnsupportedServer):
        await alice.client.session()
    with pytest.raises(UnsupportedServer):
        await alice.client.account_info()


async def test_the_servers_clock_is_known_after_any_answer(
    mail_server: MailServer, alice: Person, transport: Transport
) -> None:
    mail_server.quirk("clock-skew", seconds=300)

    await alice.client.session()

    assert transport.clock_offset is not None
    assert transport.clock_offset.total_seconds() == 300


@pytest.mark.parametrize(
    ("quirk", "error"),
    [
        ("429", RateLimited),
        ("ban", AccessForbidden),
        ("500", RequestError),
        ("503", RequestError),
        ("html", BadAnswer),
        ("empty", BadAnswer),
        ("truncated-json", BadAnswer),
        ("huge", BadAnswer),
        ("redirect", RedirectRefused),
    ],
)
async def test_every_fault_has_its_own_error(
    mail_server: MailServer, alice: Person, quirk: str, error: type[StalwartError]
) -> None:
    mail_server.quirk(quirk)

    for ask in (alice.client.session, alice.client.account_info):
        with pytest.raises(error):
            await ask()


async def test_an_anonymous_session_is_a_failed_authentication(transport: Transport) -> None:
    class Nobody(BearerToken):
        async def authorization(self, transport: Transport) -> Secret:  # noqa: ARG002 - part of the protocol
            return Secret("")

    with pytest.raises(AuthenticationFailed):
        await StalwartClient(transport, Nobody(Secret(""))).session()


async def test_a_foreign_account_is_a_method_error(alice: Person, mail_server: MailServer) -> None:
    other = await mail_server.new_account()
    call = Call("x:AppPassword/query", {"accountId": other.account_id}, "0")

    with pytest.raises(MethodError, match="forbidden"):
        _ = (await alice.client.call(call))[call]
