"""The guard of the interface for programs, `/api/v1/…`: the person's own token of the mail server as Bearer.

The token is checked by asking the mail server who it is, and is stored nowhere. Credentials made for programs are
refused: what is done here belongs to the person. Bodies and answers are JSON; an error is its name and its facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import anyio
import msgspec
from starlette.requests import Request
from starlette.responses import Response

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.account import Account
from bulwark.account.error_documents import document_of
from bulwark.account.rights import Rights
from bulwark.sessions.panel import panel_of
from bulwark.signin.service import Visitor, counted_try
from bulwark.store.attempts import network
from bulwark.store.events import Event
from bulwark.web.error_pages import row_of
from bulwark.web.forms import body_of
from bulwark.web.problems import FormUnreadable, RequestProblem
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import Receive, Scope, Send

    from bulwark.sessions.panel import Panel
    from bulwark.store.events import EventKind
    from stalwart_jmap import AccountInfo, Session

MAX_BODY = 16 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,4096}")
_MADE_FOR_PROGRAMS = re.compile(r"API_|app.[a-z0-9]{36}$")
_JSON = "application/json"


class Nothing(msgspec.Struct, frozen=True):
    """The body of a request that carries none."""


Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVisit(Generic[Body]):
    """One request of a program that acts for a person: the panel, the account, and what was asked."""

    request: Request
    panel: Panel
    account: Account
    body: Body

    @property
    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.panel.clock.now()

    @property
    def account_keys(self) -> list[bytes]:
        """What the account is called in the panel's database, the newest name first."""
        return self.panel.recovery.account_keys(self.account.account_id)

    @property
    def visitor(self) -> Visitor:
        """Who tries, for the limit on tries."""
        return Visitor(address=str(self.request.state.peer.address), browser=None)

    def event(self, kind: EventKind, **params: str) -> Event:
        """What happened just now, from here."""
        address = str(self.request.state.peer.address)
        return Event(kind=kind, at=self.now, address=address, device="bulwark", params=params)

    async def record(self, kind: EventKind, **params: str) -> None:
        """Note what happened, for the person's activity page."""
        await self.panel.events.add(self.account_keys[0], self.event(kind, **params))


class TokenHandler(Protocol[Body]):
    """A handler behind this guard; it returns what is answered as JSON."""

    async def __call__(self, visit: TokenVisit[Body], /) -> msgspec.Struct:
        """Answer one request."""
        ...


class WithToken(Generic[Body]):
    """An endpoint behind this guard; `shape` is what its body must be."""

    def __init__(self, handler: TokenHandler[Body], shape: type[Body]) -> None:
        self._handler = handler
        self._shape = shape
        self.__name__ = getattr(handler, "__name__", "with_token")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, errors included, as JSON."""
        request = Request(scope, receive)
        try:
            answered = await self._answer(request)
            response = Response(msgspec.json.encode(answered), media_type=_JSON)
        except (errors.BulwarkError, RequestProblem) as error:
            row = row_of(error)
            if row is None:
                raise
            document = document_of(error, request.state.reference)
            response = Response(msgspec.json.encode(document), status_code=row.status, media_type=_JSON)
            if isinstance(error, errors.SignInExpired):
                response.headers["www-authenticate"] = "Bearer"
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> msgspec.Struct:
        panel = panel_of(request)
        body = await _body(request, self._shape)
        account = await _account(request, panel)
        return await self._handler(TokenVisit(request=request, panel=panel, account=account, body=body))


def with_token(handler: TokenHandler[Body], shape: type[Body]) -> WithToken[Body]:
    """Put a handler behind this guard."""
    return WithToken(handler, shape)


async def _body(request: Request, shape: type[Body]) -> Body:
    raw = await body_of(request, MAX_BODY)
    if request.method == "GET":
        return shape()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise FormUnreadable
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):  # its text may quote what was sent
        raise FormUnreadable from None


async def _account(request: Request, panel: Panel) -> Account:
    """The account that a request's token opens.

    Raises:
        SignInExpired: no token, or one the mail server does not take. SignInNotPermitted: one made for programs.
        TooManyAttempts: too many bad ones from this network.
    """
    scheme, _space, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not _TOKEN.fullmatch(text):
        raise errors.SignInExpired
    if _MADE_FOR_PROGRAMS.match(text):
        raise errors.SignInNotPermitted
    address = str(request.state.peer.address)
    who = Visitor(address=address, browser=None)
    async with counted_try(panel, "token", network(address), who) as claim:
        client = jmap.StalwartClient(panel.transport, jmap.BearerToken(Secret(text)), forwarded_for=address or None)
        session, info = await _who_is_it(client)
        claim.succeeded()
    return Account(
        transport=panel.transport,
        client=client.with_session(session),
        address=session.username,
        account_id=session.account_id,
        rights=Rights.from_info(info, panel.clock.now()),
        jmap_state=session.state,
        forwarded_for=address or None,
        clock=panel.clock,
    )


async def _who_is_it(client: jmap.StalwartClient) -> tuple[Session, AccountInfo]:
    sessions: list[Session] = []
    infos: list[AccountInfo] = []
    failed: list[jmap.StalwartError] = []

    async def read_session() -> None:
        try:
            sessions.append(await client.session())
        except jmap.StalwartError as error:
            failed.append(error)

    async def read_info() -> None:
        try:
            infos.append(await client.account_info())
        except jmap.StalwartError as error:
            failed.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(read_session)
        group.start_soon(read_info)
    if failed:
        raise refusals.from_wire(failed[0]) from failed[0]
    return sessions[0], infos[0]
