from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from canaries import NEW_PASSWORD, OTHER_TOTP_SECRET, TOTP_SECRET, WRONG_PASSWORD
from jmap_wire import client_of, results
from library_kit import signed_in, try_sign_in
from stalwart_jmap import (
    AnswerLost,
    AuthenticationFailed,
    NotJson,
    OutcomeUnknown,
    Secret,
    SetError,
    SignInFailed,
    Tokens,
    Transport,
    account_password,
)

if TYPE_CHECKING:
    import httpx2

    from hand_clock import HandClock
    from library_kit import Person
    from mail_server import MailServer

pytestmark = pytest.mark.anyio
URL = Secret(f"otpauth://totp/Mail:alice?secret={TOTP_SECRET}&issuer=Mail")
OTHER_URL = Secret(f"otpauth://totp/Mail:alice?secret={OTHER_TOTP_SECRET}&issuer=Mail")
NEW = Secret(NEW_PASSWORD)


async def is_on(person: Person) -> bool:
    call = account_password.get_call()
    state = account_password.parse((await person.client.call(call))[call])
    assert state is not None
    return state.has_two_factor


async def test_a_new_password_replaces_the_old_one_and_ends_every_token(
    alice: Person, mail_server: MailServer, transport: Transport
) -> None:
    refusal = await account_password.change(alice.client, current=Secret(alice.account.password), new=NEW)

    assert refusal is None
    assert await mail_server.accepts(alice.account, NEW_PASSWORD)
    assert not await mail_server.accepts(alice.account, alice.account.password)
    with pytest.raises(AuthenticationFailed):
        await alice.client.account_info()
    assert isinstance(await try_sign_in(transport, alice.account.login, NEW_PASSWORD), Tokens)


@pytest.mark.parametrize(
    ("current", "new", "type_", "text"),
    [
        (WRONG_PASSWORD, NEW_PASSWORD, "forbidden", "Current secret is incorrect."),
        (None, "short", "invalidProperties", "at least 8 characters"),
        (None, "password1", "invalidProperties", "Password is too weak."),
        (None, "x" * 129, "invalidProperties", "at most 128 characters"),
    ],
)
async def test_a_refusal_is_a_value_in_the_servers_words(
    alice: Person, mail_server: MailServer, current: str | None, new: str, type_: str, text: str
) -> None:
    refusal = await account_password.change(
        alice.client, current=Secret(current or alice.account.password), new=Secret(new)
    )

    assert isinstance(refusal, SetError)
    assert refusal.type == type_
    assert text in (refusal.description or "")
    assert await mail_server.accepts(alice.account, alice.account.password)


async def test_the_second_factor_is_turned_on_replaced_and_turned_off(
    alice: Person, mail_server: MailServer, clock: HandClock
) -> None:
    account, current = alice.account, Secret(alice.account.password)
    assert not await is_on(alice)

    assert await account_password.change(alice.client, current=current, otp_url=URL) is None
    account.totp_secret = TOTP_SECRET
    assert await is_on(alice)

    code_of_the_old = Secret(account.code())
    refusal = await account_password.change(alice.client, current=current, otp_url=OTHER_URL, otp_code=code_of_the_old)
    assert refusal is None
    account.totp_secret = OTHER_TOTP_SECRET
    assert await mail_server.accepts(account, account.password, account.code())

    clock.advance(minutes=5)
    off = await account_password.change(alice.client, current=current, otp_url=None, otp_code=Secret(account.code()))
    assert off is None
    assert not await is_on(alice)


async def test_password_and_factor_change_in_one_call(alice: Person, mail_server: MailServer) -> None:
    account = alice.account

    refusal = await account_password.change(alice.client, current=Secret(account.password), new=NEW, otp_url=URL)

    account.totp_secret = TOTP_SECRET
    assert refusal is None
    assert await mail_server.accepts(account, NEW_PASSWORD, account.code())


async def test_a_missing_code_and_a_wrong_one_are_refused(mail_server: MailServer, transport: Transport) -> None:
    person = await signed_in(transport, await mail_server.new_account(two_factor=TOTP_SECRET))
    current = Secret(person.account.password)

    missing = await account_password.change(person.client, current=current, new=NEW)
    wrong = await account_password.change(
        person.client, current=current, new=NEW, otp_code=Secret(person.account.wrong_code())
    )

    assert missing is not None
    assert "OTP code is required" in (missing.description or "")
    assert wrong is not None
    assert wrong.description == "Current secret is incorrect."


async def test_the_same_password_again_is_no_empty_change(alice: Person) -> None:
    same = Secret(alice.account.password)

    assert await account_password.change(alice.client, current=same, new=same) is None
    with pytest.raises(AuthenticationFailed):
        await alice.client.account_info()


UNUSABLE = [
    {},
    {"otp_code": Secret("123456")},
    {"new": Secret("")},
    {"new": Secret("****")},
    {"otp_url": Secret("****")},
    {"otp_url": Secret(f"otpauth://totp/Mail:alice?secret={TOTP_SECRET}&issuer=Post")},
    {"otp_url": Secret(f"otpauth://totp/Mail:alice?secret={TOTP_SECRET}&period=0")},
]


@pytest.mark.parametrize("change", UNUSABLE)
async def test_what_changes_nothing_or_locks_the_account_is_never_sent(change: dict[str, Any]) -> None:
    def server(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url.path)

    with pytest.raises(ValueError):  # noqa: PT011 - one reason each, in words that may change
        await account_password.change(client_of(server), current=Secret("x"), **change)


@pytest.mark.parametrize("quirk", ["cut-after", "truncated-json", "html", "empty", "huge", "500"])
async def test_a_lost_answer_is_a_third_outcome(alice: Person, mail_server: MailServer, quirk: str) -> None:
    await alice.client.session()
    mail_server.quirk(quirk, method="x:AccountPassword/set", times=1)

    with pytest.raises(OutcomeUnknown) as caught:
        await account_password.change(alice.client, current=Secret(alice.account.password), new=NEW)

    assert caught.value.sent_at == mail_server.clock.now()
    applied = quirk in {"cut-after", "truncated-json", "huge"}
    assert await mail_server.accepts(alice.account, NEW_PASSWORD) is applied


async def test_a_reading_request_that_is_cut_off_says_so(alice: Person, mail_server: MailServer) -> None:
    await alice.client.session()
    mail_server.quirk("cut-before", method="x:AccountPassword/get", times=1)

    with pytest.raises(AnswerLost):
        await alice.client.call(account_password.get_call())


async def test_crowding_is_waited_out_even_for_a_write(alice: Person, mail_server: MailServer) -> None:
    mail_server.quirk("concurrency", method="x:AccountPassword/set", times=2)

    assert await account_password.change(alice.client, current=Secret(alice.account.password), new=NEW) is None


@pytest.mark.parametrize(
    "result",
    [
        {"accountId": "c"},
        {"accountId": "c", "updated": {"b": None}},
        {"accountId": "c", "updated": {}},
        {"accountId": "c", "notUpdated": {"b": {"type": "forbidden"}}},
    ],
)
async def test_nothing_is_done_before_the_server_names_it(result: dict[str, Any]) -> None:
    client = client_of(lambda _: results(("x:AccountPassword/set", result, "change")))

    with pytest.raises(OutcomeUnknown):
        await account_password.change(client, current=Secret("x"), new=NEW)


async def test_an_account_without_a_password_has_none() -> None:
    assert account_password.parse({"accountId": "c", "list": [], "notFound": ["singleton"]}) is None


@pytest.mark.parametrize("result", [{}, {"list": None}, {"list": [{"id": "singleton"}]}])
def test_a_result_of_another_shape_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        account_password.parse(result)


async def test_codes_of_the_neighbouring_steps_are_taken(mail_server: MailServer, transport: Transport) -> None:
    account = await mail_server.new_account(two_factor=TOTP_SECRET)
    now = mail_server.clock.now()

    taken = [
        isinstance(await try_sign_in(transport, account.login, account.password, account.code(steps)), Tokens)
        for steps in (-2, -1, 0, 1, 2)
    ]

    assert taken == [False, True, True, True, False]
    assert mail_server.clock.now() - now < timedelta(seconds=30)
    assert await try_sign_in(transport, account.login, account.password, account.wrong_code()) == SignInFailed()
