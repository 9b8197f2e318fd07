"""Who is asking, and how they came: address, scheme and host of a request.

Only proxies named in `BULWARK_TRUSTED_PROXIES` are believed: `X-Forwarded-For` is read from its right end, and the
first address that is no trusted proxy is the person's. Whatever a browser itself sends in these headers is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from starlette.types import Scope

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where a request comes from: the person's address, whether it came over https, the host it asked for.

    `address` is always an IP address, or empty when none is known.
    """

    address: str
    is_https: bool
    host: str

    @property
    def host_name(self) -> str:
        """The host without its port, lower case; an IPv6 address keeps its brackets."""
        return split_host(self.host)[0]

    @property
    def is_loopback_host(self) -> bool:
        """Whether the browser asked for this very machine."""
        return self.host_name in LOOPBACK_NAMES


def split_host(host: str) -> tuple[str, str]:
    """Split a Host header into lower-case name and port (empty when absent)."""
    host = host.strip().lower()
    if host.startswith("["):
        name, _, rest = host.partition("]")
        return name + "]", rest.removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


def canonical(address: str) -> str:
    """One spelling for an address: no port, no zone, no IPv4-in-IPv6; empty for text that is no address."""
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # some proxies write the port too
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(parsed)


def is_trusted(address: str, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address belongs to a proxy the operator named."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)


def peer_of(scope: Scope, proxies: Sequence[IPv4Network | IPv6Network]) -> Peer:
    """Read address, scheme and host of a request; forwarded headers count from trusted proxies only."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name, []).append(value)
    client = scope.get("client")
    address = canonical(client[0]) if client else ""
    is_https = scope.get("scheme") == "https"
    host = headers.get(b"host", [b""])[0].decode("latin-1")
    if is_trusted(address, proxies):
        chain = [canonical(part) for part in _joined(headers.get(b"x-forwarded-for", [])).split(",") if part.strip()]
        for hop in reversed(chain):
            if not hop:  # "unknown", or nonsense: who came through there cannot be told
                break
            address = hop
            if not is_trusted(hop, proxies):
                break
        proto = _joined(headers.get(b"x-forwarded-proto", [])).split(",")[-1].strip().lower()
        if proto in {"http", "https"}:
            is_https = proto == "https"
    return Peer(address=address, is_https=is_https, host=host)


def _joined(values: list[bytes]) -> str:
    return ",".join(value.decode("latin-1") for value in values)
