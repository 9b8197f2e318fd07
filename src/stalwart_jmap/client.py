"""`StalwartClient`: the only door to the server.

A client is light: one per person and request. What is dear, the connections, lives in the `Transport`. A client that
was given a known `Session` spends exactly one request on a batch.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Unpack

from stalwart_jmap.core import request as requests
from stalwart_jmap.core import response as responses
from stalwart_jmap.core.errors import (
    BadAnswer,
    OutcomeUnknown,
    RedirectRefused,
    ServerFailed,
    TransportError,
    UnsupportedServer,
)
from stalwart_jmap.core.event_source import (
    MEDIA_TYPE,
    SHORTEST_PING,
    EventParser,
    Ping,
    StateChange,
    event_source_request,
    read_event,
)
from stalwart_jmap.core.http import HttpAnswer, HttpRequest, get, raise_for_status, require_json
from stalwart_jmap.core.session import (
    ACCOUNT_PATH,
    SESSION_PATH,
    WELL_KNOWN_PATH,
    AccountInfo,
    Session,
    parse_account_info,
    parse_session,
)
from stalwart_jmap.transport import Transport, TransportOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping

    from stalwart_jmap.core.request import Call
    from stalwart_jmap.core.response import Response, SetResult
    from stalwart_jmap.credentials import Credentials
    from stalwart_jmap.secret import Secret


class StalwartClient:
    """One person's view of the server."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        *,
        forwarded_for: str | None = None,
        session: Session | None = None,
    ) -> None:
        """Join a transport and credentials. `forwarded_for`: the person's own IP address, told to the server."""
        self.transport = transport
        self._credentials = credentials
        self._forwarded_for = forwarded_for
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        base_url: str,
        credentials: Credentials,
        *,
        forwarded_for: str | None = None,
        **options: Unpack[TransportOptions],
    ) -> AsyncIterator[StalwartClient]:
        """Open a client with a transport of its own: `async with StalwartClient.connect(…) as client`."""
        async with Transport(base_url, **options) as transport:
            yield cls(transport, credentials, forwarded_for=forwarded_for)

    def with_session(self, session: Session) -> StalwartClient:
        """Give a client that knows its session already, and so asks the server for none."""
        return StalwartClient(self.transport, self._credentials, forwarded_for=self._forwarded_for, session=session)

    async def session(self, *, require_stalwart: bool = True) -> Session:
        """Ask for the session; later calls of this client use it.

        Raises `AuthenticationFailed` also for the anonymous session, and `UnsupportedServer` for a server without a
        session resource or, unless told otherwise, without Stalwart's capability.
        """
        answer = await self._exchange(get(SESSION_PATH))
        if answer.status == HTTPStatus.NOT_FOUND:
            answer = await self._exchange(get(WELL_KNOWN_PATH))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise UnsupportedServer
        session = parse_session(answer)
        if require_stalwart and not session.has_stalwart:
            raise UnsupportedServer
        self._session = session
        return session

    async def account_info(self) -> AccountInfo:
        """Ask what these credentials may do. Raises `UnsupportedServer` where the resource does not exist."""
        answer = await self._exchange(get(ACCOUNT_PATH))
        if answer.status == HTTPStatus.NOT_FOUND:
            raise UnsupportedServer
        return parse_account_info(answer)

    async def call(
        self,
        *calls: Call,
        using: Iterable[str] | None = None,
        created_ids: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a batch in one request. `using` defaults to what the calls need.

        A batch that only reads raises the `TransportError` family. One that writes raises `OutcomeUnknown` instead
        whenever the server may have carried it out; it is never sent twice, except after a refusal as a whole (401
        with renewable credentials, too many requests at a time). Failed calls are in the `Response`.
        """
        session = self._session or await self.session()
        request = requests.build(
            session.api_path, calls, account_id=session.account_id, using=using, created_ids=created_ids
        )
        sent_at = self.transport.now()
        try:
            answer = await self._exchange(request)
            raise_for_status(answer)
            require_json(answer)
            return responses.parse(answer.body, calls, account_id=session.account_id, sent_at=sent_at)
        except (TransportError, ServerFailed) as error:
            if any(call.writes for call in calls) and _may_have_been_applied(error):
                raise OutcomeUnknown(sent_at) from error
            raise

    async def write(self, call: Call) -> SetResult:
        """Send one `/set` in a request of its own. Raises `MethodError`, and `OutcomeUnknown` as `call` does."""
        response = await self.call(call)
        return responses.parse_set(response[call], sent_at=response.sent_at)

    @asynccontextmanager
    async def state_changes(
        self, types: Iterable[str] = (), *, ping: int = SHORTEST_PING
    ) -> AsyncIterator[AsyncIterator[StateChange | Ping]]:
        """Listen to the event stream: `async with client.state_changes(["Identity"]) as changes`.

        No types means all that the server knows. `ping` is seconds; when twice that time passes without a sign of
        life, `TimedOut` is raised. Whoever listens should ask for changes once the stream is open: what happened
        before is not told. The stream does not end when the credentials die. Raises as `call` does, while reading too.
        """
        session = self._session or await self.session()
        request = event_source_request(session.event_source_path, types, ping=ping)
        authorization = await self._credentials.authorization(self.transport)
        async with (
            self.transport.stream(
                request.authorized(authorization),
                accept=MEDIA_TYPE,
                silence=2.0 * ping,
                forwarded_for=self._forwarded_for,
            ) as parts,
            aclosing(_changes(parts)) as changes,
        ):
            yield changes

    async def _exchange(self, request: HttpRequest) -> HttpAnswer:
        authorization = await self._credentials.authorization(self.transport)
        answer = await self._send(request, authorization)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # A 401 comes before anything is carried out: trying again with a newer token repeats no write.
            renewed = await self._credentials.renewed(self.transport, authorization)
            if renewed is not None:
                return await self._send(request, renewed)
        return answer

    async def _send(self, request: HttpRequest, authorization: Secret) -> HttpAnswer:
        key = self._session.account_id if self._session is not None else self._credentials.account_key
        return await self.transport.exchange(
            request.authorized(authorization), account_key=key, forwarded_for=self._forwarded_for
        )


async def _changes(parts: AsyncIterator[bytes]) -> AsyncGenerator[StateChange | Ping]:
    parser = EventParser()
    async for part in parts:
        for event in parser.feed(part):
            change = read_event(event)
            if change is not None:
                yield change


def _may_have_been_applied(error: TransportError | ServerFailed) -> bool:
    match error:
        case RedirectRefused():
            return False
        case BadAnswer():
            return True
        case TransportError():
            return error.sent
        case ServerFailed():
            # 503 is said by who did not even try; other failures may have come half-way through.
            return error.status != HTTPStatus.SERVICE_UNAVAILABLE
