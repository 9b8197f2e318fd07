"""The stream of changes to one open page, as server-sent events (WHATWG HTML, 9.2).

    status      {"live": true, "at": "14:32 CET"}         whether changes reach us, and when that was last so
    identities  {"rows": […], "removed": […], "count": …} what changed; its id is the state it leads to
    off         {}                                         no use in coming back: session over, or too many pages

The page says from which state on it knows everything (`since`), so nothing is lost between two connections.
"""

from __future__ import annotations

import json
import re
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio
import msgspec
from starlette.responses import RedirectResponse, Response

from bulwark import errors, language
from bulwark.account import identities
from bulwark.features.identities import FEATURE
from bulwark.features.identities import pages as texts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from bulwark.account.account import Account
    from bulwark.account.identities import Changes
    from bulwark.sessions.live import Seat
    from bulwark.sessions.visit import Visit

MEDIA_TYPE = "text/event-stream"
CHECK_EVERY = 55.0  # seconds; each session is checked at least every minute
ASK_AGAIN = 15.0  # seconds, while the mail server does not answer
CONNECTED_WITHIN = 2.0  # seconds before a page is told that it is not live yet
HEARTBEAT = 20.0  # seconds after which something is sent, so that a page that has gone is noticed
SEND_WITHIN = 20.0  # seconds a page may take to accept what is sent
_STATE = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


async def stream(visit: Visit) -> Response:
    """GET /identities/live?since=STATE."""
    if MEDIA_TYPE not in visit.request.headers.get("accept", ""):
        return RedirectResponse(FEATURE.path, status_code=303)
    since = visit.request.query_params.get("since", "")
    return EventStream(visit, since if _STATE.fullmatch(since) else "")


class EventStream(Response):
    """An answer without an end; it ends with its page, with its session, or with the panel."""

    def __init__(self, visit: Visit, since: str) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._visit = visit
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what happens until nobody is there any more."""
        del scope
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with anyio.create_task_group() as group:

            async def notice_leaving() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(notice_leaving)
            await self._send_all(send)
            group.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        visit = self._visit
        async with visit.panel.live.take(visit.panel, visit.session, visit.account, visit.address) as seat:
            events = _events(seat, visit, self._since) if seat is not None else _nothing_left()
            async with aclosing(events):
                async for event in events:
                    with anyio.move_on_after(SEND_WITHIN) as patience:
                        await send({"type": "http.response.body", "body": event, "more_body": True})
                    if patience.cancelled_caught:
                        return


async def _events(seat: Seat, visit: Visit, since: str) -> AsyncGenerator[bytes]:
    """Everything that happens, for one page."""
    state = since
    was_live: bool | None = None

    async def catch_up(account: Account) -> Changes:
        return await identities.changes_since(account, state)

    if not seat.is_connected:
        await seat.wait(CONNECTED_WITHIN)
    while not seat.is_over:
        try:
            changes = await seat.ask(catch_up)
        except (errors.SignInExpired, errors.Unavailable):
            yield _event("off", {})
            return
        except errors.BulwarkError:
            is_live = False  # the mail server or our own records do not answer just now
        else:
            is_live = seat.is_connected
            if changes:
                yield _event("identities", _told(changes, visit), number=changes.state)
            state = changes.state
        if is_live != was_live:
            at = language.time_of_day(visit.now, zone=True)
            yield _event("status", {"live": is_live, "at": at})
            was_live = is_live
        left = CHECK_EVERY if is_live else ASK_AGAIN
        while left > 0 and not await seat.wait(min(HEARTBEAT, left)):
            left -= HEARTBEAT
            yield b": still here\n\n"


async def _nothing_left() -> AsyncGenerator[bytes]:
    yield _event("off", {})


def _told(changes: Changes, visit: Visit) -> dict[str, object]:
    rows = [msgspec.to_builtins(texts.row_of(one, visit.account.address)) for one in changes.changed]
    return {
        "rows": rows,
        "removed": sorted(changes.removed),
        "everything": changes.everything,
        "total": changes.total,
        "count": texts.counted(changes.total),
        "news": texts.news(changes.changed, len(changes.removed)),
        "at": language.time_of_day(visit.now, zone=True),
    }


def _event(name: str, data: dict[str, object], *, number: str = "") -> bytes:
    head = f"id: {number}\n" if number else ""
    return f"event: {name}\n{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
