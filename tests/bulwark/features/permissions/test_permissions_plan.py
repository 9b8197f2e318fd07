"""Plans: for odd roles, for much, for what is gone, and for answers that are lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from account_kit import account_on
from bulwark import errors
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions import service
from bulwark.features.permissions.plan import Change, Plan
from bulwark.features.permissions.service import Fate, Report
from bulwark.features.permissions.why import why_not
from stalwart_sandbox import ids

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from mail_server import MailAccount, MailServer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def grace(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("grace", roles={"@type": "Admin"})


async def plan_for(account: Account, *ids_: str) -> Plan:
    found = await service.chosen(account, ids_)
    return plans.for_accounts(found, await service.population(account), server="mail.test", at=NOW)


async def test_roles_in_a_circle_are_mended_where_they_deny(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("makes roles directly")
    first = sandbox.add_role("First", disabled=("jmapIdentityGet",))
    second = sandbox.add_role("Second", role_ids=(first, "b"))
    sandbox.state.roles[ids.decode(first) or 0].role_ids = {second: True}
    heidi = await mail_server.new_account("heidi", roles={"@type": "Custom", "roleIds": {second: True}})
    async with account_on(mail_server, await grace(mail_server)) as account:
        plan = await plan_for(account, heidi.account_id)
        assert [(one.id, one.lift, one.enable) for one in plan.changes] == [(first, ("jmapIdentityGet",), ())]
        report = await service.apply(account, plan)

    assert isinstance(report, Report)
    assert report.count(Fate.DONE) == 1
    assert "jmapIdentityGet" in sandbox.state.held(sandbox.account(heidi.login))


async def test_a_thousand_roles_and_names_of_a_newer_server(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("makes roles directly")
    for place in range(1000):
        sandbox.add_role(f"Role {place}", enabled=("sysTelepathyGet",))
    last = sandbox.add_role("Last", disabled=("authenticate",), role_ids=("b",))
    heidi = await mail_server.new_account("heidi", roles={"@type": "Custom", "roleIds": {last: True}})
    async with account_on(mail_server, await grace(mail_server)) as account:
        population = await service.population(account)
        found = await service.chosen(account, (heidi.account_id,))
        sentences = why_not(found[0], population)

    assert len(population.book.roles) == 1005
    assert sentences == (
        f"{heidi.login} cannot sign in: the role “Last” denies authenticate, and a denial wins over every grant.",
    )


async def test_an_account_that_is_gone_is_told_and_nothing_is_sent(mail_server: MailServer) -> None:
    heidi = await mail_server.new_account("heidi", without=("jmapIdentityGet",))
    async with account_on(mail_server, await grace(mail_server)) as account:
        plan = await plan_for(account, heidi.account_id)
        await mail_server.administer(("x:Account/set", {"destroy": [heidi.account_id]}))
        outcome = await service.apply(account, plan)
        sent = [name for request in mail_server.needs_sandbox("looks").requests for name in request.methods]

    assert isinstance(outcome, service.ChangedSince)
    assert outcome.names == (heidi.login,)
    assert outcome.plan.changes == ()
    assert sent.count("x:Account/set") == 3  # the three of this test's own administrator


async def test_an_account_that_replaces_its_roles_is_changed_itself(mail_server: MailServer) -> None:
    replaced = {"@type": "Replace", "enabledPermissions": {"authenticate": True}, "disabledPermissions": {}}
    heidi = await mail_server.new_account("heidi", permissions=replaced)
    async with account_on(mail_server, await grace(mail_server)) as account:
        plan = await plan_for(account, heidi.account_id)
        assert [one.target for one in plan.changes] == ["account"]
        report = await service.apply(account, plan)
        again = await plan_for(account, heidi.account_id)

    assert isinstance(report, Report)
    assert report.count(Fate.DONE) == 1
    assert again.changes == ()


async def test_what_nobody_grants_goes_into_the_default_role(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("empties a role")
    user = next(one for one in sandbox.state.roles.values() if one.description == "User")
    del user.enabled["sysAppPasswordUpdate"]
    sandbox.state.changed()
    for name in ("ann", "ben", "cas"):
        await mail_server.new_account(name)
    async with account_on(mail_server, await grace(mail_server)) as account:
        population = await service.population(account)
        plan = plans.for_everybody(population, server="mail.test", at=NOW)
        gains = population.gains(plans.with_roles_changed(population.book, plan.changes))

    assert [(one.name, one.enable) for one in plan.changes] == [("User", ("sysAppPasswordUpdate",))]
    assert gains == (3, 0)


async def test_after_a_lost_answer_and_no_reading_it_is_unknown_until_looked_at(mail_server: MailServer) -> None:
    heidi = await mail_server.new_account("heidi", without=("jmapIdentityGet",))
    async with account_on(mail_server, await grace(mail_server)) as account:
        plan = await plan_for(account, heidi.account_id)
        mail_server.quirk("cut-after", method="x:Account/set", times=1)
        report = await service.apply(account, plan)
        assert isinstance(report, Report)
        assert report.answer_was_lost
        items = await service.look_again(account, plan)

    assert [item.fate for item in items] == [Fate.DONE]


async def test_an_administrator_without_the_right_to_write_is_refused_by_name(mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("makes a role")
    role = sandbox.add_role("Denies", disabled=("jmapIdentityGet",), role_ids=("b",))
    heidi = await mail_server.new_account("heidi", roles={"@type": "Custom", "roleIds": {role: True}})
    reading = ("sysAccountQuery", "sysAccountGet", "sysRoleQuery", "sysRoleGet")
    merge = {"@type": "Merge", "enabledPermissions": dict.fromkeys(reading, True), "disabledPermissions": {}}
    ivan = await mail_server.new_account("ivan", permissions=merge)
    async with account_on(mail_server, ivan) as account:
        report = await service.apply(account, await plan_for(account, heidi.account_id))

    assert isinstance(report, Report)
    assert [item.fate for item in report.items] == [Fate.REFUSED]
    why = report.items[0].why
    assert isinstance(why, errors.PermissionMissing)
    assert why.names == ("sysRoleUpdate",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"version":2}',
        "x" * 50_000,
        '{"version":1,"server":"s","made_at":"2026-01-01T00:00:00"}',
    ],
)
def test_what_is_no_plan_is_not_read(text: str) -> None:
    with pytest.raises(plans.PlanUnreadableError):
        plans.decode(text)


def test_a_plan_with_odd_names_is_not_read() -> None:
    change = Change(target="role", id="b", name="User", seen="", enable=("a/b",))
    plan = Plan(server="s", made_at=NOW, changes=(change,))

    with pytest.raises(plans.PlanUnreadableError):
        plans.decode(plan.encode())
    twice = msgspec.structs.replace(plan, changes=(msgspec.structs.replace(change, enable=("ab",)),) * 2)
    with pytest.raises(plans.PlanUnreadableError):
        plans.decode(twice.encode())


def test_a_plan_is_read_as_it_was_written() -> None:
    change = Change(target="account", id="c", name="a@b", seen="x", lift=("one",), variant="Merge")
    plan = Plan(server="s", made_at=NOW, changes=(change,))

    assert plans.decode(plan.pretty()) == plan
    assert plans.inverse(plans.inverse(change, "x", "Merge"), "x", "Merge") == change
