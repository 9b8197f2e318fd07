"""The second cookie: what it may hold, and what becomes of anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from bulwark.sessions import others
from bulwark.sessions.cookies import Cookies
from bulwark.web.client_address import Peer

IDS = [letter * 43 for letter in "abcdefgh"]


def jar(held: str = "", session: str = "") -> Cookies:
    """The cookies of a browser over https."""
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [
            (b"cookie", f"__Host-bulwark={session}; __Host-bulwark-others={held}".encode("latin-1", "replace"))
        ],
        "state": {"peer": Peer(address="", is_https=True, host="")},
    }
    return Cookies(Request(scope))


def test_ids_are_read_in_their_order_once_each_and_never_that_of_the_session_in_use() -> None:
    held = ".".join((IDS[1], IDS[0], IDS[1], IDS[2]))

    assert others.ids_of(jar(held, session=IDS[0])) == [IDS[1], IDS[2]]


def test_their_number_is_bounded() -> None:
    assert others.ids_of(jar(".".join(IDS))) == IDS[:6]


@given(st.one_of(st.text(max_size=600), st.lists(st.sampled_from([*IDS, "x", ""])).map(".".join)))
def test_whatever_a_browser_sends_gives_ids_or_nothing(held: str) -> None:
    found = others.ids_of(jar(held))

    assert len(found) <= 6
    assert all(len(one) == 43 for one in found)
    assert len(set(found)) == len(found)


def test_the_cookie_is_dropped_when_nothing_is_left_and_only_if_there_was_one() -> None:
    dropped, untouched = Response(), Response()
    others.keep(jar(IDS[0]), dropped, ())
    others.keep(jar(), untouched, ())

    assert "Max-Age=0" in dropped.headers["set-cookie"]
    assert "set-cookie" not in untouched.headers
