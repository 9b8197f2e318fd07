"""The outermost layer: what a person's connection does must neither break it nor fill the log with faults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from bulwark.web.front_door import new_reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message

    from mail_server import MailServer
    from panel_kit import RunningPanel

pytestmark = pytest.mark.anyio

POST: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "https",
    "path": "/sign-in",
    "raw_path": b"/sign-in",
    "query_string": b"",
    "root_path": "",
    "client": ("203.0.113.7", 1),
    "server": ("panel.test", 443),
    "headers": [
        (b"host", b"panel.test"),
        (b"sec-fetch-site", b"same-origin"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ],
}


async def test_a_browser_that_goes_away_while_sending_is_no_fault_of_ours(
    panel: RunningPanel, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    del mail_server
    coming: list[Message] = [
        {"type": "http.request", "body": b"login=alice", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await panel.app({**POST, "app": panel.app}, receive, send)

    assert sent == []
    written = capsys.readouterr().out
    assert "fault" not in written
    assert "ClientDisconnect" not in written


async def test_an_answer_that_breaks_off_is_logged_and_not_repaired(
    panel: RunningPanel, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    del mail_server

    async def stream() -> AsyncIterator[bytes]:
        yield b"first"
        raise ZeroDivisionError

    async def half(_request: Request) -> Response:
        return StreamingResponse(stream())

    panel.app.router.routes.append(Route("/half", half, methods=["GET"]))
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - however the layers below wrap it
        await panel.browser().request("GET", "/half")

    assert "ZeroDivisionError" in repr(caught.value) + capsys.readouterr().out


async def test_each_request_has_a_reference_of_its_own_in_the_log(
    panel: RunningPanel, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = panel.browser()
    for path in ("/sign-in", "/nothing?secret=in-the-query", "/healthz"):
        await browser.request("GET", path)
    written = capsys.readouterr().out

    references = re.findall(r"reference=([0-9A-Z-]{14})", written)
    assert len(references) == len(set(references)) == 2
    assert "path=/sign-in" in written
    assert "path=/nothing" in written
    assert "in-the-query" not in written
    assert "/healthz" not in written


def test_references_can_be_read_out_on_the_telephone() -> None:
    made = {new_reference() for _ in range(200)}

    assert len(made) == 200
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", one) for one in made)
