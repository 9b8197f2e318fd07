"""App passwords and API keys: one behaviour, two kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmap_wire import client_of, results
from library_kit import signed_in
from stalwart_jmap import (
    KEEP,
    ApiKey,
    AppPassword,
    AuthenticationFailed,
    BasicCredentials,
    BearerToken,
    CreatedCredential,
    CredentialChange,
    CredentialId,
    Except,
    Inherit,
    MethodError,
    NewCredential,
    NotJson,
    Only,
    OutcomeUnknown,
    SetError,
    StalwartClient,
    StalwartError,
    UnknownVariant,
    api_key,
    app_password,
)
from stalwart_jmap.objects.credential import network, scope_from_wire, scope_to_wire

if TYPE_CHECKING:
    from types import ModuleType

    from library_kit import Person
    from mail_server import MailServer
    from stalwart_jmap import Scope, Transport

pytestmark = pytest.mark.anyio
END = datetime(2027, 1, 1, tzinfo=UTC)
KINDS = [app_password, api_key]


@pytest.fixture(params=KINDS, ids=lambda module: module.KIND)
def kind(request: pytest.FixtureRequest) -> ModuleType:
    module: ModuleType = request.param
    return module


async def created(person: Person, kind: ModuleType, **properties: Any) -> CreatedCredential:
    outcome = await kind.create(person.client, NewCredential(**{"description": "Phone", **properties}))
    assert isinstance(outcome, CreatedCredential), outcome
    return outcome


async def test_a_new_one_is_listed_and_its_secret_is_not(alice: Person, kind: ModuleType) -> None:
    scope = Only(frozenset({"authenticate", "imapAuthenticate"}))

    new = await created(alice, kind, expires_at=END, scope=scope, allowed_ips=frozenset({"192.0.2.0/24", "10.1.2.3"}))
    (listed,) = await kind.read(alice.client)

    assert listed == {app_password: AppPassword, api_key: ApiKey}[kind](
        id=new.id,
        description="Phone",
        created_at=listed.created_at,
        expires_at=END,
        scope=scope,
        allowed_ips=frozenset({"192.0.2.0/24", "10.1.2.3"}),
    )
    assert listed.created_at is not None
    assert new.secret.reveal() not in f"{new!r} {listed!r}"


async def test_an_app_password_opens_basic_and_a_key_opens_bearer(alice: Person, transport: Transport) -> None:
    password, key = await created(alice, app_password), await created(alice, api_key)

    basic = StalwartClient(transport, BasicCredentials(alice.account.login, password.secret))
    bearer = StalwartClient(transport, BearerToken(key.secret))

    assert (await basic.session()).username == (await bearer.session()).username == alice.account.login


async def test_each_kind_lists_its_own(alice: Person) -> None:
    password, key = await created(alice, app_password), await created(alice, api_key)

    assert [entry.id for entry in await app_password.read(alice.client)] == [password.id]
    assert [entry.id for entry in await api_key.read(alice.client)] == [key.id]


async def test_a_change_touches_only_what_it_names(alice: Person, kind: ModuleType) -> None:
    new = await created(alice, kind, expires_at=END, allowed_ips=frozenset({"192.0.2.0/24"}))

    renamed = await kind.update(alice.client, new.id, CredentialChange(description="Tablet"))
    (after_renaming,) = await kind.read(alice.client)
    widened = CredentialChange(expires_at=None, allowed_ips=frozenset(), scope=Except(frozenset({"emailSend"})))
    refusal = await kind.update(alice.client, new.id, widened)
    (after_widening,) = await kind.read(alice.client)

    assert renamed is refusal is None
    assert (after_renaming.description, after_renaming.expires_at) == ("Tablet", END)
    assert after_renaming.allowed_ips == {"192.0.2.0/24"}
    assert after_widening.description == "Tablet"
    assert (after_widening.expires_at, after_widening.allowed_ips) == (None, frozenset())
    assert after_widening.scope == Except(frozenset({"emailSend"}))


async def test_revoking_is_effective_at_once(alice: Person, transport: Transport) -> None:
    first, second = await created(alice, app_password), await created(alice, app_password)
    client = StalwartClient(transport, BasicCredentials(alice.account.login, first.secret))
    await client.session()

    outcome = await app_password.destroy(alice.client, [first.id, second.id])

    assert outcome == {first.id: None, second.id: None}
    assert await app_password.read(alice.client) == ()
    with pytest.raises(AuthenticationFailed):
        await client.session()


async def test_an_unknown_one_is_refused(alice: Person, kind: ModuleType) -> None:
    gone = CredentialId("z")

    assert (await kind.update(alice.client, gone, CredentialChange(description="x"))).type == "notFound"
    assert (await kind.destroy(alice.client, [gone]))[gone].type == "notFound"


async def test_the_quota_is_a_refusal_with_its_number(mail_server: MailServer, transport: Transport) -> None:
    person = await signed_in(transport, await mail_server.new_account(quotas={"maxAppPasswords": 1}))
    await created(person, app_password)

    refusal = await app_password.create(person.client, NewCredential(description="One more"))

    assert isinstance(refusal, SetError)
    assert refusal.type == "overQuota"
    assert "1 app passwords" in (refusal.description or "")


async def test_without_permission_the_list_is_a_method_error(mail_server: MailServer, transport: Transport) -> None:
    person = await signed_in(transport, await mail_server.new_account(without=["sysApiKeyQuery"]))

    with pytest.raises(MethodError, match="forbidden"):
        await api_key.read(person.client)


async def test_a_lost_answer_to_a_creation_is_a_third_outcome(
    alice: Person, mail_server: MailServer, kind: ModuleType
) -> None:
    await alice.client.session()
    mail_server.quirk("cut-after", method=f"{kind.KIND}/set", times=1)

    with pytest.raises(OutcomeUnknown):
        await kind.create(alice.client, NewCredential(description="Phone"))


@pytest.mark.parametrize("made", [None, {"id": "b"}, {"id": "b", "secret": None}, {"secret": "x"}])
async def test_a_creation_without_id_or_secret_is_unknown(made: object) -> None:
    client = client_of(lambda _: results(("x:ApiKey/set", {"accountId": "c", "created": {"new": made}}, "create")))

    with pytest.raises(OutcomeUnknown):
        await api_key.create(client, NewCredential(description="x"))


async def test_a_silently_dropped_id_is_no_revocation() -> None:
    client = client_of(lambda _: results(("x:ApiKey/set", {"accountId": "c", "destroyed": ["b"]}, "destroy")))

    with pytest.raises(OutcomeUnknown):
        await api_key.destroy(client, [CredentialId("b"), CredentialId("not an id")])


def test_nothing_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="nothing"):
        CredentialChange().to_wire()
    with pytest.raises(ValueError, match="description"):
        NewCredential(description="").to_wire()
    with pytest.raises(ValueError, match="time zone"):
        NewCredential(description="x", expires_at=datetime(2027, 1, 1)).to_wire()  # noqa: DTZ001 - the point


async def test_revoking_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        await app_password.destroy(client_of(lambda _: results()), [])


def test_a_date_is_written_in_utc() -> None:
    local = datetime(2027, 1, 1, 1, 30, 0, 999, tzinfo=timezone(timedelta(hours=2)))

    assert CredentialChange(expires_at=local).to_wire() == {"expiresAt": "2026-12-31T23:30:00Z"}
    assert CredentialChange(expires_at=None).to_wire() == {"expiresAt": None}
    assert CredentialChange(description="x", expires_at=KEEP).to_wire() == {"description": "x"}


@pytest.mark.parametrize(
    "scope",
    [
        Inherit(),
        Except(frozenset({"a", "b"})),
        Only(frozenset()),
        UnknownVariant("Later", {"@type": "Later", "x": 1}),
    ],
)
def test_a_scope_survives_the_wire(scope: Scope) -> None:
    assert scope_from_wire(scope_to_wire(scope)) == scope


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1/8", "10.0.0.1/8"),
        (" 192.0.2.0/24 ", "192.0.2.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8:0:0::1", "2001:db8::1"),
    ],
)
def test_a_network_is_written_in_its_normal_form(text: str, normal: str) -> None:
    assert network(text) == normal


@pytest.mark.parametrize(
    "text", ["", "example.org", "10.0.0.0/7", "0.0.0.0", "::", "0.0.0.0/8", "10.0.0.0/33", "::1/7", "1.2.3"]
)
def test_a_network_the_server_refuses_is_refused_here(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - ipaddress has its own words
        network(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "description", "createdAt", "expiresAt", "permissions", "allowedIps"]), json_values
    )
)
def test_no_entry_ends_in_anything_but_our_errors(entry: dict[str, Any]) -> None:
    try:
        (read,) = app_password.parse({"list": [{"id": "b", **entry}]})
    except StalwartError:
        return

    assert isinstance(read.id, str)


@pytest.mark.parametrize("result", [{}, {"list": [{}]}, {"list": [{"id": "b", "createdAt": "yesterday"}]}])
def test_a_result_of_another_shape_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(NotJson):
        api_key.parse(result)
