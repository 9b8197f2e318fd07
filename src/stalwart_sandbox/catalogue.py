"""Names the server knows: permissions with their numbers and default roles, languages, time zones.

Package data, taken from the server's own schema; `GET /api/account` leaves some permissions out although they are held.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENUMS: Final = json.loads(files("stalwart_sandbox").joinpath("data/enums.json").read_text(encoding="utf-8"))

PERMISSION_NUMBERS: Final[dict[str, int]] = {entry["name"]: entry["id"] for entry in _ENUMS["permissions"]}
PERMISSIONS: Final = frozenset(PERMISSION_NUMBERS)
NOT_REPORTED: Final = frozenset(entry["name"] for entry in _ENUMS["permissions"] if entry.get("notReported"))
LOCALES: Final = frozenset(_ENUMS["locales"])
TIME_ZONES: Final = frozenset(_ENUMS["timeZones"])

_BLOCK: Final = 64


def in_server_order(names: Iterable[str]) -> list[str]:
    """Permission names as `/api/account` lists them: blocks of 64 numbers ascending, descending inside a block."""

    def place(name: str) -> tuple[int, int]:
        number = PERMISSION_NUMBERS[name]
        return number // _BLOCK, -number

    return sorted(names, key=place)


@cache
def default_roles() -> list[dict[str, Any]]:
    """The four roles of a fresh server as x:Role/get shows them; treat as read-only."""
    roles: list[dict[str, Any]] = json.loads(
        files("stalwart_sandbox").joinpath("data/roles.json").read_text(encoding="utf-8")
    )
    return roles
