"""Opens the session of a request's cookie, and chooses its language and time zone.

Static files and health checks pass untouched: they belong to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from bulwark import language
from bulwark.sessions import others
from bulwark.sessions.cookies import LANGUAGE, Cookies
from bulwark.sessions.keeper import Ended, Session
from bulwark.web.front_door import MACHINE_PATHS, OPEN_PATHS

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.types import ASGIApp, Receive, Scope, Send

    from bulwark.sessions.panel import Panel

_PROLONGS_NOTHING = "/live"  # a stream that opens itself again and again is not somebody using the panel
_OURS_ALONE = (*OPEN_PATHS, *MACHINE_PATHS, "/static/")


class OpensSession:
    """Puts `session` (a `Session`, an `Ended`, or None without a cookie) and `others` into the request's state."""

    def __init__(self, app: ASGIApp, *, panel: Panel) -> None:
        self._app = app
        self._panel = panel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in the person's language."""
        if scope["type"] != "http" or scope["path"].startswith(_OURS_ALONE):
            await self._app(scope, receive, send)
            return
        cookies = Cookies(Request(scope))
        session, held = await others.open_all(self._panel.sessions, cookies)
        if isinstance(session, Session) and not scope["path"].endswith(_PROLONGS_NOTHING):
            await self._panel.sessions.used(session)
        scope["state"]["session"] = session
        scope["state"]["others"] = held
        tag, zone = _speaks(cookies, session, self._panel.settings.default_language)
        scope["state"]["language"] = tag
        scope["state"]["zone"] = zone
        with language.use(tag, zone):
            await self._app(scope, receive, send)


def _speaks(cookies: Cookies, session: Session | Ended | None, default: str) -> tuple[str, tzinfo]:
    """Language: chosen here, else the account's, else the browser's, else the operator's. Zone: the account's."""
    state = session.state if isinstance(session, Session) else None
    chosen = cookies.get(LANGUAGE)
    accepted = cookies.request.headers.get("accept-language")
    if chosen in language.available():
        tag = chosen
    elif state is not None and (preferred := language.of_profile(state.language)):
        tag = preferred
    else:
        tag = language.negotiate(accepted) if accepted else default
    return tag, language.zone_of(state.time_zone if state is not None else "")
