"""The only file that does I/O: one exchange with the server's origin, within bounds.

Laws: every request goes to the origin of the configured address, whatever documents or redirects say. Certificates are
always verified. The whole exchange, redirects, waiting for a free place and repeated tries included, ends within the
total time. An answer is read up to a limit. No environment variable, cookie or proxy setting changes any of it.
"""

from __future__ import annotations

import ssl
import weakref
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from random import SystemRandom
from typing import TYPE_CHECKING, Final, Self, TypedDict
from urllib.parse import urljoin, urlsplit

import anyio
import httpx2

from stalwart_jmap.core import retry
from stalwart_jmap.core.errors import (
    AnswerLost,
    ConnectFailed,
    NotJson,
    RedirectRefused,
    RequestError,
    ResponseTooLarge,
    TimedOut,
)
from stalwart_jmap.core.http import HttpAnswer, HttpRequest, raise_for_status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path
    from types import TracebackType

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS: Final = 5
_OK: Final = 200
_BAD_REQUEST: Final = 400
_LIMITS: Final = httpx2.Limits(max_connections=100, max_keepalive_connections=32, keepalive_expiry=30.0)
_STREAM_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
_NOTHING_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: for one connection with its TLS handshake, and for the whole exchange."""

    connect: float = 3.0
    total: float = 15.0


class TransportOptions(TypedDict, total=False):
    """The keyword arguments of `Transport`, for those who pass them on."""

    timeouts: Timeouts
    ca_file: Path | None
    max_response_bytes: int
    http: httpx2.AsyncBaseTransport | None
    clock: Callable[[], datetime]


@dataclass(slots=True)
class _Progress:
    """How far the network took the body: `sent` once it was handed on, `complete` when all of it was accepted."""

    sent: bool = False
    complete: bool = False


class _Body(httpx2.AsyncByteStream):
    """The body of one request, which notes how far it came.

    It comes after the head, so a server that got none of it cannot have carried out what it asks for; nor can one
    whose network refused a part of it. A write that was cancelled is another matter: the rest may have been on its way.
    """

    def __init__(self, content: bytes, progress: _Progress) -> None:
        self._content = content
        self._progress = progress

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        self._progress.sent = True
        yield self._content
        self._progress.complete = True


class _Gate:
    """At most four requests at a time for one account."""

    def __init__(self) -> None:
        self.semaphore = anyio.Semaphore(retry.CONCURRENT_REQUESTS, fast_acquire=True)


class Transport:
    """A connection pool to one server; an async context manager. Share one among all clients of a process."""

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        max_response_bytes: int = 10_000_000,
        http: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Point at a server: only scheme, host and port of `base_url` count.

        `ca_file` replaces the system's authorities; `http` is the seam for tests. Raises ValueError for an address
        that is not http(s), or that carries a login.
        """
        self.origin = _origin(base_url)
        self.clock_offset: timedelta | None = None
        self.now = clock
        self._timeouts = timeouts or Timeouts()
        self._max_response_bytes = max_response_bytes
        self._is_network = http is None
        self._http = http or httpx2.AsyncHTTPTransport(
            verify=_tls(self.origin, ca_file), trust_env=False, limits=_LIMITS
        )
        # Streams last for hours: they get connections of their own, so that they never take those of short requests.
        self._streams: httpx2.AsyncBaseTransport | None = http
        self._ca_file = ca_file
        self._gates: weakref.WeakValueDictionary[str, _Gate] = weakref.WeakValueDictionary()
        self._random = SystemRandom().random
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; the transport cannot be used again."""
        self._closed = True
        await self._http.aclose()
        if self._streams is not None and self._streams is not self._http:
            await self._streams.aclose()

    async def exchange(
        self, request: HttpRequest, *, account_key: str | None = None, forwarded_for: str | None = None
    ) -> HttpAnswer:
        """Send one request and read the whole answer, whatever its status.

        With an `account_key` at most four such requests run at a time, and a refusal for crowding is tried again.
        `forwarded_for` is the address of the person we act for. Raises the `TransportError` family; ValueError when
        `forwarded_for` is no IP address; RuntimeError after `aclose`.
        """
        self._require_open()
        headers = _headers(request, forwarded_for)
        progress = _Progress()
        answer: HttpAnswer | None = None
        with anyio.move_on_after(self._timeouts.total):
            if account_key is None:
                answer = await self._follow(request, headers, progress)
            else:
                answer = await self._take_turns(request, headers, progress, account_key)
        if answer is None:
            raise TimedOut(sent=progress.sent)
        return answer

    @asynccontextmanager
    async def stream(
        self, request: HttpRequest, *, accept: str, silence: float, forwarded_for: str | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open an answer without an end and give its bytes as they come: `async with transport.stream(…) as parts`.

        `silence` is for how many seconds nothing may come. Raises the `TransportError` family, here and while reading,
        and the errors of `raise_for_status` when the server does not answer with `accept`. No redirect is followed.
        """
        self._require_open()
        if self._streams is None:
            self._streams = httpx2.AsyncHTTPTransport(
                verify=_tls(self.origin, self._ca_file), trust_env=False, limits=_STREAM_LIMITS
            )
        connect = self._timeouts.connect
        timeout = {"connect": connect, "read": silence, "write": self._timeouts.total, "pool": connect}
        message = httpx2.Request(
            request.method,
            self.origin + request.path,
            headers={**_headers(request, forwarded_for), "Accept": accept, "Cache-Control": "no-store"},
            extensions={"timeout": timeout},
        )
        try:
            answer = await self._streams.handle_async_request(message)
        except _NOTHING_SENT as error:
            raise ConnectFailed(_why(error)) from None
        except httpx2.TimeoutException:
            raise TimedOut(sent=True) from None
        except (httpx2.TransportError, httpx2.StreamError, OSError):
            raise AnswerLost(sent=True) from None
        try:
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if answer.status_code != _OK or kind != accept:
                await self._refuse_stream(answer)
            async with aclosing(_parts(answer)) as parts:
                yield parts
        finally:
            with anyio.CancelScope(shield=True):
                await answer.aclose()

    def _require_open(self) -> None:
        if self._closed:
            # The pool below would quietly open connections that nobody closes.
            message = "the transport is closed"
            raise RuntimeError(message)

    async def _refuse_stream(self, answer: httpx2.Response) -> None:
        """Say why an answer is no stream: the error of its status, else that it is something different."""
        body: HttpAnswer | None = None
        try:
            with anyio.move_on_after(self._timeouts.total):
                body = await self._read(answer)
        except (httpx2.TransportError, httpx2.StreamError, OSError):
            raise AnswerLost(sent=True) from None
        if body is None:
            raise TimedOut(sent=True)
        raise_for_status(body)
        raise NotJson("the answer is no stream of the kind that was asked for")

    async def _take_turns(
        self, request: HttpRequest, headers: dict[str, str], progress: _Progress, account_key: str
    ) -> HttpAnswer:
        gate = self._gates.get(account_key)
        if gate is None:
            gate = self._gates[account_key] = _Gate()
        for pause in (*retry.pauses(self._random), None):
            async with gate.semaphore:
                answer = await self._follow(request, headers, progress)
            if pause is None or not _is_crowded(answer):
                return answer
            progress.sent = progress.complete = False  # refused as a whole: nothing was carried out
            await anyio.sleep(pause)
        raise AssertionError  # pragma: no cover - the last pause is None

    async def _follow(self, request: HttpRequest, headers: dict[str, str], progress: _Progress) -> HttpAnswer:
        path = request.path
        for _ in range(_MAX_REDIRECTS + 1):
            answer = await self._send(request, path, headers, progress)
            if answer.status not in _REDIRECTS:
                return answer
            if request.method not in {"GET", "HEAD"}:
                raise RedirectRefused("a request that is no GET was redirected")
            path = self._redirected(path, answer.headers.get("location", ""))
        raise RedirectRefused("too many redirects")

    def _redirected(self, path: str, location: str) -> str:
        try:
            target = urlsplit(urljoin(self.origin + path, location))
            inside = location != "" and _origin(target.geturl()) == self.origin
        except ValueError:
            raise RedirectRefused("a redirect leads nowhere") from None
        if not inside:
            raise RedirectRefused("a redirect leaves the server")
        return (target.path or "/") + (f"?{target.query}" if target.query else "")

    async def _send(self, request: HttpRequest, path: str, headers: dict[str, str], progress: _Progress) -> HttpAnswer:
        # The limit of the whole exchange is set around it; one more around each read and write would tell nothing new.
        limits = {"connect": self._timeouts.connect, "read": None, "write": None, "pool": self._timeouts.total}
        try:
            message = httpx2.Request(
                request.method,
                self.origin + path,
                headers=headers,
                content=request.body,
                extensions={"timeout": limits},
            )
        except (httpx2.InvalidURL, UnicodeError):
            raise NotJson("a published address cannot be used") from None
        if self._is_network and request.body:
            message.stream = _Body(request.body, progress)
        else:  # with its head, all of it is on its way
            progress.sent = progress.complete = True
        try:
            answer = await self._http.handle_async_request(message)
            return await self._read(answer)
        except _NOTHING_SENT as error:
            raise ConnectFailed(_why(error)) from None
        except httpx2.TimeoutException:
            raise TimedOut(sent=progress.sent) from None
        except (httpx2.TransportError, httpx2.StreamError, OSError):
            # The lower layers' texts may quote what was sent: they are not kept.
            raise AnswerLost(sent=progress.complete) from None

    async def _read(self, answer: httpx2.Response) -> HttpAnswer:
        limit = self._max_response_bytes
        stream = answer.stream
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise AnswerLost
        body = bytearray()
        try:
            announced = answer.headers.get("content-length", "")
            if announced.isdigit() and len(announced) > len(str(limit)):
                raise ResponseTooLarge(limit)
            async for part in stream:
                if len(body) + len(part) > limit:
                    raise ResponseTooLarge(limit)
                body += part
        finally:
            await stream.aclose()
        self._compare_clocks(answer.headers.get("date"))
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            # We ask for none; unpacking what nobody asked for would get around the limit above.
            raise NotJson("the answer is packed in a way nobody asked for")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(status=answer.status_code, headers=headers, body=bytes(body))

    def _compare_clocks(self, date: str | None) -> None:
        try:
            served = parsedate_to_datetime(date or "")
        except ValueError:
            return
        if served.tzinfo is not None:
            self.clock_offset = served - self.now()


async def _parts(answer: httpx2.Response) -> AsyncGenerator[bytes]:
    stream = answer.stream
    if not isinstance(stream, httpx2.AsyncByteStream):
        raise AnswerLost
    try:
        async for part in stream:
            yield part
    except httpx2.TimeoutException:
        raise TimedOut(sent=True) from None
    except (httpx2.TransportError, httpx2.StreamError, OSError):
        raise AnswerLost(sent=True) from None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        message = "the server's address must be http(s)://host[:port], without a login"
        raise ValueError(message)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = 443 if parts.scheme == "https" else 80
    port = f":{parts.port}" if parts.port not in {None, default} else ""
    return f"{parts.scheme}://{host}{port}"


def _tls(origin: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is not None:
        return ssl.create_default_context(cafile=ca_file)
    if origin.startswith("https:"):
        return True
    # Never used for plain http; loading every authority would only cost start-up time.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _headers(request: HttpRequest, forwarded_for: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "stalwart-jmap"}
    if request.content_type is not None:
        headers["Content-Type"] = request.content_type
    if request.authorization is not None:
        headers["Authorization"] = request.authorization.reveal()
    if forwarded_for is not None:
        headers["X-Forwarded-For"] = str(ip_address(forwarded_for))
    return headers


def _is_crowded(answer: HttpAnswer) -> bool:
    if answer.status != _BAD_REQUEST:
        return False
    try:
        raise_for_status(answer)
    except RequestError as error:
        return retry.is_crowded(error)
    return False


def _why(error: Exception) -> str:
    """Name the cause of a failed connection in our own words; certificates deserve a sentence of their own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not trusted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return "the server cannot be reached"
