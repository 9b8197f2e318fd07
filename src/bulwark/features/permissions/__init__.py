"""Permissions of roles and accounts: what is missing, who denies it, and a plan that mends it. See the docs."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="permissions",
    path="/administration/permissions",
    label=N_("Permissions"),
    icon="matrix",
    group=Group.ADMINISTRATION,
    needs={
        "see": ("sysAccountQuery", "sysAccountGet", "sysRoleQuery", "sysRoleGet"),
        "change": ("sysRoleUpdate", "sysAccountUpdate"),
    },
)
