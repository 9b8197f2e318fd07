"""What a slice of the panel says about itself: facts only, read by menu, docs and contract tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Group(StrEnum):
    """Where a slice stands in the menu."""

    TOP = "top"
    SIGN_IN = "sign-in"
    MAIL = "mail"
    YOU = "you"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One slice: its address, its names (message ids), and the server permissions each action needs.

    `needs["see"]`, where there is one, hides its entry in the menu from people who lack a permission of it;
    `hidden_from` hides it from people who hold that permission, because another entry is theirs.
    """

    slug: str
    path: str
    label: str
    icon: str
    group: Group
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden_from: str = ""

    def is_shown_to(self, permissions: frozenset[str]) -> bool:
        """Whether its entry stands in the menu of somebody who holds these permissions."""
        return permissions.issuperset(self.needs.get("see", ())) and self.hidden_from not in permissions

    def all_permissions(self) -> tuple[str, ...]:
        """Every permission any action needs, each once, in order."""
        return tuple(dict.fromkeys(name for names in self.needs.values() for name in names))
