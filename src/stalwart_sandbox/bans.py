"""Failed sign-ins, counted per address and per login name, and the bans they lead to (off unless a limit is given).

With limit n the failures 1…n answer normally, n+1 triggers the ban, and from then on everything from that address is
403. A right sign-in resets nothing. Destroying the x:BlockedIp entry does not lift the ban until ReloadBlockedIps.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedIp:
    """An entry of x:BlockedIp; `created_at` is a registry date."""

    address: str
    reason: str
    created_at: str
    expires_at: str | None = None


@dataclass(slots=True)
class Bans:
    """The counters, the stored entries by number, and the addresses refused at this moment."""

    limit: int | None = None
    entries: dict[int, BlockedIp] = field(default_factory=dict)
    allowed: dict[int, BlockedIp] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _active: set[str] = field(default_factory=set)
    _exempt: frozenset[str] = frozenset()

    def is_blocked(self, address: str) -> bool:
        """Whether everything from this address is refused now."""
        return address in self._active

    def failed(self, address: str, login: str) -> bool:
        """Count one failure for the address and the login name; True when it triggers the ban."""
        if self.limit is None or address in self._exempt:
            return False
        self._failures[f"address {address}"] += 1
        self._failures[f"login {login}"] += 1
        if max(self._failures[f"address {address}"], self._failures[f"login {login}"]) <= self.limit:
            return False
        self._active.add(address)
        return True

    def reload(self) -> None:
        """What x:Action ReloadBlockedIps does: the stored entries become the whole truth; counters stay."""
        self._active = {entry.address for entry in self.entries.values()}

    def reload_allowed(self) -> None:
        """What x:Action ReloadSettings does for x:AllowedIp."""
        self._exempt = frozenset(entry.address for entry in self.allowed.values())
