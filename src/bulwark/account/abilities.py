"""What people need so that every part of this panel works for them: the promises of the panel and their permissions.

The titles are the labels that administrators knew before server version 0.16, in English as they were; the names
beneath are the server's own since then (protocol reference 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bulwark.language import N_


def _five(kind: str) -> tuple[str, ...]:
    return tuple(f"sys{kind}{action}" for action in ("Query", "Get", "Create", "Update", "Destroy"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """One promise. `formerly` is the old label, `what` (a message id) what people can do with it.

    `for_groups`: groups have a use for it as well. `is_optional`: lacking it is no gap.
    """

    slug: str
    formerly: str
    what: str
    permissions: tuple[str, ...]
    for_groups: bool = False
    is_optional: bool = False


ABILITIES: Final = (
    Ability(slug="sign-in", formerly="Authenticate", what=N_("sign in"), permissions=("authenticate",)),
    Ability(
        slug="password",
        formerly="Manage account passwords",
        what=N_("change the password, use two-factor, manage app passwords"),
        permissions=("sysAccountPasswordGet", "sysAccountPasswordUpdate", *_five("AppPassword")),
    ),
    Ability(
        slug="see-profile",
        formerly="Retrieve specific account information",
        what=N_("see the profile"),
        permissions=("sysAccountSettingsGet",),
        for_groups=True,
    ),
    Ability(
        slug="change-profile",
        formerly="Modify user account information",
        what=N_("change the profile"),
        permissions=("sysAccountSettingsUpdate",),
        for_groups=True,
    ),
    Ability(
        slug="encryption",
        formerly="Manage encryption-at-rest settings",
        what=N_("encrypt stored mail"),
        permissions=("sysAccountSettingsGet", "sysAccountSettingsUpdate", *_five("PublicKey")),
        for_groups=True,
    ),
    Ability(
        slug="see-identities",
        formerly="Retrieve user identities via JMAP",
        what=N_("see sender identities"),
        permissions=("jmapIdentityGet",),
        for_groups=True,
    ),
    Ability(
        slug="change-identities",
        formerly="Modify user identities via JMAP",
        what=N_("change sender identities"),
        permissions=("jmapIdentityCreate", "jmapIdentityUpdate", "jmapIdentityDestroy"),
        for_groups=True,
    ),
    Ability(
        slug="track-identities",
        formerly="Track identity changes via JMAP",
        what=N_("see changes of identities at once"),
        permissions=("jmapIdentityChanges",),
        for_groups=True,
    ),
    Ability(
        slug="api-keys",
        formerly="API keys",
        what=N_("make API keys for programs"),
        permissions=_five("ApiKey"),
        is_optional=True,
    ),
)

NEEDED: Final = frozenset(name for one in ABILITIES if not one.is_optional for name in one.permissions)
NEEDED_BY_GROUPS: Final = frozenset(name for one in ABILITIES if one.for_groups for name in one.permissions)


def needed_by(*, group: bool) -> frozenset[str]:
    """The permissions without which something of the panel is missing for a person, or for a group."""
    return NEEDED_BY_GROUPS if group else NEEDED
