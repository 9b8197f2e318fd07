from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stalwart_jmap import Identity, IdentityDraft, Mailbox, NotJson, SetError, identity

if TYPE_CHECKING:
    from library_kit import Person

pytestmark = pytest.mark.anyio


async def read(person: Person) -> tuple[tuple[Identity, ...], str]:
    call = identity.get_call()
    result = (await person.client.call(call))[call]
    return identity.parse(result), identity.parse_state(result)


async def test_an_account_begins_with_an_identity(alice: Person) -> None:
    (first,), _ = await read(alice)

    assert (first.name, first.email) == ("Alice", alice.account.login)
    assert first.reply_to == first.bcc == ()


async def test_an_identity_is_made_changed_cleared_and_removed(alice: Person) -> None:
    reply_to = (Mailbox(email="desk@example.org", name="Desk"), Mailbox(email="two@example.org"))
    draft = IdentityDraft(email=alice.account.login, name="Work", reply_to=reply_to, text_signature="Alice")

    made = await identity.create(alice.client, draft)
    assert not isinstance(made, SetError)
    mine = {entry.id: entry for entry in (await read(alice))[0]}[made]
    assert (mine.name, mine.reply_to, mine.text_signature) == ("Work", reply_to, "Alice")

    assert await identity.update(alice.client, made, IdentityDraft(reply_to=(), html_signature="<b>A</b>")) is None
    mine = {entry.id: entry for entry in (await read(alice))[0]}[made]
    assert (mine.name, mine.reply_to, mine.html_signature) == ("Work", (), "<b>A</b>")

    assert await identity.destroy(alice.client, made) is None
    assert made not in {entry.id for entry in (await read(alice))[0]}


async def test_a_foreign_address_is_refused(alice: Person) -> None:
    refusal = await identity.create(alice.client, IdentityDraft(email="somebody@else.example"))

    assert isinstance(refusal, SetError)
    assert (refusal.type, refusal.properties) == ("invalidProperties", ("email",))


async def test_the_longest_texts_are_taken_and_longer_ones_refused(alice: Person) -> None:
    (first,), _ = await read(alice)
    longest = IdentityDraft(name="x" * identity.NAME_BYTES, text_signature="ä" * (identity.SIGNATURE_BYTES // 2))
    longer = IdentityDraft(name="x" * (identity.NAME_BYTES + 1))

    assert await identity.update(alice.client, first.id, longest) is None
    refusal = await identity.update(alice.client, first.id, longer)
    assert refusal is not None
    assert refusal.description == "Field could not be set."


async def test_changes_are_followed_from_a_state(alice: Person) -> None:
    (first,), state = await read(alice)
    await identity.update(alice.client, first.id, IdentityDraft(name="Renamed"))

    changes_call = identity.changes_call(state)
    get_call = identity.get_call(ids=changes_call.ref("/updated"))
    response = await alice.client.call(changes_call, get_call)
    changes = identity.parse_changes(response[changes_call])

    assert changes.old_state == state
    assert changes.new_state != state
    assert changes.updated == {first.id}
    assert not changes.created
    assert not changes.destroyed
    assert not changes.has_more
    assert [entry.name for entry in identity.parse(response[get_call])] == ["Renamed"]


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        IdentityDraft().to_wire()


def test_clearing_is_written_as_null() -> None:
    assert IdentityDraft(bcc=(), name="").to_wire() == {"bcc": None, "name": ""}


@pytest.mark.parametrize("result", [{}, {"state": "n", "list": [{"id": "g"}]}, {"list": []}])
def test_a_result_of_another_shape_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        identity.parse(result)
