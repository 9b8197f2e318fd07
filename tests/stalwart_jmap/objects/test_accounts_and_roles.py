"""Accounts and roles as an administrator reads and changes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from canaries import TOTP_SECRET
from library_kit import signed_in
from stalwart_jmap.core.errors import NotJson
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.objects import account, role, server_settings
from stalwart_jmap.objects.account import Password, Permissions

if TYPE_CHECKING:
    from mail_server import MailServer
    from stalwart_jmap import Transport

PASSWORD_OF_BOB = Password(position="0", has_two_factor=True, expires_at=None)


@pytest.mark.anyio
async def test_two_factor_shows_and_is_reset_by_pointer(mail_server: MailServer, transport: Transport) -> None:
    admin = await signed_in(transport, await mail_server.new_account("grace", roles={"@type": "Admin"}))
    bob = await mail_server.new_account("bob", two_factor=TOTP_SECRET)
    get = account.get_call([bob.account_id])
    before = account.parse((await admin.client.call(get))[get])[0]
    assert before.password == PASSWORD_OF_BOB
    assert before.address == bob.login

    call = account.set_call({bob.account_id: account.reset_two_factor(PASSWORD_OF_BOB)})
    response = await admin.client.call(call, get)

    assert parse_set(response[call], sent_at=response.sent_at).update_of(bob.account_id) is None
    after = account.parse(response[get])[0]
    assert after.password is not None
    assert not after.password.has_two_factor


@pytest.mark.anyio
async def test_pages_of_accounts_are_told_with_the_total(mail_server: MailServer, transport: Transport) -> None:
    admin = await signed_in(transport, await mail_server.new_account("grace", roles={"@type": "Admin"}))
    for name in ("ann", "ben", "cas"):
        await mail_server.new_account(name)
    query = account.query_call(position=1, limit=2)
    get = account.get_call(query.ref("/ids"))
    response = await admin.client.call(query, get, role.defaults_call())
    found = account.parse_query(response[query])

    assert (found.position, len(found.ids), found.total) == (1, 2, 4)
    assert sorted(one.name for one in account.parse(response[get])) == ["ben", "cas"]
    defaults = role.parse_defaults(response["defaults"])
    assert defaults is not None
    assert defaults.user == {"b"}


def test_patches_point_at_single_permissions() -> None:
    merge = Permissions(kind="Merge")

    assert role.change(enable=["b", "a"], lift=["c"]) == {
        "enabledPermissions/a": True,
        "enabledPermissions/b": True,
        "disabledPermissions/c": None,
    }
    assert account.change_permissions(merge, unset=["a"], disable=["b"]) == {
        "permissions/enabledPermissions/a": None,
        "permissions/disabledPermissions/b": True,
    }
    assert account.change_permissions(Permissions(), enable=["a"]) == {
        "permissions": {"@type": "Merge", "enabledPermissions": {"a": True}, "disabledPermissions": {}}
    }


def test_the_end_of_a_password_is_addressed_by_its_position() -> None:
    third = Password(position="2", has_two_factor=False, expires_at=None)

    assert account.expire_password(third, datetime(2026, 1, 1, tzinfo=UTC)) == {
        "credentials/2/expiresAt": "2026-01-01T00:00:00Z"
    }


def test_an_account_of_an_outside_directory_has_no_password() -> None:
    wire = {"list": [{"id": "k", "@type": "User", "name": "ida", "credentials": {}, "roles": {"@type": "Newer"}}]}
    ida = account.parse(wire)[0]

    assert ida.password is None
    assert ida.roles.kind == "Newer"
    assert ida.permissions == Permissions()


@pytest.mark.parametrize("wire", [{}, {"list": [{}]}, {"list": [{"id": "a", "credentials": {"0": {"expiresAt": 7}}}]}])
def test_another_shape_is_an_error_of_its_own(wire: dict[str, object]) -> None:
    with pytest.raises(NotJson):
        account.parse(wire)


def test_settings_of_the_server_are_read() -> None:
    assert server_settings.parse_forwarded({"list": [{"useXForwarded": True}]})
    assert not server_settings.parse_encrypts({"list": [{"encryptAtRest": False}]})
    assert server_settings.parse_allowed({"list": [{"address": "192.0.2.7"}]}) == ("192.0.2.7",)
    hook = server_settings.parse_webhooks({"list": [{"url": "https://panel.example.org/x", "enable": False}]})[0]
    assert (hook.url, hook.is_enabled) == ("https://panel.example.org/x", False)
