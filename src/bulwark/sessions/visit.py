"""`Visit`: one request of a signed-in person, as a route handler gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, RedirectResponse

from bulwark import errors, language
from bulwark.sessions import cookies, others
from bulwark.sessions.device import device_of
from bulwark.sessions.frames import frame_for
from bulwark.store.events import Event
from bulwark.web import pages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.account.account import Account
    from bulwark.sessions.keeper import Session
    from bulwark.sessions.panel import Panel
    from bulwark.sessions.state import SessionState
    from bulwark.store.events import EventKind
    from bulwark.web.forms import Form


@dataclass(slots=True, kw_only=True)
class Visit:
    """The request, the panel that serves it, the session and its account; `form` is empty for a GET."""

    request: Request
    panel: Panel
    session: Session
    account: Account
    form: Form

    @property
    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.panel.clock.now()

    @property
    def address(self) -> str:
        """The person's network address."""
        return str(self.request.state.peer.address)

    @property
    def device(self) -> str:
        """Browser and system, as stored with events."""
        return device_of(self.request.headers.get("user-agent", ""))

    @property
    def account_keys(self) -> list[bytes]:
        """What the account is called in the panel's database, the newest name first."""
        return self.panel.sessions.account_keys(self.session.state.account_id)

    def page(
        self, template: str, page: object, *, slug: str = "", status: int = 200, facts: Mapping[str, str] | None = None
    ) -> Response:
        """Answer with a page of the panel; `slug` marks its entry in the menu, `facts` are words at entries' ends."""
        as_of = language.time_of_day(self.now, zone=True)
        frame = frame_for(
            self.panel,
            self.request,
            session=self.session,
            slug=slug,
            as_of=as_of,
            facts=facts or {},
        )
        return HTMLResponse(pages.render(frame, template, page), status_code=status)

    def go(self, path: str) -> Response:
        """Answer a form with another page (303)."""
        return RedirectResponse(path, status_code=303)

    def require_recent_auth(self) -> None:
        """Go on only with a proof of presence not older than ten minutes.

        Raises:
            RecentAuthRequired: the guard then asks for it and carries the request through.
        """
        if self.session.recent_auth_left(self.now) is None:
            raise errors.RecentAuthRequired

    async def keep(self, state: SessionState) -> None:
        """Save a changed session."""
        await self.panel.sessions.save(self.session, state)

    async def record(self, kind: EventKind, **params: str) -> None:
        """Note what happened, for the person's activity page."""
        await self.panel.events.add(
            self.account_keys[0],
            Event(kind=kind, at=self.now, address=self.address, device=self.device, params=params),
        )

    def forget_session(self, response: Response) -> None:
        """The session has ended: take its cookie away."""
        others.forget_session(self.request, cookies.Cookies(self.request), response)

    def put_session_cookie(self, response: Response) -> None:
        """Give the browser the session's (new) id."""
        cookies.Cookies(self.request).put(response, cookies.SESSION, self.session.id.reveal())
