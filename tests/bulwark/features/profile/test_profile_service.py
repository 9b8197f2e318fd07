"""Saving a profile property by property, through the real client."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from account_kit import account_on
from bulwark import errors, language
from bulwark.features.profile import choices, service
from bulwark.features.profile.service import Part, Profile, Saved
from repository import ROOT

if TYPE_CHECKING:
    from mail_server import MailServer

pytestmark = pytest.mark.anyio


def test_the_choices_are_the_servers_own() -> None:
    known = json.loads((ROOT / "src" / "stalwart_sandbox" / "data" / "enums.json").read_text(encoding="utf-8"))

    assert list(choices.locales()) == known["locales"]
    assert list(choices.time_zones()) == known["timeZones"]


@pytest.mark.parametrize("tag", language.available())
def test_every_locale_has_a_name_of_its_own(tag: str) -> None:
    with language.use(tag):
        options = dict(choices.language_options())

    assert len(options) == len(set(options.values())) == len(choices.locales())


def test_locales_read_as_people_say_them() -> None:
    options = dict(choices.language_options())

    assert options["de_DE"] == "German (Germany)"
    assert options["sr_RS@latin"] == "Serbian (Serbia, latin)"


async def test_only_what_was_changed_is_written_each_in_a_call_of_its_own(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", description="Alice")
    async with account_on(mail_server, alice) as account:
        seen = await service.look(account)
        before = len(mail_server.needs_sandbox("counts requests").requests)
        saved = await service.save(account, seen=seen, wanted=replace(seen, name="Al", time_zone="Asia/Tokyo"))

    assert isinstance(saved, Saved)
    assert saved.saved == (Part.NAME, Part.TIME_ZONE)
    assert saved.now == Profile(name="Al", language="en_US", time_zone="Asia/Tokyo")
    asked = mail_server.needs_sandbox("counts requests").requests[before:]
    sets = [method for request in asked for method in request.methods if method.endswith("/set")]
    assert len(asked) == 2
    assert sets == ["x:AccountSettings/set"] * 2


async def test_a_refused_property_takes_nothing_else_down(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", description="Alice")
    async with account_on(mail_server, alice) as account:
        seen = await service.look(account)
        wanted = Profile(name="Alice Lovelace", language="xx_XX", time_zone="Europe/Berlin")
        saved = await service.save(account, seen=seen, wanted=wanted)

    assert isinstance(saved, Saved)
    assert saved.saved == (Part.NAME, Part.TIME_ZONE)
    assert isinstance(saved.refused[Part.LANGUAGE], errors.Refused)
    assert saved.now == Profile(name="Alice Lovelace", language="en_US", time_zone="Europe/Berlin")


async def test_nothing_changed_is_nothing_written(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice")
    async with account_on(mail_server, alice) as account:
        seen = await service.look(account)
        saved = await service.save(account, seen=seen, wanted=seen)

    assert isinstance(saved, Saved)
    assert saved.saved == ()


async def test_without_the_permission_nothing_is_sent(mail_server: MailServer) -> None:
    alice = await mail_server.new_account("alice", without=["sysAccountSettingsUpdate"])
    async with account_on(mail_server, alice) as account:
        seen = await service.look(account)
        with pytest.raises(errors.PermissionMissing) as refused:
            await service.save(account, seen=seen, wanted=replace(seen, name="Al"))

    assert refused.value.names == ("sysAccountSettingsUpdate",)
