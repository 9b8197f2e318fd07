"""API keys: see `docs/use/api-keys.md`."""

from __future__ import annotations

from dataclasses import replace

from bulwark.feature import Feature, Group
from bulwark.language import N_

ADMINISTERS = "sysAccountQuery"  # who holds it looks after accounts

FEATURE = Feature(
    slug="api-keys",
    path="/api-keys",
    label=N_("API keys"),
    icon="api",
    group=Group.ADMINISTRATION,
    needs={
        "see": ("sysApiKeyQuery", "sysApiKeyGet", ADMINISTERS),
        "list": ("sysApiKeyQuery", "sysApiKeyGet"),
        "create": ("sysApiKeyCreate",),
        "edit": ("sysApiKeyUpdate",),
        "revoke": ("sysApiKeyDestroy",),
    },
)
# The same section for people who are no administrators, where the operator opens it to them.
FOR_EVERYBODY = replace(
    FEATURE,
    group=Group.SIGN_IN,
    needs={**FEATURE.needs, "see": ("sysApiKeyQuery", "sysApiKeyGet")},
    hidden_from=ADMINISTERS,
)
