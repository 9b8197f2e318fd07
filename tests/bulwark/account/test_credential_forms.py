"""The form of a credential: everything that is wrong at once, and only what was meant is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulwark.account import credential_forms as forms
from bulwark.account import presets
from bulwark.account.credential_forms import Circumstances, Draft
from bulwark.account.rights import Rights
from stalwart_jmap import CredentialId
from stalwart_jmap.objects.credential import Credential, Except, Inherit, Only

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
HELD = frozenset({"authenticate", "emailSend", "emailReceive", "sysAppPasswordCreate"})
RIGHTS = Rights(permissions=HELD, edition="oss", locale="en", read_at=NOW)
HERE = Circumstances(rights=RIGHTS, offers=presets.offers(RIGHTS), now=NOW, zone=UTC, address="203.0.113.7")
GOOD = Draft(name="Printer", choice="send-only")
BEFORE = Credential(
    id=CredentialId("b"),
    description="Printer",
    created_at=NOW,
    expires_at=datetime(2020, 1, 1, tzinfo=UTC),
    scope=Except(frozenset({"emailSend"})),
    allowed_ips=frozenset({"192.0.2.9/24"}),
)


def test_a_good_form_asks_for_exactly_what_it_says() -> None:
    judged = forms.judge(GOOD, HERE)

    assert judged.wrong == {}
    assert judged.wanted is not None
    assert judged.wanted.scope == Only(frozenset({"authenticate", "emailSend"}))
    assert judged.wanted.expires_at == datetime(2027, 11, 23, 23, 59, 59, tzinfo=UTC)
    assert judged.wanted.allowed_ips == frozenset()


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 10_000, "a\x00b", "a\nb", "\u202eknab", "\ud800"], ids=lambda name: repr(name)[:12]
)
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    assert list(forms.judge(replace(GOOD, name=name), HERE).wrong) == ["name"]


def test_a_name_is_trimmed_and_composed() -> None:
    wanted = forms.judge(replace(GOOD, name="  Mu\u0308nchen \U0001f469\u200d\U0001f4bb "), HERE).wanted

    assert wanted is not None
    assert wanted.description == "M\u00fcnchen \U0001f469\u200d\U0001f4bb"


@pytest.mark.parametrize("choice", ["", "no-such-preset", "keep", "mail-app"])
def test_a_choice_that_is_none_is_refused(choice: str) -> None:
    assert list(forms.judge(replace(GOOD, choice=choice), HERE).wrong) == ["preset"]


def test_a_lacking_permission_is_named() -> None:
    assert "imapAuthenticate" in forms.judge(replace(GOOD, choice="read-only"), HERE).wrong["preset"]


def test_single_permissions_always_come_with_signing_in() -> None:
    wanted = forms.judge(replace(GOOD, choice="custom", picks=frozenset({"emailSend"})), HERE).wanted

    assert wanted is not None
    assert wanted.scope == Only(frozenset({"authenticate", "emailSend"}))


@pytest.mark.parametrize("picks", [frozenset(), frozenset({"authenticate"}), frozenset({"sysAccountGet"})])
def test_nothing_ticked_or_not_held_is_refused(picks: frozenset[str]) -> None:
    assert list(forms.judge(replace(GOOD, choice="custom", picks=picks), HERE).wrong) == ["preset"]


def test_everything_is_asked_for_as_such() -> None:
    wanted = forms.judge(replace(GOOD, choice="everything"), HERE).wanted

    assert wanted is not None
    assert wanted.scope == Inherit()


def test_excluding_oneself_wants_a_tick() -> None:
    draft = replace(GOOD, only=True, networks="192.0.2.0/24")
    warned, meant = forms.judge(draft, HERE), forms.judge(replace(draft, anyway=True), HERE)

    assert (list(warned.wrong), warned.excludes) == (["anyway"], True)
    assert meant.wanted is not None
    assert forms.judge(replace(draft, networks="203.0.113.0/24"), HERE).wanted is not None


def test_networks_are_asked_for_only_where_they_are_chosen() -> None:
    assert list(forms.judge(replace(GOOD, only=True), HERE).wrong) == ["networks"]
    assert forms.judge(replace(GOOD, networks="nonsense"), HERE).wanted is not None


def test_ones_own_address_is_added_once() -> None:
    once = forms.with_address(replace(GOOD, networks="192.0.2.1\n"), "203.0.113.7")

    assert once == "192.0.2.1\n203.0.113.7"
    assert forms.with_address(replace(GOOD, networks=once), "203.0.113.7") == once


def test_an_existing_one_opened_and_saved_asks_for_no_change() -> None:
    here = replace(HERE, before=BEFORE)
    for choice in ("keep", "custom"):
        draft = forms.draft_of(BEFORE, state="", choice=choice, held=HELD)
        wanted = forms.judge(draft, here).wanted

        assert wanted is not None
        assert (wanted.description, wanted.expires_at) == (BEFORE.description, BEFORE.expires_at)
        assert (wanted.scope, wanted.allowed_ips) == (BEFORE.scope, BEFORE.allowed_ips)


@given(
    st.builds(
        Draft,
        name=st.text(max_size=120),
        choice=st.text(max_size=12) | st.sampled_from(["custom", "keep", "everything", "send-only"]),
        picks=st.frozensets(st.text(max_size=10) | st.sampled_from(sorted(HELD))),
        end=st.text(max_size=6) | st.sampled_from(["30", "date", "keep", "never"]),
        end_date=st.text(max_size=12) | st.dates().map(str),
        only=st.booleans(),
        networks=st.text(max_size=80),
        anyway=st.booleans(),
    ),
    st.sampled_from([None, BEFORE]),
)
def test_whatever_is_typed_is_either_sendable_or_has_a_sentence(draft: Draft, before: Credential | None) -> None:
    judged = forms.judge(draft, replace(HERE, before=before))

    assert (judged.wanted is None) == bool(judged.wrong)
    if judged.wanted is not None:
        assert judged.wanted.to_wire()
