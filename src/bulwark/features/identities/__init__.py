"""Sender identities, followed in real time. See `docs/use/identities.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="identities",
    path="/identities",
    label=N_("Sender identities"),
    icon="at",
    group=Group.MAIL,
    needs={
        "see": ("jmapIdentityGet",),
        "follow": ("jmapIdentityGet", "jmapIdentityChanges"),
        "create": ("jmapIdentityGet", "jmapIdentityCreate"),
        "change": ("jmapIdentityGet", "jmapIdentityUpdate"),
        "remove": ("jmapIdentityGet", "jmapIdentityDestroy"),
    },
)
