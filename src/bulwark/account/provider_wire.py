"""The only way to a provider: a name is looked up once, its addresses are judged, one of just these is connected to.

So a name that means something else a moment later (rebinding) leads nowhere else. https only; http for this machine,
and only where private addresses are allowed. Redirects are not followed, answers are read up to a limit, no proxy and
no cookie takes part. The certificate must be the name's.
"""

from __future__ import annotations

import ssl
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import anyio
import httpx2

from bulwark.errors import ProviderProblem
from stalwart_jmap import RedirectRefused, Transport
from stalwart_jmap.transport import Timeouts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from stalwart_jmap.core.http import HttpAnswer, HttpRequest

    Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]

MAX_ANSWER: Final = 256 * 1024  # bytes: documents, keys and tokens are a few kilobytes
TIMEOUTS: Final = Timeouts(connect=5.0, total=10.0)
_TRIES: Final = 3  # addresses of one name
_NAT64: Final = IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a name, as the system gives them."""
    found = await anyio.getaddrinfo(host, port)
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def is_public(text: str) -> bool:
    """Whether an address belongs to the internet at large, also when it is wrapped into IPv6."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        address = inner or address
    return address.is_global and not address.is_multicast


class ProviderWire:
    """Exchanges with providers; connections are never kept."""

    def __init__(
        self,
        *,
        private_addresses: bool,
        ca_file: Path | None,
        clock: Callable[[], datetime],
        resolve: Resolve = resolve,
    ) -> None:
        self._clock = clock
        self._pinned = _Pinned(private_addresses=private_addresses, ca_file=ca_file, resolve=resolve)

    async def exchange(self, url: str, request: HttpRequest) -> HttpAnswer:
        """Send one request to the origin of `url`.

        Raises:
            ProviderProblem: the address is not for us. TransportError: no usable answer.
        """
        try:
            transport = Transport(
                url, timeouts=TIMEOUTS, max_response_bytes=MAX_ANSWER, http=self._pinned, clock=self._clock
            )
        except ValueError:
            raise ProviderProblem("address") from None
        return await transport.exchange(request)


class _Pinned(httpx2.AsyncBaseTransport):
    """Looks a name up, judges every address, and connects to one of just these."""

    def __init__(self, *, private_addresses: bool, ca_file: Path | None, resolve: Resolve) -> None:
        self._private = private_addresses
        self._ca_file = ca_file
        self._resolve = resolve
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the first address that can be connected to counts."""
        url = request.url
        addresses = await self._addresses(url.scheme, url.host, url.port or _DEFAULT_PORTS[url.scheme])
        failed: httpx2.TransportError | None = None
        for address in addresses[:_TRIES]:
            try:
                return await self._send(request, address)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failed = error
        raise failed or httpx2.ConnectError("the name has no address")

    async def _addresses(self, scheme: str, host: str, port: int) -> tuple[str, ...]:
        try:
            found = await self._resolve(host, port)
        except OSError:
            raise httpx2.ConnectError("the name has no address") from None
        is_allowed = self._private or all(is_public(one) for one in found)
        is_protected = scheme == "https" or (self._private and all(ip_address(one).is_loopback for one in found))
        if not is_allowed or not is_protected:
            raise ProviderProblem("address")
        return found

    async def _send(self, request: httpx2.Request, address: str) -> httpx2.Response:
        url = request.url
        inner = httpx2.AsyncHTTPTransport(
            verify=self._context(), trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0)
        )
        pinned = httpx2.Request(
            request.method,
            url.copy_with(host=address),
            headers={**request.headers, "host": urlsplit(str(url)).netloc},
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        answer = await inner.handle_async_request(pinned)
        if answer.is_redirect:
            await answer.aclose()
            raise RedirectRefused("a provider's endpoint redirects")
        return answer

    def _context(self) -> ssl.SSLContext:
        """The system's authorities, and those that the operator named."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
            if self._ca_file is not None:
                self._tls.load_verify_locations(cafile=self._ca_file)
        return self._tls
