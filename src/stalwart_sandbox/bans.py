"""Failed sign-ins, counted per address and per login name, and the bans they lead to (off unless a limit is given).

With limit n the failures 1…n answer normally, n+1 triggers the ban, and from then on everything from that address is
403. A right sign-in resets nothing. Destroying the x:BlockedIp entry does not lift the ban until ReloadBlockedIps.
Loopback is exempt, unless a test wants it counted.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field

from stalwart_sandbox import dates


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedIp:
    """An entry of x:BlockedIp; `created_at` is a registry date."""

    address: str
    reason: str
    created_at: str
    expires_at: str | None = None


@dataclass(slots=True)
class Bans:
    """The counters, the stored entries by number, and the addresses refused at this moment; `period` is seconds."""

    limit: int | None = None
    period: float | None = None
    counts_loopback: bool = False
    entries: dict[int, BlockedIp] = field(default_factory=dict)
    allowed: dict[int, BlockedIp] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _active: dict[str, BlockedIp] = field(default_factory=dict)
    _exempt: frozenset[str] = frozenset()

    def is_blocked(self, address: str, now: float) -> bool:
        """Whether everything from this address is refused at this moment."""
        entry = self._active.get(address)
        return entry is not None and not dates.is_past(entry.expires_at, now)

    def failed(self, address: str, login: str) -> bool:
        """Count one failure for the address and the login name; True when it calls for a ban."""
        if self.limit is None or address in self._exempt or (_is_loopback(address) and not self.counts_loopback):
            return False
        self._failures[f"address {address}"] += 1
        self._failures[f"login {login}"] += 1
        return max(self._failures[f"address {address}"], self._failures[f"login {login}"]) > self.limit

    def ban(self, number: int, address: str, now: float) -> None:
        """Refuse everything from an address and store why, under a fresh object number."""
        expires_at = None if self.period is None else dates.text(now + self.period)
        entry = BlockedIp(address=address, reason="authFailure", created_at=dates.text(now), expires_at=expires_at)
        self.entries[number] = self._active[address] = entry

    def reload(self) -> None:
        """What x:Action ReloadBlockedIps does: the stored entries become the whole truth; counters stay."""
        self._active = {entry.address: entry for entry in self.entries.values()}

    def reload_allowed(self) -> None:
        """What x:Action ReloadSettings does for x:AllowedIp."""
        self._exempt = frozenset(entry.address for entry in self.allowed.values())


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
