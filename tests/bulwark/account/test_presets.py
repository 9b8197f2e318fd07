"""Presets: the proven sets, cut to what somebody holds, and recognised again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulwark import data
from bulwark.account import permission_names, presets
from bulwark.account.rights import Rights
from repository import ROOT
from stalwart_jmap.objects.credential import Except, Inherit, Only, UnknownVariant

KNOWN = json.loads((ROOT / "src" / "stalwart_sandbox" / "data" / "enums.json").read_text(encoding="utf-8"))
USER = frozenset(entry["name"] for entry in KNOWN["permissions"] if "user" in entry["defaultRoles"])
PROVEN = ROOT.parent / "shared" / "wire" / "presets.json"


def holding(permissions: frozenset[str]) -> Rights:
    return Rights(permissions=permissions, edition="oss", locale="en", read_at=datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.skipif(not PROVEN.exists(), reason="the proven sets are not beside this checkout")
def test_the_shipped_sets_are_the_proven_ones() -> None:
    proven = json.loads(Path(PROVEN).read_text(encoding="utf-8"))

    assert data.read("presets") == {
        name: {part: found[part] for part in ("permissions", "necessary")} for name, found in proven.items()
    }


@pytest.mark.parametrize("preset", presets.presets(), ids=lambda preset: preset.slug)
def test_a_preset_is_whole_for_an_ordinary_account_and_recognised_again(preset: presets.Preset) -> None:
    offer = presets.offer(preset.slug, holding(USER))

    assert offer is not None
    assert offer.is_whole
    assert offer.lacking == ()
    assert presets.SIGN_IN in offer.granted
    assert presets.preset_of(Only(offer.granted)) == preset
    assert presets.preset_of(Only(frozenset(preset.necessary))) == preset
    assert presets.protocols_of(offer.granted) == preset.protocols


@pytest.mark.parametrize("preset", presets.presets(), ids=lambda preset: preset.slug)
def test_no_preset_can_manage_the_account(preset: presets.Preset) -> None:
    assert [name for name in preset.permissions if name.startswith("sys")] == []
    assert "jmapIdentityUpdate" not in preset.permissions


def test_mail_calendar_and_contacts_is_the_union_of_two() -> None:
    sets = {preset.slug: preset.permissions for preset in presets.presets()}

    assert sets["mail-calendar-contacts"] == sets["mail-app"] | sets["calendars-contacts"]


def test_what_one_lacks_is_left_out_and_what_is_necessary_is_named() -> None:
    offer = presets.offer("mail-app", holding(USER - {"imapId", "emailSend"}))

    assert offer is not None
    assert offer.lacking == ("emailSend",)
    assert "imapId" not in offer.granted
    assert not offer.is_whole


def test_what_a_scope_means_depends_on_who_holds_it() -> None:
    held = frozenset({"authenticate", "emailSend", "imapAuthenticate"})

    assert presets.effective(Inherit(), held) == held
    assert presets.effective(Except(frozenset({"emailSend"})), held) == held - {"emailSend"}
    assert presets.effective(Only(frozenset({"emailSend", "davCalGet"})), held) == {"emailSend"}
    assert presets.effective(UnknownVariant("Later", {}), held) == frozenset()
    assert presets.protocols_of(frozenset({"imapAuthenticate"})) == ()


def test_every_permission_of_the_server_is_named_in_exactly_one_group() -> None:
    names = [name for group in data.read("permissions").values() for name in group]

    assert sorted(names) == sorted(entry["name"] for entry in KNOWN["permissions"])


def test_a_permission_of_a_newer_server_is_shown_by_its_name() -> None:
    groups = permission_names.grouped({"authenticate", "sysTeleport"})

    assert [group.slug for group in groups] == ["general", "new"]
    assert groups[-1].permissions[0].label == "sysTeleport"
    assert permission_names.label_of("authenticate") == "Sign in to the server"


def test_permissions_are_found_by_words_of_name_and_label() -> None:
    (group,) = permission_names.grouped({"sysAccountGet"})

    assert group.permissions[0].matches("ACCOUNT read")
    assert not group.permissions[0].matches("account write")
