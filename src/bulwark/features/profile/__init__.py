"""The profile: name, language and time zone on the mail server. See `docs/use/profile.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="profile",
    path="/profile",
    label=N_("Profile"),
    icon="person",
    group=Group.YOU,
    needs={
        "see": ("sysAccountSettingsGet",),
        "change": ("sysAccountSettingsGet", "sysAccountSettingsUpdate"),
    },
)
