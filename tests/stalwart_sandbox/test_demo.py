from __future__ import annotations

import dataclasses

import pytest

from stalwart_sandbox import Sandbox, policy, totp
from stalwart_sandbox.accounts import CredentialKind
from stalwart_sandbox.demo import DEMO_PEOPLE, DemoPerson, populate

BY_NAME = {person.login.partition("@")[0]: person for person in DEMO_PEOPLE}


@pytest.fixture(scope="module")
def demo() -> Sandbox:
    """A server with the demonstration's people."""
    sandbox = Sandbox()
    populate(sandbox)
    return sandbox


@pytest.mark.parametrize("person", DEMO_PEOPLE, ids=lambda person: person.login)
def test_everybody_can_sign_in_with_the_password_of_the_table(demo: Sandbox, person: DemoPerson) -> None:
    code = None
    if person.otp_secret is not None:
        factor = totp.parse(demo.otp_url(person.login) or "")
        assert factor is not None
        code = factor.code(demo.state.now())

    assert demo.verify(person.login, person.password, code)


@pytest.mark.parametrize("person", DEMO_PEOPLE, ids=lambda person: person.login)
def test_every_password_satisfies_the_servers_own_policy(person: DemoPerson) -> None:
    assert policy.complaint(person.password, shortest=8, longest=128, strength="three") is None


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEMO_PEOPLE[0].password = "other"  # type: ignore[misc] # the point of the test


def test_bob_and_ivan_have_a_second_factor(demo: Sandbox) -> None:
    with_one = [person.login for person in DEMO_PEOPLE if demo.two_factor_on(person.login)]

    assert with_one == [BY_NAME["bob"].login, BY_NAME["ivan"].login]


def test_frank_has_used_up_his_quota(demo: Sandbox) -> None:
    frank = demo.account(BY_NAME["frank"].login)

    assert demo.state.count(frank, CredentialKind.APP_PASSWORD) == 5
    assert demo.state.count(frank, CredentialKind.API_KEY) == 3


def test_heidi_and_carol_lack_what_the_table_says(demo: Sandbox) -> None:
    heidi = demo.state.held(demo.account(BY_NAME["heidi"].login))
    carol = demo.state.held(demo.account(BY_NAME["carol"].login))

    assert not {"sysAccountPasswordGet", "sysAccountPasswordUpdate"} & heidi
    assert "sysAppPasswordCreate" in heidi
    assert not {"sysAppPasswordCreate", "sysApiKeyQuery", "sysPublicKeyCreate", "jmapIdentityUpdate"} & carol
    assert "sysAppPasswordDestroy" in carol


def test_grace_may_act_for_others(demo: Sandbox) -> None:
    assert "impersonate" in demo.state.held(demo.account(BY_NAME["grace"].login))
