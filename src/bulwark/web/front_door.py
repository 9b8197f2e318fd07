"""Every request passes here first and last: reference id, host, scheme, origin, security headers, the last resort.

A raw ASGI wrapper, because it must also cover what the router never sees.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.requests import ClientDisconnect

from bulwark.web.client_address import peer_of, split_host
from bulwark.web.problems import ForeignOrigin, PlainHttp, WrongHost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bulwark.web.client_address import Peer

    ErrorPage = Callable[[Scope, Exception], Awaitable[Response]]

log = structlog.get_logger("bulwark.web")

SAFE_METHODS = frozenset({"GET", "HEAD"})
CLIENT_GONE = 499  # in the log only: the browser went away while it was sending
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
# Called by programs inside one's own network, under any name; each call proves itself by a secret, no cookie counts.
MACHINE_PATHS = frozenset({"/hooks/stalwart", "/metrics"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


def new_reference() -> str:
    """Make a reference for one request: twelve letters, easy to read out, found in the log."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


class FrontDoor:
    """The outermost layer of the panel."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        error_page: ErrorPage,
        public_url: str | None,
        trusted_proxies: Sequence[IPv4Network | IPv6Network],
    ) -> None:
        self._app = app
        self._error_page = error_page
        self._public = urlsplit(public_url) if public_url else None
        self._proxies = tuple(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a fault of ours becomes a page with a reference, never a trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = peer_of(scope, self._proxies)
        reference = new_reference()
        state = scope.setdefault("state", {})
        state["peer"] = peer
        state["reference"] = reference
        started = time.perf_counter()
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_security_headers(message.get("headers", ()), is_https=peer.is_https)
            await send(message)

        try:
            self._check(scope, peer)
            await self._app(scope, receive, send_guarded)
        except ClientDisconnect:
            status = CLIENT_GONE
        except Exception as error:  # the one last resort: whatever happened, a person gets a page
            if status:  # an answer had begun: it cannot be taken back, the log has to do
                log.exception("answer-broken-off", reference=reference, error=type(error).__name__)
                raise
            response = await self._error_page(scope, error)
            await response(scope, receive, send_guarded)
        finally:
            if scope["path"] not in OPEN_PATHS:
                log.info(
                    "request",
                    reference=reference,
                    method=scope["method"],
                    path=scope["path"][:200],
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )

    def _check(self, scope: Scope, peer: Peer) -> None:
        if scope["path"] in OPEN_PATHS or scope["path"] in MACHINE_PATHS:
            return
        if not self._is_our_host(peer):
            raise WrongHost
        if not peer.is_https and not peer.is_loopback_host:
            raise PlainHttp
        if scope["method"] not in SAFE_METHODS and not _same_origin(scope, peer):
            raise ForeignOrigin

    def _is_our_host(self, peer: Peer) -> bool:
        if self._public is None:
            return peer.is_loopback_host
        name, port = split_host(peer.host)
        wanted_name, wanted_port = split_host(self._public.netloc)
        default = "443" if self._public.scheme == "https" else "80"
        return name == wanted_name and (port or default) == (wanted_port or default)


def _same_origin(scope: Scope, peer: Peer) -> bool:
    """Whether a form was sent by this panel itself: `Sec-Fetch-Site` tells, else `Origin`, else `Referer`.

    Every browser since 2020 sends one of the first two with a POST. A caller that sends none of the three is no
    browser carrying somebody's cookie across sites, and `SameSite=Lax` keeps the cookie from older ones.
    """
    headers = dict(scope["headers"])
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return bool(site == b"same-origin")
    source = headers.get(b"origin") or headers.get(b"referer")
    if source is None:
        return True
    try:
        parts = urlsplit(source.decode("latin-1"))
    except ValueError:  # no address at all
        return False
    return bool(parts.netloc.lower() == peer.host.strip().lower() and (parts.scheme == "https") == peer.is_https)


def _with_security_headers(headers: Sequence[tuple[bytes, bytes]], *, is_https: bool) -> list[tuple[bytes, bytes]]:
    present = {name for name, _ in headers}
    result = list(headers)
    result += [header for header in SECURITY_HEADERS if header[0] not in present]
    if b"cache-control" not in present:
        result.append((b"cache-control", b"no-store"))
    if is_https:
        result.append(_STRICT_TRANSPORT)
    return result
