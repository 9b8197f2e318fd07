"""States and changes of one data type in one account (RFC 8620 section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from stalwart_sandbox import ids

_STEP: Final = 4


@dataclass(slots=True)
class ChangeLog:
    """Every change in order; the state is `n` before the first one."""

    _entries: list[tuple[str, str]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The current state."""
        return f"s{ids.encode((len(self._entries) + 1) * _STEP):a>2}" if self._entries else "n"

    def add(self, kind: str, item: str) -> None:
        """Note that an id was `created`, `updated` or `destroyed`."""
        self._entries.append((kind, item))

    def since(self, state: str) -> dict[str, Any]:
        """What happened since a state; one the server cannot read means from the beginning."""
        number = ids.decode(state[1:]) if state.startswith("s") else None
        start = min(max(0, (number or 0) // _STEP - 1), len(self._entries))
        kinds: dict[str, str] = {}
        for kind, item in self._entries[start:]:
            if kind == "destroyed" and kinds.get(item) == "created":
                del kinds[item]
            elif not (kind == "updated" and item in kinds):
                kinds[item] = kind
        lists = {
            name: [item for item, kind in kinds.items() if kind == name] for name in ("created", "updated", "destroyed")
        }
        return {"oldState": state, "newState": self.state, "hasMoreChanges": False, **lists}
