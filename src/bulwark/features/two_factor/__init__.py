"""Two-factor authentication and recovery codes: see `docs/use/two-factor.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="two-factor",
    path="/two-factor",
    label=N_("Two-factor"),
    icon="phone",
    group=Group.SIGN_IN,
    needs={"change": ("sysAccountPasswordGet", "sysAccountPasswordUpdate")},
)
