"""The cookies of a browser's accounts: what they may hold, and what becomes of anything else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from bulwark.sessions import others
from bulwark.sessions.cookies import Cookies
from bulwark.web.client_address import Peer

IDS = [letter * 43 for letter in "abcdefghijklmnop"]
MARKS = [f"{number:020x}" for number in range(16)]


def request(*held: tuple[str, str], session: str = "") -> Request:
    """A request of a browser over https."""
    cookies = "; ".join((f"__Host-bulwark={session}", *(f"__Host-bulwark-at-{mark}={one}" for mark, one in held)))
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"cookie", cookies.encode("latin-1", "replace"))],
        "state": {"peer": Peer(address="", is_https=True, host="")},
    }
    return Request(scope)


def jar(*held: tuple[str, str], session: str = "") -> Cookies:
    """Its cookies."""
    return Cookies(request(*held, session=session))


def written(response: Response) -> list[str]:
    """Which cookies an answer writes or takes away."""
    return [
        ("-" if "Max-Age=0" in one else "") + one.partition("=")[0].removeprefix("__Host-bulwark")
        for one in response.headers.getlist("set-cookie")
    ]


def test_only_ids_under_marks_are_read() -> None:
    held = [(MARKS[0], IDS[0]), ("x", IDS[1]), (MARKS[1], "y"), (MARKS[2].upper() + "A", IDS[2]), (MARKS[3], IDS[3])]

    assert others.held_by(jar(*held)) == {MARKS[0]: IDS[0], MARKS[3]: IDS[3]}


def test_their_number_is_bounded() -> None:
    assert list(others.held_by(jar(*zip(MARKS, IDS, strict=True))).values()) == IDS[:12]


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60) | st.sampled_from(IDS)), max_size=20))
def test_whatever_a_browser_sends_gives_ids_or_nothing(held: list[tuple[str, str]]) -> None:
    found = others.held_by(jar(*held))

    assert len(found) <= 12
    assert all(len(mark) == 20 and len(one) == 43 for mark, one in found.items())


def test_who_leaves_takes_along_the_id_in_use_and_no_other() -> None:
    response = Response()
    others.drop_in_use(jar((MARKS[0], IDS[0]), (MARKS[1], IDS[1]), session=IDS[1]), response)

    assert written(response) == [f"--at-{MARKS[1]}", "-"]


def test_what_opens_nothing_is_taken_away_only_where_too_much_is_held() -> None:
    few, many = Response(), Response()
    fits = list(zip(MARKS, IDS, strict=True))[:6]
    too_much = list(zip(MARKS, IDS, strict=True))[:7]
    others.tidy(request(*fits), jar(*fits), few)
    others.tidy(request(*too_much), jar(*too_much, session=IDS[0]), many)

    assert written(few) == []
    assert written(many) == [f"--at-{mark}" for mark in MARKS[1:7]]
