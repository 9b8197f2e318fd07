"""Everybody's accounts, for administrators: who is protected, and what can be done about it. See the docs."""

from __future__ import annotations

from bulwark.feature import Feature, Group
from bulwark.language import N_

FEATURE = Feature(
    slug="accounts",
    path="/administration/accounts",
    label=N_("Accounts"),
    icon="people",
    group=Group.ADMINISTRATION,
    needs={
        "see": ("sysAccountQuery", "sysAccountGet"),
        "change": ("sysAccountGet", "sysAccountUpdate"),
        "revoke": ("impersonate", "sysAppPasswordDestroy", "sysApiKeyDestroy"),
    },
)
