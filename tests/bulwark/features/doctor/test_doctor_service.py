"""Every check of the doctor, against a server on which exactly that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import stalwart_jmap as jmap
from account_kit import account_on
from bulwark import language
from bulwark.features.doctor import service, texts
from bulwark.features.doctor.service import Check, State
from bulwark.store.uses import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulwark.features.doctor.service import Result
    from mail_server import MailServer
    from panel_kit import RunningPanel
    from stalwart_sandbox import Sandbox

pytestmark = pytest.mark.anyio


async def examined(mail_server: MailServer) -> dict[Check, Result]:
    async with jmap.Transport(mail_server.url, http=mail_server.transport, clock=mail_server.clock.now) as transport:
        return {one.check: one for one in await service.examine_server(transport)}


async def settings_examined(
    mail_server: MailServer, *, admin: bool = True, feed: Feed | None = None
) -> dict[Check, Result]:
    who = await mail_server.new_account("grace", roles={"@type": "Admin"} if admin else None)
    async with account_on(mail_server, who) as account:
        return {one.check: one for one in await service.examine_settings(account, None, feed)}


async def test_a_good_server_is_in_order(mail_server: MailServer) -> None:
    found = await examined(mail_server)

    assert {check: one.state for check, one in found.items()} == dict.fromkeys(
        (Check.SERVER, Check.BAN, Check.TLS, Check.ADDRESSES, Check.CLOCK), State.FINE
    )


@pytest.mark.parametrize(
    ("quirk", "options", "check", "case"),
    [
        ("before-0.16", {}, Check.SERVER, "old"),
        ("ban", {}, Check.BAN, "banned"),
        ("500", {}, Check.SERVER, "failing"),
        ("503", {}, Check.SERVER, "failing"),
        ("429", {}, Check.SERVER, "busy"),
        ("html", {}, Check.SERVER, "unreadable"),
        ("cut-before", {}, Check.SERVER, "silent"),
        ("clock-skew", {"seconds": 60}, Check.CLOCK, "ahead"),
        ("clock-skew", {"seconds": -600}, Check.CLOCK, "behind"),
    ],
)
async def test_what_is_wrong_is_found(
    mail_server: MailServer, quirk: str, options: dict[str, Any], check: Check, case: str
) -> None:
    mail_server.quirk(quirk, **options)
    found = await examined(mail_server)

    assert found[check].case == case
    assert found[check].state in {State.ATTENTION, State.BROKEN}
    assert texts.said(found[check]).remedy


async def test_addresses_that_lead_elsewhere_are_found(mail_server: MailServer) -> None:
    who = await mail_server.new_account("grace", roles={"@type": "Admin"})
    mail_server.quirk("misleading-urls")
    async with account_on(mail_server, who) as account:
        found = await service.examine_session(account)

    assert (found.state, found.case) == (State.ATTENTION, "elsewhere")
    assert found.facts["published"] == "https://mail.internal.example"


def _no_encryption(sandbox: Sandbox) -> None:
    sandbox.settings.change("Email", encryptAtRest=False)


def _believes(sandbox: Sandbox) -> None:
    sandbox.settings.change("Http", useXForwarded=True)


def _empty_role(sandbox: Sandbox) -> None:
    role = next(one for one in sandbox.state.roles.values() if one.description == "User")
    del role.enabled["sysAppPasswordCreate"]
    sandbox.state.changed()


@pytest.mark.parametrize(
    ("spoil", "check", "case"),
    [
        (lambda _sandbox: None, Check.FORWARDING, "counted"),
        (_believes, Check.FORWARDING, "believed"),
        (lambda _sandbox: None, Check.ENCRYPTION, "on"),
        (_no_encryption, Check.ENCRYPTION, "off"),
        (lambda _sandbox: None, Check.ROLE, "complete"),
        (_empty_role, Check.ROLE, "lacking"),
        (lambda _sandbox: None, Check.WEBHOOK, "missing"),
    ],
)
async def test_settings_of_the_server_are_looked_at(
    mail_server: MailServer, spoil: Callable[[Sandbox], None], check: Check, case: str
) -> None:
    spoil(mail_server.needs_sandbox("spoils settings"))
    found = await settings_examined(mail_server)

    assert found[check].case == case


async def test_a_webhook_is_found_and_told_alive_or_silent(mail_server: MailServer) -> None:
    hook = {"url": "https://panel.example.org/hooks/stalwart", "enable": True}
    await mail_server.administer(("x:WebHook/set", {"create": {"h": hook}}))
    found = await settings_examined(mail_server, feed=Feed(first_at=None, last_at=None))
    assert found[Check.WEBHOOK].case == "silent-feed"


async def test_an_exempt_address_is_told(mail_server: MailServer) -> None:
    await mail_server.administer(("x:AllowedIp/set", {"create": {"a": {"address": "192.0.2.7"}}}))
    found = await settings_examined(mail_server)

    assert found[Check.FORWARDING].case == "exempt"
    assert found[Check.FORWARDING].facts == {"addresses": "192.0.2.7"}


async def test_without_rights_each_check_names_the_permission(mail_server: MailServer) -> None:
    found = await settings_examined(mail_server, admin=False)

    assert {one.state for one in found.values()} == {State.UNCHECKED}
    assert "sysHttpGet" in texts.said(found[Check.FORWARDING]).meaning
    assert (
        "sysRoleQuery" in texts.said(found[Check.ROLE]).meaning or "sysAccount" in texts.said(found[Check.ROLE]).meaning
    )


async def test_without_anybody_signed_in_it_says_so() -> None:
    results = await service.examine_settings(None, None, None)

    assert all("nobody is signed in" in texts.said(one).meaning for one in results)


@pytest.mark.parametrize("tag", language.available())
def test_every_text_can_be_said(tag: str) -> None:
    names = "server seconds status why published ours addresses path url roles names problems file"
    facts = dict.fromkeys(f"{names} page issuer client callback".split(" "), "x")
    with language.use(tag):
        for check, case in texts._TEXTS:
            assert texts.said(service.Result(check=check, state=State.NOTE, case=case, facts=facts)).meaning


async def test_the_page_shows_all_checks(panel: RunningPanel, mail_server: MailServer) -> None:
    browser = await panel.sign_in(await mail_server.new_account("grace", roles={"@type": "Admin"}))
    page = await browser.open("/administration/doctor")

    assert page.status == 200
    for title in texts._TITLES.values():
        assert title in page.text
    alice = await panel.sign_in(await mail_server.new_account("alice"))
    assert (await alice.open("/administration/doctor")).status == 403
