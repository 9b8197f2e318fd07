"""App passwords: see `docs/use/app-passwords.md`."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="app-passwords",
    path="/app-passwords",
    label=N_("App passwords"),
    icon="laptop",
    group=Group.SIGN_IN,
    needs={
        "list": ("sysAppPasswordQuery", "sysAppPasswordGet"),
        "create": ("sysAppPasswordCreate",),
        "edit": ("sysAppPasswordUpdate",),
        "revoke": ("sysAppPasswordDestroy",),
    },
)
