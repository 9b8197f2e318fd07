"""The service of the password through the real client: each outcome, and what it may claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import stalwart_jmap as jmap
from account_kit import account_of
from bulwark import errors
from bulwark.features.password import service
from canaries import NEW_PASSWORD, TOTP_SECRET, WRONG_PASSWORD
from password_steps import SET
from stalwart_jmap import Secret, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hand_clock import HandClock
    from mail_server import MailAccount, MailServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def transport(mail_server: MailServer, clock: HandClock) -> AsyncIterator[Transport]:
    async with Transport(mail_server.url, http=mail_server.transport, clock=clock.now) as made:
        yield made


def wanted(someone: MailAccount, **other: object) -> service.Change:
    """The change of somebody who types all of it right."""
    code = Secret(someone.code()) if someone.totp_secret is not None else None
    change = {"current": Secret(someone.password), "new": Secret(NEW_PASSWORD), "code": code} | other
    return service.Change(**change)  # type: ignore[arg-type]  # as the record names them


async def test_what_the_page_shows_is_read_in_one_request(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    bob = await mail_server.new_account(two_factor=TOTP_SECRET)
    sandbox = mail_server.needs_sandbox("it gives the account an app password behind everybody's back")
    sandbox.add_app_password(bob.login, "Phone")
    account = await account_of(transport, bob, clock)
    sandbox.forget_requests()
    state = await service.look(account)

    assert len(sandbox.requests) == 1
    assert state.has_two_factor
    assert state.app_passwords is not None
    assert [one.description for one in state.app_passwords] == ["Phone"]
    assert state.why_not_revoke is None
    assert state.unavailable is None


async def test_a_change_gives_tokens_that_work(mail_server: MailServer, transport: Transport, clock: HandClock) -> None:
    bob = await mail_server.new_account(two_factor=TOTP_SECRET)
    account = await account_of(transport, bob, clock)
    changed = await service.change(account, wanted(bob))

    assert changed.signed_in is not None
    assert not changed.answer_was_lost
    assert (changed.app_passwords, changed.kept, changed.revoked) == (service.AppPasswordsAfter.KEPT, 0, 0)
    client = jmap.StalwartClient(transport, jmap.BearerToken(changed.signed_in.tokens.access))
    assert (await client.session()).account_id == account.account_id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"current": Secret(WRONG_PASSWORD)}, errors.WrongPassword),
        ({"current": Secret(WRONG_PASSWORD), "code": Secret("123456")}, errors.WrongPasswordOrCode),
        ({"new": Secret("password1")}, errors.WeakPassword),
        ({"new": Secret("x" * 129)}, errors.WeakPassword),
    ],
)
async def test_a_refusal_is_one_of_ours_and_nothing_is_changed(
    mail_server: MailServer,
    transport: Transport,
    clock: HandClock,
    change: dict[str, object],
    error: type[Exception],
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)

    with pytest.raises(error):
        await service.change(account, wanted(alice, **change))
    assert await mail_server.accepts(alice, alice.password)


async def test_a_code_that_is_missing_is_asked_for(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    bob = await mail_server.new_account(two_factor=TOTP_SECRET)
    account = await account_of(transport, bob, clock)

    with pytest.raises(errors.CodeRequired):
        await service.change(account, wanted(bob, code=None))


@pytest.mark.parametrize(
    ("kind", "error"), [("directory-sql", errors.ManagedElsewhere), ("directory-oidc", errors.NoPassword)]
)
async def test_a_directory_refuses(
    mail_server: MailServer, transport: Transport, clock: HandClock, kind: str, error: type[Exception]
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)
    mail_server.quirk(kind, account=alice)

    with pytest.raises(error):
        await service.change(account, wanted(alice))


async def test_a_lost_answer_with_the_new_password_holding_is_a_change(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)
    mail_server.quirk("cut-after", method=SET)
    changed = await service.change(account, wanted(alice))

    assert changed.answer_was_lost
    assert changed.signed_in is not None


async def test_a_lost_request_with_the_old_password_holding_is_none(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)
    mail_server.quirk("cut-before", method=SET)

    with pytest.raises(errors.NotApplied):
        await service.change(account, wanted(alice))


async def test_what_cannot_be_settled_keeps_the_moment_it_was_sent(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    account = await account_of(transport, alice, clock)
    mail_server.quirk("cut-after", method=SET)
    mail_server.quirk("cut-before", path="/api/auth")
    sent_at = clock.now()

    with pytest.raises(errors.OutcomeUnknown) as caught:
        await service.change(account, wanted(alice))
    assert caught.value.sent_at == sent_at


async def test_app_passwords_that_cannot_be_read_are_not_counted(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    mail_server.needs_sandbox("x").add_app_password(alice.login, "Phone")
    account = await account_of(transport, alice, clock)
    mail_server.quirk("500", method="x:AppPassword/query")
    unread = await service.change(account, wanted(alice))
    alice.password = NEW_PASSWORD
    account = await account_of(transport, alice, clock)
    partly = await service.change(
        account, wanted(alice, new=Secret("cAnArY9 third lantern"), revoke_app_passwords=True)
    )

    assert (unread.app_passwords, unread.kept) == (service.AppPasswordsAfter.UNREAD, 0)
    assert (partly.app_passwords, partly.kept, partly.revoked) == (service.AppPasswordsAfter.PARTLY, 0, 0)


async def test_finding_out_costs_at_most_two_attempts(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    alice = await mail_server.new_account()
    sandbox = mail_server.needs_sandbox("it counts requests")
    account = await account_of(transport, alice, clock)
    outcomes = []
    for new, old in ((alice.password, "x"), (WRONG_PASSWORD, alice.password), (WRONG_PASSWORD, WRONG_PASSWORD)):
        sandbox.forget_requests()
        found = await service.find_out(account, new=Secret(new), old=Secret(old), code=None)
        outcomes.append((found.holds, sum(one.path == "/api/auth" for one in sandbox.requests)))

    assert outcomes == [(service.Holds.NEW, 1), (service.Holds.OLD, 2), (service.Holds.NEITHER, 2)]


async def test_a_password_that_only_lacks_its_code_holds(
    mail_server: MailServer, transport: Transport, clock: HandClock
) -> None:
    bob = await mail_server.new_account(two_factor=TOTP_SECRET)
    account = await account_of(transport, bob, clock)
    found = await service.find_out(account, new=Secret(bob.password), old=Secret(WRONG_PASSWORD), code=None)

    assert found.holds is service.Holds.NEW
    assert found.tokens is None
