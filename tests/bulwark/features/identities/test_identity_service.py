"""Writing identities through the real client, and catching up with what happened elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from account_kit import account_on
from bulwark import errors
from bulwark.account import identities
from bulwark.features.identities import forms, service
from bulwark.features.identities.service import ChangedElsewhere, Content, Field, Written
from stalwart_jmap import IdentityId, Mailbox

if TYPE_CHECKING:
    from mail_server import MailAccount, MailServer

pytestmark = pytest.mark.anyio
DESK = (Mailbox(email="desk@example.org", name="Desk"),)


@pytest.fixture
async def alice(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("alice", description="Alice")


async def test_only_what_was_changed_is_written_and_clearing_really_clears(
    mail_server: MailServer, alice: MailAccount
) -> None:
    async with account_on(mail_server, alice) as account:
        content = Content(name="Library", reply_to=DESK, bcc=DESK, text_signature="Hello")
        made = await service.create(account, email=alice.login, content=content)
        cleared = await service.change(account, made.id, seen=content, wanted=replace(content, reply_to=(), bcc=()))
        after = service.content_of(await service.one(account, made.id))

    assert isinstance(cleared, Written)
    assert after == Content(name="Library", text_signature="Hello")


async def test_two_people_changing_one_field_is_noticed_and_other_fields_are_not_disturbed(
    mail_server: MailServer, alice: MailAccount
) -> None:
    async with account_on(mail_server, alice) as account:
        seen = Content(name="Library")
        made = await service.create(account, email=alice.login, content=seen)
        await service.change(account, made.id, seen=seen, wanted=replace(seen, name="Theirs"))
        clash = await service.change(account, made.id, seen=seen, wanted=replace(seen, name="Mine"))
        other = await service.change(account, made.id, seen=seen, wanted=replace(seen, bcc=DESK))
        after = service.content_of(await service.one(account, made.id))

    assert isinstance(clash, ChangedElsewhere)
    assert (clash.fields, clash.now.name) == ((Field.NAME,), "Theirs")
    assert isinstance(other, Written)
    assert (after.name, after.bcc) == ("Theirs", DESK)


async def test_refusals_are_told_in_the_panels_words(mail_server: MailServer, alice: MailAccount) -> None:
    few = await mail_server.new_account("few", quotas={"maxEmailIdentities": 1})
    async with account_on(mail_server, alice) as account:
        with pytest.raises(errors.ForeignAddress):
            await service.create(account, email="somebody@else.example", content=Content())
        with pytest.raises(errors.Gone):
            await service.one(account, IdentityId("zz"))
        with pytest.raises(errors.Gone):
            await service.remove(account, IdentityId("b"), email="another@example.org")
    async with account_on(mail_server, few) as account:
        await identities.read(account)
        with pytest.raises(errors.QuotaReached):
            await service.create(account, email=few.login, content=Content())


@pytest.mark.parametrize("quirk", ["cut-after", "cut-before"])
async def test_a_lost_answer_is_settled_by_reading(quirk: str, mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        made = await service.create(account, email=alice.login, content=Content(name="Short-lived"))
        mail_server.quirk(quirk, method="Identity/set", times=1)
        if quirk == "cut-after":
            written = await service.remove(account, made.id, email=alice.login)
            assert written.answer_was_lost
        else:
            with pytest.raises(errors.NotApplied):
                await service.remove(account, made.id, email=alice.login)
            assert (await service.one(account, made.id)).name == "Short-lived"


async def test_catching_up_tells_what_was_made_changed_and_removed(mail_server: MailServer, alice: MailAccount) -> None:
    async with account_on(mail_server, alice) as account:
        start = await identities.read(account)
        one = await service.create(account, email=alice.login, content=Content(name="One"))
        two = await service.create(account, email=alice.login, content=Content(name="Two"))
        first = await identities.changes_since(account, start.state)
        await service.remove(account, one.id, email=alice.login)
        await service.change(account, two.id, seen=Content(name="Two"), wanted=Content(name="Zwei"))
        second = await identities.changes_since(account, first.state)
        third = await identities.changes_since(account, second.state)

    assert ({known.name for known in first.changed}, first.removed, first.total) == ({"One", "Two"}, frozenset(), 3)
    assert ([known.name for known in second.changed], second.removed, second.total) == (
        ["Zwei"],
        frozenset({one.id}),
        2,
    )
    assert not third


async def test_catching_up_costs_one_request(mail_server: MailServer, alice: MailAccount) -> None:
    sandbox = mail_server.needs_sandbox("counts requests")
    async with account_on(mail_server, alice) as account:
        start = await identities.read(account)
        await service.create(account, email=alice.login, content=Content(name="One"))
        before = len(sandbox.requests)
        await identities.changes_since(account, start.state)

    assert len(sandbox.requests) == before + 1


async def test_without_the_permission_to_follow_everything_is_read(mail_server: MailServer) -> None:
    person = await mail_server.new_account("slow", without=["jmapIdentityChanges"])
    async with account_on(mail_server, person) as account:
        changes = await identities.changes_since(account, "sab")

    assert changes.everything
    assert changes.total == len(changes.changed) == 1


async def test_what_another_program_wrote_badly_does_not_stand_in_the_way(alice: MailAccount) -> None:
    odd = Content(name="Odd", reply_to=(Mailbox(email="not an address"),), text_signature="bell\x07")
    seen = forms.as_typed(odd, alice.login)
    wanted, had, wrong = forms.contents(replace(seen, name="Even"), seen)

    assert wrong == {}
    assert wanted.differs(had) == (Field.NAME,)
