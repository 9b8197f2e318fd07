"""From what a person types to the addresses and networks that a credential may be used from.

The server takes IPv4 /8 to /32 and IPv6 /8 to /128, no unspecified address, and keeps host bits as they are. Here they
are cleared, so that the list says what it means. Nothing is sent while a line cannot be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Interface

    Interface = IPv4Interface | IPv6Interface

MOST = 100  # entries; whoever needs more needs wider networks
LONGEST = 60  # letters of one entry; the longest IPv6 network has 43
SHORTEST_PREFIX = 8
_SEPARATORS = re.compile(r"[\n,;]")


class Fault(StrEnum):
    """Why a line cannot be used."""

    UNREADABLE = "unreadable"
    NAME = "name"  # a host name
    RANGE = "range"  # from-to
    ZONE = "zone"  # fe80::1%eth0: means nothing on another machine
    TOO_WIDE = "too-wide"  # prefix shorter than /8
    UNSPECIFIED = "unspecified"
    TOO_MANY = "too-many"  # `text` is the number


class Change(StrEnum):
    """What was made of a line although it says something else."""

    HOST_BITS = "host-bits"
    DUPLICATE = "duplicate"
    COVERED = "covered"  # another entry holds it already
    MAPPED = "mapped"  # an IPv4 address in IPv6 clothes


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line that cannot be used; `line` counts from 1."""

    line: int
    text: str
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line that was understood as something else: `text` became `meaning`."""

    line: int
    text: str
    meaning: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says: the entries in the order typed, what was changed, what cannot be read."""

    entries: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(text: str) -> Reading:
    """Read one entry per line (commas and semicolons separate too); empty lines do not count."""
    lines = [(number, part.strip()) for number, part in _numbered(text) if part.strip()]
    if len(lines) > MOST:
        return Reading(problems=(Problem(line=0, text=str(len(lines)), fault=Fault.TOO_MANY),))
    found: dict[str, None] = {}
    notes: list[Note] = []
    problems: list[Problem] = []
    for number, typed in lines:
        entry = _entry(typed)
        if isinstance(entry, Fault):
            problems.append(Problem(line=number, text=typed[:LONGEST], fault=entry))
            continue
        normal, change = entry
        if normal in found:
            change = Change.DUPLICATE
        if change is not None:
            notes.append(Note(line=number, text=typed, meaning=normal, change=change))
        found[normal] = None
    entries = tuple(found)
    return Reading(entries=entries, notes=(*notes, *_covered(entries)), problems=tuple(problems))


def covers(entries: Iterable[str], address: str) -> bool:
    """Whether an address may use a credential with these entries; no entries mean every address."""
    listed = tuple(entries)
    if not listed:
        return True
    try:
        own = _plain(ip_address(address))
    except ValueError:
        return False
    return any(own in ip_network(entry, strict=False) for entry in listed)


def span(entry: str) -> tuple[str, str]:
    """The first and the last address of an entry."""
    network = ip_network(entry, strict=False)
    return str(network[0]), str(network[-1])


def in_order(entries: Iterable[str]) -> tuple[str, ...]:
    """Entries sorted for reading: IPv4 first, then by number."""
    return tuple(sorted(entries, key=_sorting))


def _sorting(entry: str) -> tuple[int, int, int]:
    try:
        interface = ip_interface(entry)
    except ValueError:  # written by another program that knows more than we do
        return (9, 0, 0)
    return (interface.version, int(interface.ip), interface.network.prefixlen)


def _numbered(text: str) -> Iterable[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        for part in _SEPARATORS.split(line):
            yield number, part


def _entry(typed: str) -> tuple[str, Change | None] | Fault:
    """The normal form of one entry, and what was changed on the way."""
    if len(typed) > LONGEST:
        return Fault.UNREADABLE
    if "%" in typed:
        return Fault.ZONE
    try:
        interface = ip_interface(typed)
    except ValueError:
        return _fault_of(typed)
    mapped = _mapped(interface)
    if mapped is not None:
        interface = mapped
    if interface.ip.is_unspecified or (
        interface.network.network_address.is_unspecified and interface.network.prefixlen >= SHORTEST_PREFIX
    ):
        return Fault.UNSPECIFIED  # 0.0.0.1/8 too: without its host bits it is what the server refuses
    prefix = interface.network.prefixlen
    if prefix < SHORTEST_PREFIX:
        return Fault.TOO_WIDE
    if prefix == interface.max_prefixlen:
        return str(interface.ip), Change.MAPPED if mapped is not None else None
    normal = str(interface.network)
    if interface.ip != interface.network.network_address:
        return normal, Change.HOST_BITS
    return normal, Change.MAPPED if mapped is not None else None


def _mapped(interface: Interface) -> Interface | None:
    """`::ffff:192.0.2.1` as the IPv4 address that the server compares."""
    if not isinstance(interface, IPv6Interface) or interface.ip.ipv4_mapped is None:
        return None
    prefix = interface.network.prefixlen - 96
    return ip_interface(f"{interface.ip.ipv4_mapped}/{prefix}") if prefix >= 0 else None


def _fault_of(typed: str) -> Fault:
    head = typed.partition("/")[0]
    if re.fullmatch(r"[0-9a-fA-F.:]+\s*[-\u2013]\s*[0-9a-fA-F.:]+", typed):
        return Fault.RANGE
    if re.search(r"[g-zG-Z]", head) and ":" not in head:
        return Fault.NAME
    return Fault.UNREADABLE


def _covered(entries: tuple[str, ...]) -> Iterable[Note]:
    networks = {entry: ip_network(entry) for entry in entries}
    for entry, network in networks.items():
        for other, wider in networks.items():
            if other != entry and network.version == wider.version and network.subnet_of(wider):  # type: ignore[arg-type] # same version
                yield Note(line=0, text=entry, meaning=other, change=Change.COVERED)
                break


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
