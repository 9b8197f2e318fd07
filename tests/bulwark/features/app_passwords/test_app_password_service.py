"""App passwords through the real client and the stand-in server: each outcome, and what a preset lets through."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

import stalwart_jmap as jmap
from account_kit import account_on
from bulwark import errors
from bulwark.account import credentials, presets
from bulwark.account.credential_traces import Attempt, Trace, find_out
from bulwark.account.credentials import APP_PASSWORD, Fate
from stalwart_jmap.objects.credential import Inherit, NewCredential, Only

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mail_server import MailAccount, MailServer

pytestmark = pytest.mark.anyio
SET = "x:AppPassword/set"
USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"]


def printer(name: str = "Printer") -> NewCredential:
    return NewCredential(description=name, scope=Only(frozenset({"authenticate", "emailSend"})))


async def upstream(mail_server: MailServer) -> list[list[str]]:
    """The methods of each request so far."""
    return [list(request.methods) for request in mail_server.needs_sandbox("counts requests").requests]


async def test_making_one_is_one_request_that_also_reads_back(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        before = len(await upstream(mail_server))
        made = await credentials.create(account, APP_PASSWORD, printer())
        asked = (await upstream(mail_server))[before:]

    assert asked == [[SET, "x:AppPassword/query", "x:AppPassword/get"]]
    assert made.total == 1
    assert made.secret.reveal().startswith("app_")
    assert "app_" not in repr(made)


async def test_changing_and_revoking_are_one_reading_and_one_request_each(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer())
        before = len(await upstream(mail_server))
        (seen,) = (await credentials.look(account, APP_PASSWORD)).credentials
        edited = await credentials.edit(account, APP_PASSWORD, seen, printer("Scanner"))
        (seen,) = (await credentials.look(account, APP_PASSWORD)).credentials
        revoked = await credentials.revoke(account, APP_PASSWORD, [seen])

    assert len(await upstream(mail_server)) - before == 4
    assert edited.changed
    assert edited.after is not None
    assert edited.after.description == "Scanner"
    assert [(item.name, item.fate) for item in revoked.items] == [("Scanner", Fate.REVOKED)]
    assert revoked.left == 0


async def test_only_what_differs_is_sent(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer())
        (seen,) = (await credentials.look(account, APP_PASSWORD)).credentials
        change = credentials.difference(seen, printer("Scanner"))
        before = len(await upstream(mail_server))
        same = await credentials.edit(account, APP_PASSWORD, seen, printer())

    assert change is not None
    assert change.to_wire() == {"description": "Scanner"}
    assert not same.changed
    assert len(await upstream(mail_server)) == before


async def test_the_quota_comes_with_its_number(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", quotas={"maxAppPasswords": 2})
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer("One"))
        await credentials.create(account, APP_PASSWORD, printer("Two"))
        with pytest.raises(errors.QuotaReached) as refused:
            await credentials.create(account, APP_PASSWORD, printer("Three"))

    assert refused.value.limit == 2


async def test_what_one_does_not_hold_is_named_by_the_server(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        with pytest.raises(errors.PermissionMissing) as refused:
            await credentials.create(
                account,
                APP_PASSWORD,
                NewCredential(description="Root", scope=Only(frozenset({"authenticate", "sysAccountGet"}))),
            )

    assert refused.value.names == ("sysAccountGet",)


async def test_without_the_permission_nothing_is_sent(mail_server: MailServer) -> None:
    carol = await mail_server.new_account("carol", without=["sysAppPasswordCreate"])
    async with account_on(mail_server, carol) as account:
        before = len(await upstream(mail_server))
        with pytest.raises(errors.PermissionMissing) as refused:
            await credentials.create(account, APP_PASSWORD, printer())

    assert refused.value.names == ("sysAppPasswordCreate",)
    assert len(await upstream(mail_server)) == before


async def test_a_list_one_may_not_read_says_why(mail_server: MailServer) -> None:
    carol = await mail_server.new_account("carol", without=["sysAppPasswordQuery"])
    async with account_on(mail_server, carol) as account:
        listing = await credentials.look(account, APP_PASSWORD)

    assert isinstance(listing.unavailable, errors.PermissionMissing)
    assert listing.unavailable.names == ("sysAppPasswordQuery",)


async def test_an_id_that_is_another_ones_now_is_not_taken_for_the_old_one(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        first = await credentials.create(account, APP_PASSWORD, printer("Printer"))
        seen = await credentials.look(account, APP_PASSWORD)
        mark = credentials.mark_of(APP_PASSWORD, seen.credentials[0])
        await credentials.revoke(account, APP_PASSWORD, seen.credentials)
        mail_server.clock.advance(seconds=1)
        second = await credentials.create(account, APP_PASSWORD, printer("Printer"))
        now = await credentials.look(account, APP_PASSWORD)

        assert first.id == second.id
        with pytest.raises(errors.Gone):
            now.marked(APP_PASSWORD, mark)


async def test_one_that_vanished_meanwhile_is_told_apart(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer("One"))
        await credentials.create(account, APP_PASSWORD, printer("Two"))
        seen = (await credentials.look(account, APP_PASSWORD)).credentials
        await credentials.revoke(account, APP_PASSWORD, seen[:1])
        with pytest.raises(errors.Gone):
            await credentials.edit(account, APP_PASSWORD, seen[0], printer("Three"))
        done = await credentials.revoke(account, APP_PASSWORD, seen)

    assert [item.fate for item in done.items] == [Fate.REFUSED, Fate.REVOKED]


@pytest.mark.parametrize("act", ["create", "edit", "revoke"])
async def test_a_lost_answer_leaves_traces_that_tell(mail_server: MailServer, act: str) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer("Old"))
        (seen,) = (await credentials.look(account, APP_PASSWORD)).credentials
        mark = credentials.mark_of(APP_PASSWORD, seen)
        wanted = printer("New")
        for cut, trace in (("cut-before", Trace.NOT_DONE), ("cut-after", Trace.DONE)):
            mail_server.quirk(cut, account=alice, method=SET, times=1)
            writes: dict[str, Callable[[], Awaitable[object]]] = {
                "create": lambda: credentials.create(account, APP_PASSWORD, wanted),
                "edit": lambda: credentials.edit(account, APP_PASSWORD, seen, wanted),
                "revoke": lambda: credentials.revoke(account, APP_PASSWORD, [seen]),
            }
            with pytest.raises(errors.OutcomeUnknown) as lost:
                await writes[act]()
            after = jmap.AppPassword(
                id=seen.id,
                description="New",
                created_at=seen.created_at,
                expires_at=None,
                scope=wanted.scope,
                allowed_ips=frozenset(),
            )
            names = ("Old",) if act == "revoke" else ("New",)
            attempt = Attempt(
                act=act, names=names, marks=(mark,), state=credentials.state_of(after), sent_at=lost.value.sent_at
            )
            found = await find_out(account, APP_PASSWORD, attempt)

            assert found.trace is trace
            if act == "create" and trace is Trace.DONE:
                assert [one.description for one in found.credentials] == ["New"]


async def test_an_old_one_of_the_same_name_is_not_taken_for_the_lost_one(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        await credentials.create(account, APP_PASSWORD, printer("Phone"))
        mail_server.clock.advance(minutes=10)
        found = await find_out(
            account, APP_PASSWORD, Attempt(act="create", names=("Phone",), sent_at=mail_server.clock.now())
        )

    assert found.trace is Trace.NOT_DONE


# What a preset lets through: the stand-in asks each call for its permission, as the server does.

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Mailbox/query", {}),
    ("Email/query", {}),
    ("x:AppPassword/query", {}),
    ("x:AppPassword/set", {"create": {"n": {"description": "Another"}}}),
    ("x:ApiKey/set", {"create": {"n": {"description": "Another"}}}),
    ("x:AccountPassword/get", {"ids": ["singleton"]}),
    ("x:AccountSettings/set", {"update": {"singleton": {"description": "Somebody else"}}}),
    ("x:PublicKey/query", {}),
    ("Identity/set", {"create": {"n": {"email": "x@example.org", "name": "x"}}}),
    ("x:Account/query", {}),
)
READS_MAIL = {"Mailbox/query", "Email/query"}


async def jmap_as(mail_server: MailServer, who: MailAccount, secret: str) -> dict[str, str]:
    """What the server answers to each call of a program with this secret: the method's name, or the error's type."""
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        body = {
            "using": USING,
            "methodCalls": [
                [name, {"accountId": who.account_id, **arguments}, str(place)]
                for place, (name, arguments) in enumerate(CALLS)
            ],
        }
        answer = await http.post("/jmap/", json=body, auth=(who.login, secret))
    assert answer.status_code == 200, answer.text
    return {
        name: result.get("type", "") if method == "error" else method
        for (name, _), (method, result, _id) in zip(CALLS, answer.json()["methodResponses"], strict=True)
    }


@pytest.mark.parametrize("slug", [preset.slug for preset in presets.presets()])
async def test_a_preset_does_what_it_says_and_nothing_else(mail_server: MailServer, slug: str) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        offer = presets.offer(slug, account.rights)
        assert offer is not None
        made = await credentials.create(
            account, APP_PASSWORD, NewCredential(description=slug, scope=Only(offer.granted))
        )
        everything = await credentials.create(account, APP_PASSWORD, NewCredential(description="All", scope=Inherit()))
    narrow = await jmap_as(mail_server, alice, made.secret.reveal())
    wide = await jmap_as(mail_server, alice, everything.secret.reveal())
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
        info = (await http.get("/api/account", auth=(alice.login, made.secret.reveal()))).json()

    assert set(info["permissions"]) == offer.granted
    allowed = {name for name, answer in narrow.items() if answer == name}
    assert allowed == (READS_MAIL if slug == "jmap-app" else set())
    assert {answer for name, answer in narrow.items() if name not in allowed} == {"forbidden"}
    assert {name for name, answer in wide.items() if answer == name} >= READS_MAIL | {"x:AppPassword/query"}


async def test_a_network_keeps_others_out_and_an_end_ends_it(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("it believes a forwarded address")
    sandbox.settings.change("Http", useXForwarded=True)
    alice = await mail_server.new_account("alice")
    end = mail_server.clock.now() + timedelta(days=1)
    async with account_on(mail_server, alice) as account:
        made = await credentials.create(
            account,
            APP_PASSWORD,
            NewCredential(description="Home", expires_at=end, allowed_ips=frozenset({"203.0.113.0/24"})),
        )

    async def status(address: str) -> int:
        async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport) as http:
            headers = {"x-forwarded-for": address}
            return (
                await http.get("/jmap/session", auth=(alice.login, made.secret.reveal()), headers=headers)
            ).status_code

    assert [await status("203.0.113.9"), await status("192.0.2.1")] == [200, 403]
    mail_server.clock.advance(days=2)
    assert await status("203.0.113.9") == 401
