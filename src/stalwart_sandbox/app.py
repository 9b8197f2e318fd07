"""The ASGI application: reads a request, lets the quirks have their say, routes it, sends the answer.

Plain ASGI without a framework, as strict as the server it stands for; everything it answers carries the server's clock
in the Date header.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from stalwart_sandbox import auth, device_page, errors, faults, jmap, login_page, oauth, outside, push, session
from stalwart_sandbox.errors import Problem
from stalwart_sandbox.http import (
    PROBLEM_TYPE,
    Request,
    Response,
    client_address,
    dumps,
    json_response,
    problem_response,
)
from stalwart_sandbox.methods import METHODS
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    from stalwart_sandbox.auth import Caller
    from stalwart_sandbox.log import RequestLog
    from stalwart_sandbox.state import State

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Handler = Callable[[Request], Awaitable[Response]]

_WITH_SLASH: Final = frozenset({"/jmap/", "/jmap/eventsource/", "/device/"})
_SEGMENT: Final = re.compile(r"/[^/]+")
_HEALTH: Final = {"detail": "OK", "status": 200, "title": "OK", "type": "about:blank"}


class Application:
    """The server as an ASGI callable over one State; `failure_delay` is the seconds a refused sign-in waits."""

    def __init__(self, state: State, log: RequestLog, *, failure_delay: float = 0.0) -> None:
        self._state = state
        self._log = log
        self._failure_delay = failure_delay
        self._running: Counter[int] = Counter()
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "/"): _plain(lambda _: Response(status=302, headers=[("Location", "/account")])),
            ("GET", "/.well-known/jmap"): _plain(_to_session),
            ("GET", "/.well-known/oauth-authorization-server"): _plain(lambda _: oauth.authorization_server(state)),
            ("GET", "/.well-known/openid-configuration"): _plain(lambda _: oauth.openid_configuration(state.base_url)),
            ("GET", "/.well-known/oauth-protected-resource"): _plain(lambda _: oauth.protected_resource(state)),
            ("GET", "/jmap/session"): self._session,
            ("POST", "/jmap"): self._jmap,
            ("GET", "/jmap/eventsource"): self._events,
            ("GET", "/api/account"): self._account,
            ("GET", "/api/account/auth"): self._old_account,
            ("POST", "/api/auth"): self._interactive,
            ("POST", "/auth/token"): _plain(lambda request: oauth.token(state, request)),
            ("POST", "/auth/device"): _plain(lambda request: oauth.device(state, request)),
            ("GET", "/auth/userinfo"): self._userinfo,
            ("GET", "/healthz/live"): _plain(_healthy),
            ("GET", "/healthz/ready"): _plain(_healthy),
            ("GET", "/login"): _plain(lambda _: login_page.page()),
            ("GET", "/device"): _plain(device_page.show),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, or the lifespan; a WebSocket is refused."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            request = await self._read(scope, receive)
            response = await self._answer(request)
            await self._send(response, receive, send, head=scope["method"] == "HEAD")
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        path = scope["path"]
        limit = session.MAX_SIZE_UPLOAD if path.startswith("/jmap/upload/") else session.MAX_SIZE_REQUEST
        announced = headers.get("content-length", "0")
        too_large = announced.isdecimal() and int(announced) > limit
        body = bytearray()
        more = not too_large
        while more:
            message = await receive()
            body += message.get("body", b"")
            too_large = len(body) > limit
            more = message.get("more_body", False) and not too_large and message["type"] == "http.request"
        forwarded = self._state.settings["Http"]["useXForwarded"]
        return Request(
            method=scope["method"],
            path=path,
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers=headers,
            body=b"" if too_large else bytes(body),
            client=client_address((scope.get("client") or ("127.0.0.1", 0))[0], headers, forwarded=forwarded),
            too_large=too_large,
        )

    async def _answer(self, request: Request) -> Response:
        exchange = self._log.record(self._state, request)
        quirks = self._state.quirks
        instead = faults.before(quirks, exchange) if quirks.any_on else None
        if instead is not None:
            return instead
        response = await self._routed(replace(request, exchange=exchange))
        return await faults.after(quirks, exchange, response) if quirks.any_on else response

    async def _routed(self, request: Request) -> Response:
        try:
            if self._state.bans.is_blocked(request.client, self._state.now()):
                raise errors.blocked()
            if not _is_counted(request):
                await faults.pause(self._state.quirks, request.exchange)
            await outside.learn(self._state, request)
            return await self._route(request)
        except Problem as problem:
            if problem.status in {401, 429} and self._failure_delay and "authorization" in request.headers:
                await asyncio.sleep(self._failure_delay)
            return problem_response(problem)

    async def _route(self, request: Request) -> Response:
        """The answer of the route; HEAD is answered as GET."""
        verb = "GET" if request.method == "HEAD" else request.method
        path = request.path
        handler = self._routes.get((verb, path.rstrip("/") or "/"))
        if handler is not None and (path == "/" or not path.endswith("/") or path in _WITH_SLASH):
            return await handler(request)
        if verb == "OPTIONS" and path.startswith("/jmap"):
            return Response(status=204)
        if verb == "POST" and path.startswith("/jmap/upload/"):
            return await self._upload(request)
        if verb == "GET" and path.startswith("/api/discover/"):
            return oauth.discover(self._state, unquote(path.removeprefix("/api/discover/")))
        if verb == "GET" and _SEGMENT.fullmatch(path) and path not in {"/api", "/jmap"}:
            return Response(status=302, headers=[("Location", f"{path}/")])
        raise errors.not_found()

    def _caller(self, request: Request) -> Caller:
        return auth.authenticate(self._state, request)

    def _refuse_if_old(self, request: Request, *, old: bool = True) -> None:
        """Paths that came with 0.16 are unknown to an older server, and the other way round."""
        if self._state.quirks.is_on(Quirk.BEFORE_0_16, request.exchange.account) is old:
            raise errors.not_found()

    async def _account(self, request: Request) -> Response:
        self._refuse_if_old(request)
        caller = self._caller(request)
        return await self._counted(request, caller, lambda: json_response(session.account_info(self._state, caller)))

    async def _old_account(self, request: Request) -> Response:
        self._refuse_if_old(request, old=False)
        self._caller(request)
        return json_response({"data": {"otpEnabled": False, "appPasswords": []}})

    async def _interactive(self, request: Request) -> Response:
        self._refuse_if_old(request)
        response = oauth.interactive(self._state, request)
        if self._failure_delay and b'"failure"' in response.body:
            await asyncio.sleep(self._failure_delay)
        return response

    async def _userinfo(self, request: Request) -> Response:
        caller = self._caller(request)
        return await self._counted(request, caller, lambda: oauth.userinfo(self._state, caller))

    async def _session(self, request: Request) -> Response:
        if "authorization" not in request.headers:
            return json_response(session.resource(self._state, None))
        caller = self._caller(request)
        return await self._counted(request, caller, lambda: json_response(session.resource(self._state, caller)))

    async def _jmap(self, request: Request) -> Response:
        caller = self._caller(request)
        body = jmap.read_body(request)

        def answer() -> Response:
            return json_response(jmap.answer(self._state, caller, request.client, body, METHODS))

        return await self._counted(request, caller, answer)

    async def _events(self, request: Request) -> Response:
        caller = self._caller(request)
        wish = push.read_wish(request.query)
        if wish is None or caller.account is None:
            raise errors.invalid_parameters("One or multiple parameters could not be parsed.")
        headers = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")]
        return Response(headers=headers, stream=self._state.broker.stream(caller.account.id, wish))

    async def _upload(self, request: Request) -> Response:
        caller = self._caller(request)
        if request.too_large:
            raise errors.limit("maxSizeUpload", "The request is larger than the server is willing to process.")
        blob = f"e{self._state.next_number('blob'):020d}"
        kind = request.headers.get("content-type", "application/octet-stream")
        document = {"accountId": request.path.split("/")[3], "blobId": blob, "type": kind, "size": len(request.body)}
        return await self._counted(request, caller, lambda: json_response(document))

    async def _counted(self, request: Request, caller: Caller, answer: Callable[[], Response]) -> Response:
        """Run a request unless four of the account are already running."""
        number = caller.number
        if self._running[number] >= session.MAX_CONCURRENT:
            raise errors.too_many_concurrent()
        self._running[number] += 1
        try:
            await faults.pause(self._state.quirks, request.exchange)
            return answer()
        finally:
            self._running[number] -= 1

    async def _send(self, response: Response, receive: Receive, send: Send, *, head: bool) -> None:
        headers = [*response.headers, ("Date", formatdate(self._state.now(), usegmt=True))]
        if response.stream is None:
            headers.append(("Content-Length", str(len(response.body))))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        if response.stream is None:
            await send({"type": "http.response.body", "body": b"" if head else response.body})
            return
        await _send_stream(response.stream, receive, send)


def _plain(answer: Callable[[Request], Response]) -> Handler:
    async def handler(request: Request) -> Response:
        return answer(request)

    return handler


def _to_session(request: Request) -> Response:
    del request
    return Response(status=307, headers=[("Location", "/jmap/session"), ("Cache-Control", "no-cache")])


def _healthy(request: Request) -> Response:
    del request
    return Response(headers=[PROBLEM_TYPE], body=dumps(_HEALTH))


def _page(request: Request) -> Response:
    del request
    page = b"<!doctype html><title>Sign in</title><p>The server's own sign-in page.</p>"
    return Response(headers=[("Content-Type", "text/html; charset=utf-8")], body=page)


def _is_counted(request: Request) -> bool:
    """Whether the request counts towards an account's four at once, which then includes its pause."""
    counted = ("/jmap", "/api/account", "/auth/userinfo")
    return "authorization" in request.headers and request.path.startswith(counted)


async def _send_stream(stream: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send chunks until the stream ends or the client goes away."""
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        while True:
            chunk = asyncio.ensure_future(anext(stream, None))
            done, _ = await asyncio.wait({gone, chunk}, return_when=asyncio.FIRST_COMPLETED)
            if chunk not in done:
                chunk.cancel()
                await asyncio.gather(chunk, return_exceptions=True)
                return
            data = chunk.result()
            if data is None:
                await send({"type": "http.response.body", "body": b""})
                return
            await send({"type": "http.response.body", "body": data, "more_body": True})
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
