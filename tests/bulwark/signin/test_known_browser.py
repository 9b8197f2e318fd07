"""The cookie of a browser that signed in before: it proves one account, and opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from bulwark.master_keys import new_master_key
from bulwark.signin.known_browser import known_browser, remember
from bulwark.store.sealed import Sealer
from bulwark.web.client_address import Peer

KEYS = (new_master_key(), new_master_key())
SEALER = Sealer([KEYS[0]])


def request(cookie: str = "") -> Request:
    """A request over https with this value in the browser's cookie."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"cookie", f"__Host-bulwark-browser={cookie}".encode("latin-1", "replace"))],
        "state": {"peer": Peer(address="", is_https=True, host="")},
    }
    return Request(scope)


def given_to(login: str, sealer: Sealer = SEALER, *, before: str = "") -> str:
    """The cookie's value after a success, in a browser that had another one before."""
    response = Response()
    remember(request(before), response, sealer, login)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


def test_the_browser_is_known_for_the_account_it_signed_in_to() -> None:
    value = given_to("alice@example.org")

    assert known_browser(request(value), SEALER, "alice@example.org") == value.partition(".")[0]
    assert known_browser(request(value), SEALER, "ALICE@example.org") is not None
    assert known_browser(request(value), SEALER, "bob@example.org") is None


def test_every_success_has_an_id_of_its_own() -> None:
    assert given_to("alice@example.org") != given_to("alice@example.org")


def test_a_browser_is_known_for_each_of_the_six_accounts_it_signed_in_to_last() -> None:
    logins = [f"person{number}@example.org" for number in range(7)]
    value = ""
    for login in (*logins, logins[-1]):
        value = given_to(login, before=value)

    known = [known_browser(request(value), SEALER, login) is not None for login in logins]
    assert known == [False] + [True] * 6
    assert len(value) < 512


def test_it_stays_known_while_an_old_key_is_kept() -> None:
    value = given_to("alice@example.org")

    assert known_browser(request(value), Sealer([KEYS[1], KEYS[0]]), "alice@example.org") is not None
    assert known_browser(request(value), Sealer([KEYS[1]]), "alice@example.org") is None


@given(st.text(max_size=80))
def test_no_made_up_value_is_known(value: str) -> None:
    assert known_browser(request(value), SEALER, "alice@example.org") is None


@pytest.mark.parametrize("value", ["", ".", "a.", ".a", "a", "a.b.c"])
def test_half_values_are_not_known(value: str) -> None:
    assert known_browser(request(value), SEALER, "alice@example.org") is None
