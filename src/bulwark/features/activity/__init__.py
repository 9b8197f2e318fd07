"""Activity: sessions of this panel, what happened, signing out everywhere. See `docs/use/activity.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="activity",
    path="/activity",
    label=N_("Activity"),
    icon="activity",
    group=Group.SIGN_IN,
    needs={"sign out everywhere": ("sysAccountPasswordGet", "sysAccountPasswordUpdate")},
)
