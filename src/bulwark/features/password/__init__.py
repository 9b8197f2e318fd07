"""The password: see `docs/use/password.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="password",
    path="/password",
    label=N_("Password"),
    icon="password",
    group=Group.SIGN_IN,
    needs={"change": ("sysAccountPasswordGet", "sysAccountPasswordUpdate")},
)
