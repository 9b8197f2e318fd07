from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jmap_wire import client_of, results
from stalwart_jmap import NewPublicKey, NotJson, PublicKey, PublicKeyId, SetError, public_key

if TYPE_CHECKING:
    import httpx2

    from library_kit import Person

pytestmark = pytest.mark.anyio
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxjMEZ\n-----END PGP PUBLIC KEY BLOCK-----\n"
PRIVATE = KEY.replace("PUBLIC", "PRIVATE")


async def test_a_key_that_is_none_is_refused_in_the_servers_words(alice: Person) -> None:
    refusal = await public_key.create(alice.client, NewPublicKey(description="Mine", key="no key at all"))

    assert isinstance(refusal, SetError)
    assert (refusal.type, refusal.properties) == ("invalidProperties", ("key",))
    call = public_key.get_call()
    assert public_key.parse((await alice.client.call(call))[call]) == ()


async def test_a_stored_key_gives_its_id_and_can_be_removed() -> None:
    def server(request: httpx2.Request) -> httpx2.Response:
        if b'"create"' in request.content:
            assert b'"emailAddresses":{"alice@example.org":true},"expiresAt":"2027-01-01T00:00:00Z"' in request.content
            return results(("x:PublicKey/set", {"accountId": "c", "created": {"key": {"id": "k1"}}}, "create"))
        return results(("x:PublicKey/set", {"accountId": "c", "destroyed": ["k1"]}, "destroy"))

    client = client_of(server)
    new = NewPublicKey(
        description="Mine",
        key=KEY,
        email_addresses=frozenset({"alice@example.org"}),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    )

    key_id = await public_key.create(client, new)

    assert key_id == "k1"
    assert await public_key.destroy(client, PublicKeyId("k1")) is None


async def test_a_key_in_use_cannot_be_removed() -> None:
    refusal = {
        "type": "objectIsLinked",
        "objectId": {"object": "PublicKey", "id": "k1"},
        "linkedObjects": [{"object": "Account", "id": "c"}],
    }
    client = client_of(
        lambda _: results(("x:PublicKey/set", {"accountId": "c", "notDestroyed": {"k1": refusal}}, "destroy"))
    )

    error = await public_key.destroy(client, PublicKeyId("k1"))

    assert error is not None
    assert [linked.object for linked in error.linked_objects] == ["Account"]


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (NewPublicKey(description="Mine", key=PRIVATE), "private"),
        (NewPublicKey(description="Mine", key=KEY + PRIVATE.lower()), "private"),
        (NewPublicKey(description="", key=KEY), "description"),
        (NewPublicKey(description="Mine", key=" \n"), "description"),
    ],
)
def test_what_must_not_be_sent_is_refused(new: NewPublicKey, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        new.to_wire()


def test_an_administrator_sees_whose_key_it_is() -> None:
    entry = {"id": "k", "key": KEY, "description": "Mine", "emailAddresses": {"a@b.c": True}, "accountId": "d"}

    (key,) = public_key.parse({"list": [entry]})

    assert key == PublicKey(
        id=PublicKeyId("k"),
        description="Mine",
        key=KEY,
        email_addresses=frozenset({"a@b.c"}),
        created_at=None,
        expires_at=None,
        account_id=key.account_id,
    )
    assert key.account_id == "d"


def test_some_keys_are_asked_for_by_id() -> None:
    assert public_key.get_call(ids=[PublicKeyId("k")]).arguments == {"ids": ["k"]}


@pytest.mark.parametrize("result", [{}, {"list": [{"id": "k"}]}])
def test_a_result_of_another_shape_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        public_key.parse(result)
