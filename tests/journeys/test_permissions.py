"""Permissions: why somebody cannot do something, a plan, applying it, and what stands in the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio
PERMISSIONS = "/administration/permissions"
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


async def administrator(mail_server: MailServer) -> MailAccount:
    return await mail_server.new_account("grace", roles={"@type": "Admin"})


async def denied_by_a_role(mail_server: MailServer, name: str = "heidi") -> MailAccount:
    sandbox = mail_server.needs_sandbox("makes a role directly")
    role = sandbox.add_role("No password change", disabled=DENIED)
    return await mail_server.new_account(name, roles={"@type": "Custom", "roleIds": {"b": True, role: True}})


def carried(page: Page) -> dict[str, str]:
    """What the plan's form carries unseen."""
    return {field.name: field.value for field in page.form(f"{PERMISSIONS}/apply").fields if field.is_hidden}


async def apply(browser: Browser, who: MailAccount) -> None:
    await browser.press("Apply what is ticked")
    if browser.page.path == "/step-up":
        await browser.fill_in({"current-password": who.password})


async def test_a_role_is_mended_and_an_open_session_works_on_its_next_page(
    panel: RunningPanel, mail_server: MailServer
) -> None:
    grace = await administrator(mail_server)
    heidi = await denied_by_a_role(mail_server)
    hers = await panel.sign_in(heidi)
    page = await hers.open("/password")
    assert page.status == 403

    browser = await panel.sign_in(grace)
    page = await browser.open(f"{PERMISSIONS}/compare?add={heidi.login}")
    assert f"{heidi.login} cannot change the password" in page.text
    assert "the role “No password change” denies sysAccountPasswordGet, sysAccountPasswordUpdate" in page.text
    page = await browser.click("See the plan")
    assert "Change the role “No password change”" in page.text
    assert "1 account gains permissions. Nobody loses any." in page.text
    assert "- disabledPermissions sysAccountPasswordUpdate" in page.text
    await apply(browser, grace)
    assert "Applied: 1 change" in browser.page.text

    page = await hers.open("/password")
    assert page.status == 200
    assert page.form(having=("current-password",)).button() is not None


async def test_an_applied_plan_can_be_undone(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    heidi = await denied_by_a_role(mail_server)
    sandbox = mail_server.needs_sandbox("looks at rights")
    browser = await panel.sign_in(grace)
    await browser.open(f"{PERMISSIONS}/plan?who={heidi.account_id}")
    await apply(browser, grace)
    assert "sysAccountPasswordUpdate" in sandbox.state.held(sandbox.account(heidi.login))
    page = await browser.click("Undo this plan…")
    assert "loses some" in page.text
    await apply(browser, grace)

    assert "Applied: 1 change" in browser.page.text
    assert "sysAccountPasswordUpdate" not in sandbox.state.held(sandbox.account(heidi.login))


async def test_a_plan_for_roles_that_changed_applies_nothing(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    heidi = await denied_by_a_role(mail_server)
    sandbox = mail_server.needs_sandbox("changes a role behind our back")
    browser = await panel.sign_in(grace)
    await browser.open(f"{PERMISSIONS}/plan?who={heidi.account_id}")
    role = next(one for one in sandbox.state.roles.values() if one.description == "No password change")
    role.enabled["emailSend"] = True
    await apply(browser, grace)

    assert browser.page.status == 409
    assert "Nothing was applied. Something changed since the plan was made." in browser.page.text
    assert set(role.disabled) == set(DENIED)
    await apply(browser, grace)
    assert "Applied: 1 change" in browser.page.text
    assert not role.disabled


async def test_a_block_on_the_account_itself_is_not_ticked(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    bob = await mail_server.new_account("bob", without=("sysPublicKeyCreate",))
    browser = await panel.sign_in(grace)
    page = await browser.open(PERMISSIONS)
    assert "1 of 2 accounts has a gap" in page.text
    assert "a block on the account itself denies sysPublicKeyCreate" in page.text
    await browser.click("See the plan")
    page = await browser.press("Apply what is ticked")

    assert page.status == 422
    assert "Nothing was ticked, so nothing was sent." in page.text
    assert "sysPublicKeyCreate" not in mail_server.needs_sandbox("looks").state.held(
        mail_server.needs_sandbox("looks").account(bob.login)
    )


async def test_a_refused_change_takes_no_other_one_down(panel: RunningPanel, mail_server: MailServer) -> None:
    sandbox = mail_server.needs_sandbox("makes roles directly")
    held = sandbox.state.role_permissions({"b": True, "e": True}) - {"jmapIdentityChanges"}
    narrow = sandbox.add_role("Almost everything", enabled=held)
    grace = await mail_server.new_account("grace", roles={"@type": "Custom", "roleIds": {narrow: True}})
    first = await denied_by_a_role(mail_server)
    lacking = sandbox.add_role(
        "Lacks one", enabled=sandbox.state.role_permissions({"b": True}) - {"jmapIdentityChanges"}
    )
    second = await mail_server.new_account("ivan", roles={"@type": "Custom", "roleIds": {lacking: True}})
    browser = await panel.sign_in(grace)
    page = await browser.open(f"{PERMISSIONS}/plan?who={first.account_id}&who={second.account_id}")
    assert "You do not hold jmapIdentityChanges yourself" in page.text
    plan = json.loads(carried(page)["plan"])
    pairs = [("account", carried(page)["account"]), ("plan", json.dumps(plan))]
    pairs += [("pick", f"role:{change['id']}") for change in plan["changes"]]
    answer = await browser.post(f"{PERMISSIONS}/apply", pairs)
    assert answer.status_code == 303
    page = await browser.open(answer.headers["location"])
    if page.path == "/step-up":
        page = await browser.fill_in({"current-password": grace.password})

    assert "Applied in part: 1 done, 1 refused" in page.text
    assert "Refused. Your own account lacks jmapIdentityChanges." in page.text


async def test_a_lost_answer_is_settled_by_reading(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    heidi = await denied_by_a_role(mail_server)
    browser = await panel.sign_in(grace)
    await browser.open(f"{PERMISSIONS}/plan?who={heidi.account_id}")
    mail_server.quirk("cut-after", method="x:Role/set", times=1)
    await apply(browser, grace)

    assert "Applied: 1 change" in browser.page.text
    assert "The answer was lost on the way" in browser.page.text


async def test_a_plan_from_a_file_is_brought_up_to_now(panel: RunningPanel, mail_server: MailServer) -> None:
    grace = await administrator(mail_server)
    heidi = await denied_by_a_role(mail_server)
    browser = await panel.sign_in(grace)
    page = await browser.open(f"{PERMISSIONS}/plan?who={heidi.account_id}")
    plan = json.loads(carried(page)["plan"])
    plan["changes"].append(plan["changes"][0] | {"id": "zzz", "name": "No such role"})
    await browser.open(f"{PERMISSIONS}/import")
    page = await browser.fill_in({"plan": json.dumps(plan)})
    assert "Left out, because it does not exist here: No such role." in page.text
    assert "Change the role “No password change”" in page.text

    await browser.open(f"{PERMISSIONS}/import")
    page = await browser.fill_in({"plan": "{}"})
    assert page.status == 422
    assert "This is no plan of this panel." in page.text


async def test_an_administrator_who_may_only_read_sees_no_plan(panel: RunningPanel, mail_server: MailServer) -> None:
    reading = ("sysAccountQuery", "sysAccountGet", "sysRoleQuery", "sysRoleGet")
    merge = {"@type": "Merge", "enabledPermissions": dict.fromkeys(reading, True), "disabledPermissions": {}}
    ivan = await mail_server.new_account("ivan", permissions=merge)
    await denied_by_a_role(mail_server)
    browser = await panel.sign_in(ivan)
    page = await browser.open(PERMISSIONS)

    assert page.status == 200
    assert "1 of 2 accounts has a gap" in page.text
    assert "See the plan" not in page.text
    assert "could not be read (sysAuthenticationGet)" in page.text
