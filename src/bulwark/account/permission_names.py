"""Every permission of the server with a group and a few English words, for lists that people choose from.

The words follow the server's own console and stay English in every language, as the names themselves do; the groups are
translated. A permission of a newer server that is not in the list is shown by its name, in a group of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bulwark import data
from bulwark.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable

_GROUPS = {
    "general": N_("Signing in"),
    "delivery": N_("Sending and receiving"),
    "imap": N_("Mail over IMAP"),
    "pop3": N_("Mail over POP3"),
    "caldav": N_("Calendars"),
    "carddav": N_("Contacts"),
    "webdav": N_("Files"),
    "dav": N_("Calendars, contacts and files together"),
    "jmap-mail": N_("Mail over JMAP"),
    "jmap-more": N_("Calendars, contacts and files over JMAP"),
    "filters": N_("Mail filters"),
    "own": N_("Your own account"),
    "access": N_("Accounts and access"),
    "monitoring": N_("Queue, reports and logs"),
    "maintenance": N_("Maintenance"),
    "settings": N_("Server settings"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPermission:
    """A permission's name on the server, and what it is in words."""

    name: str
    label: str

    def matches(self, words: str) -> bool:
        """Whether every typed word stands in the name or in the label."""
        text = f"{self.name} {self.label}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionGroup:
    """Permissions that belong together, in the server's order; `slug` names the group whatever the language."""

    slug: str
    label: str
    permissions: tuple[NamedPermission, ...]


@cache
def _known() -> dict[str, tuple[NamedPermission, ...]]:
    return {
        slug: tuple(NamedPermission(name=name, label=label) for name, label in named.items())
        for slug, named in data.read("permissions").items()
    }


@cache
def _labels() -> dict[str, str]:
    return {one.name: one.label for named in _known().values() for one in named}


def label_of(name: str) -> str:
    """A permission in words; one that is not known here, by its name."""
    return _labels().get(name, name)


def grouped(held: Iterable[str]) -> tuple[PermissionGroup, ...]:
    """The given permissions in groups, empty groups left out."""
    wanted = frozenset(held)
    groups = [
        PermissionGroup(
            slug=slug, label=_(_GROUPS[slug]), permissions=tuple(one for one in named if one.name in wanted)
        )
        for slug, named in _known().items()
    ]
    unknown = sorted(wanted - _labels().keys())
    if unknown:
        rest = tuple(NamedPermission(name=name, label=name) for name in unknown)
        groups.append(PermissionGroup(slug="new", label=_("Others"), permissions=rest))
    return tuple(group for group in groups if group.permissions)
