"""What an app password may do, as a choice of a few: permission sets proven on a real server, cut to what one holds.

A preset guards against a program doing more than it should; it is no wall against a person who holds the secret. One
that lacks a necessary permission is not offered half-working: a mail program that misses an IMAP permission loses its
connection without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bulwark import data
from bulwark.language import N_
from stalwart_jmap.objects.credential import Except, Inherit, Only, UnknownVariant

if TYPE_CHECKING:
    from bulwark.account.rights import Rights
    from stalwart_jmap.objects.credential import Scope

SIGN_IN = "authenticate"  # without it a credential opens nothing
EVERYTHING = "everything"
CUSTOM = "custom"
DEFAULT = "mail-app"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One choice. `label` and `what` are message ids; `protocols` are names of protocols as people meet them."""

    slug: str
    label: str
    what: str
    icon: str
    protocols: tuple[str, ...]
    permissions: frozenset[str]
    necessary: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A preset for one person: what of it would be granted, and the necessary permissions that person lacks."""

    preset: Preset
    granted: frozenset[str]
    lacking: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every permission of the set is held, the merely useful ones included."""
        return self.granted == self.preset.permissions


# slug: label, what for, icon, protocols, the sets it is made of
_ROWS = (
    ("mail-app", N_("Mail app"), N_("Read, send and organise mail"), "mail", ("IMAP", "SMTP"), ("Mail app",)),
    (
        "mail-calendar-contacts",
        N_("Mail, calendar and contacts"),
        N_("For a phone or tablet"),
        "calendar",
        ("IMAP", "SMTP", "CalDAV", "CardDAV"),
        ("Mail app", "Calendars and contacts"),
    ),
    ("read-only", N_("Read mail only"), N_("Backup, archive, search"), "eye", ("IMAP",), ("Read mail only",)),
    ("send-only", N_("Send only"), N_("Printer, scanner, shop, server"), "send", ("SMTP",), ("Send only",)),
    (
        "calendars-contacts",
        N_("Calendar and contacts"),
        N_("DAVx5 and similar"),
        "people",
        ("CalDAV", "CardDAV"),
        ("Calendars and contacts",),
    ),
    ("files", N_("Files"), N_("File manager, backup"), "folder", ("WebDAV",), ("Files",)),
    ("filters", N_("Mail filters"), N_("Sieve editors"), "filter", ("ManageSieve",), ("Filters",)),
    ("jmap-app", N_("JMAP app"), N_("Modern mail apps, scripts"), "api", ("JMAP",), ("JMAP app",)),
    ("pop3", N_("POP3"), N_("Old programs that fetch mail"), "download", ("POP3",), ("POP3",)),
)
# A permission that stands for a protocol: what a set of permissions reaches, told in a few words.
_SIGNS = (
    ("IMAP", ("imapAuthenticate",)),
    ("POP3", ("pop3Authenticate",)),
    ("SMTP", ("emailSend",)),
    ("CalDAV", ("davCalGet", "davCalPropFind")),
    ("CardDAV", ("davCardGet", "davCardPropFind")),
    ("WebDAV", ("davFileGet", "davFilePropFind")),
    ("ManageSieve", ("sieveAuthenticate",)),
    ("JMAP", ("jmapEmailGet", "jmapMailboxGet", "jmapEmailSubmissionCreate", "jmapCoreEcho")),
)


@cache
def presets() -> tuple[Preset, ...]:
    """All presets, in the order they are offered."""
    sets = data.read("presets")
    return tuple(
        Preset(
            slug=slug,
            label=label,
            what=what,
            icon=icon,
            protocols=protocols,
            permissions=frozenset(name for part in parts for name in sets[part]["permissions"]),
            necessary=tuple(dict.fromkeys(name for part in parts for name in sets[part]["necessary"])),
        )
        for slug, label, what, icon, protocols, parts in _ROWS
    )


def offers(rights: Rights) -> tuple[Offer, ...]:
    """Every preset, cut to what one holds."""
    return tuple(
        Offer(
            preset=preset,
            granted=preset.permissions & rights.permissions,
            lacking=rights.missing(*preset.necessary),
        )
        for preset in presets()
    )


def offer(slug: str, rights: Rights) -> Offer | None:
    """One preset cut to what one holds; None for a name there is none of."""
    return next((one for one in offers(rights) if one.preset.slug == slug), None)


def preset_of(scope: Scope) -> Preset | None:
    """The preset that a credential was made with; None when its permissions are none of them.

    Sets are cut to what their maker held, so everything between the necessary and the whole set counts.
    """
    if not isinstance(scope, Only):
        return None
    return next(
        (
            one
            for one in presets()
            if scope.permissions.issuperset(one.necessary) and scope.permissions <= one.permissions
        ),
        None,
    )


def effective(scope: Scope, held: frozenset[str]) -> frozenset[str]:
    """What a credential may do for somebody who holds `held`; of a scope nobody knows, nothing is claimed."""
    match scope:
        case Inherit():
            return held
        case Except(permissions):
            return held - permissions
        case Only(permissions):
            return permissions & held
        case UnknownVariant():
            return frozenset()


def protocols_of(permissions: frozenset[str]) -> tuple[str, ...]:
    """The protocols that a set of permissions reaches."""
    if SIGN_IN not in permissions:
        return ()
    return tuple(name for name, signs in _SIGNS if not permissions.isdisjoint(signs))
