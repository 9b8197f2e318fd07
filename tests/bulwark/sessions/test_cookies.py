"""Names and values of cookies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from bulwark.sessions import cookies
from bulwark.sessions.cookies import Cookies
from bulwark.web.client_address import Peer


def request(*, is_https: bool, cookie: str = "") -> Request:
    """A request with a Cookie header."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"cookie", cookie.encode("latin-1", "replace"))],
        "state": {"peer": Peer(address="", is_https=is_https, host="")},
    }
    return Request(scope)


def test_over_https_the_name_binds_to_this_host() -> None:
    assert Cookies(request(is_https=True)).name(cookies.SESSION) == "__Host-bulwark"
    assert Cookies(request(is_https=False)).name(cookies.SESSION) == "bulwark"


def test_a_cookie_of_the_other_kind_of_connection_is_not_read() -> None:
    assert Cookies(request(is_https=True, cookie="bulwark=abc")).get(cookies.SESSION) == ""
    assert Cookies(request(is_https=False, cookie="__Host-bulwark=abc")).get(cookies.SESSION) == ""
    assert Cookies(request(is_https=True, cookie="__Host-bulwark=abc")).get(cookies.SESSION) == "abc"


@given(st.text(max_size=100))
def test_any_header_gives_a_value_of_our_letters_or_none(header: str) -> None:
    value = Cookies(request(is_https=False, cookie=f"bulwark={header}")).get(cookies.SESSION)

    assert value == "" or (value.isascii() and value.replace("_", "").replace(".", "").replace("=", "").isprintable())
    assert not set(value) & set(' ;,"\\<>%\r\n')


@pytest.mark.parametrize("value", ["a b", "a;b", "ä", "x" * 513, '"a"', "a%20b", "../x"])
def test_values_that_no_cookie_of_ours_has_are_not_read(value: str) -> None:
    assert Cookies(request(is_https=False, cookie=f"bulwark={value}")).get(cookies.SESSION) in {"", "a"}


@pytest.mark.parametrize("is_https", [True, False])
def test_what_is_set_can_be_dropped(is_https: bool) -> None:  # noqa: FBT001 - both kinds of connection
    jar = Cookies(request(is_https=is_https))
    response = Response()
    jar.put(response, cookies.THEME, "dark", max_age=cookies.YEAR)
    jar.drop(response, cookies.THEME)
    put, dropped = response.headers.getlist("set-cookie")

    assert put.partition("=")[0] == dropped.partition("=")[0]
    assert ("Secure" in put) is ("Secure" in dropped) is is_https
    assert "HttpOnly" in put
    assert "Max-Age=0" in dropped
    assert "Max-Age=31536000" in put
