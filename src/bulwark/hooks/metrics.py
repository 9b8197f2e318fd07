"""What Prometheus is told. No label carries a name or an address; loaded only where a token is set (half a second).

Each part is counted from outside: the application, the way to the mail server, the store of events, the limit on tries.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Unpack

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.middleware import Middleware

from bulwark import errors
from bulwark.store.attempts import Attempts
from stalwart_jmap import Transport, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bulwark.sessions.panel import Panel
    from bulwark.store.attempts import Claim
    from bulwark.store.engine import Database
    from bulwark.store.events import Event
    from bulwark.store.sealed import Sealer
    from stalwart_jmap.core.http import HttpAnswer, HttpRequest
    from stalwart_jmap.transport import TransportOptions

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
_METHODS = frozenset({"GET", "HEAD", "POST"})
_REFUSED, _FAILED = 400, 500


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("bulwark_requests", "Answers.", ("method", "status"), registry=self.registry)
        self.seconds = Histogram(
            "bulwark_request_seconds", "How long requests took.", buckets=_BUCKETS, registry=self.registry
        )
        self.upstream = Counter(
            "bulwark_upstream_requests", "Requests to the mail server.", ("outcome",), registry=self.registry
        )
        self.events = Counter("bulwark_events", "What happened to accounts.", ("kind",), registry=self.registry)
        self.refused = Counter("bulwark_attempts_refused", "Tries refused by our own limit.", registry=self.registry)
        self._streams = Gauge("bulwark_live_streams", "Open live pages.", registry=self.registry)
        self._waiting = Gauge("bulwark_reports_waiting", "Reports that wait to be stored.", registry=self.registry)

    def text(self, panel: Panel) -> bytes:
        """Everything, in Prometheus's own format."""
        self._streams.set(panel.live.seats)
        self._waiting.set(panel.intake.waiting)
        return generate_latest(self.registry)

    def transport(self, base_url: str, **options: Unpack[TransportOptions]) -> Transport:
        """A way to the mail server whose requests are counted."""
        return CountedTransport(base_url, self, **options)

    def attempts(self, database: Database, sealer: Sealer, **options: Any) -> Attempts:
        """The limit on tries, whose refusals are counted."""
        return CountedAttempts(self, database, sealer, **options)

    def around(self) -> tuple[Middleware, ...]:
        """What goes around the whole application."""
        return (Middleware(Measured, metrics=self),)

    def also(self, next_one: Callable[[bytes, Event], Awaitable[None]]) -> Callable[[bytes, Event], Awaitable[None]]:
        """Count each event, then hand it on."""

        async def heard(account_key: bytes, event: Event) -> None:
            self.events.labels(event.kind.value).inc()
            await next_one(account_key, event)

        return heard


class Measured:
    """Around the whole application: counts answers and how long they took; streams count by their beginning."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] == "/metrics":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else "other"

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(method, f"{message['status'] // 100}xx").inc()
                self._metrics.seconds.observe(time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, counted)


class CountedTransport(Transport):
    """The way to the mail server, with each request counted by what became of it."""

    def __init__(self, base_url: str, metrics: Metrics, **options: Unpack[TransportOptions]) -> None:
        super().__init__(base_url, **options)
        self._metrics = metrics

    async def exchange(
        self, request: HttpRequest, *, account_key: str | None = None, forwarded_for: str | None = None
    ) -> HttpAnswer:
        """Send one request; see `Transport.exchange`."""
        try:
            answer = await super().exchange(request, account_key=account_key, forwarded_for=forwarded_for)
        except TransportError:
            self._metrics.upstream.labels("unreachable").inc()
            raise
        outcome = "failed" if answer.status >= _FAILED else "refused" if answer.status >= _REFUSED else "answered"
        self._metrics.upstream.labels(outcome).inc()
        return answer


class CountedAttempts(Attempts):
    """The limit on tries, with each refusal counted."""

    def __init__(self, metrics: Metrics, database: Database, sealer: Sealer, **options: Any) -> None:
        super().__init__(database, sealer, **options)
        self._metrics = metrics

    async def claim(self, account: str, address: str, browser: str | None = None, *, purpose: str = "sign-in") -> Claim:
        """Count a try; see `Attempts.claim`."""
        try:
            return await super().claim(account, address, browser, purpose=purpose)
        except errors.TooManyAttempts:
            self._metrics.refused.inc()
            raise
