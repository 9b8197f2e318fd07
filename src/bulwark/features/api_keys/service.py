"""The presets of API keys, made of what one holds.

What the server is asked is the same for every credential: `account.credentials`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account.presets import SIGN_IN, Offer, Preset
from bulwark.language import N_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulwark.account.rights import Rights

READ_ONLY = "read-only"
MANAGE_ACCOUNTS = "manage-accounts"
_READING = ("Get", "Query", "Changes", "QueryChanges", "Lookup", "GetAvailability")
_ACCOUNTS = frozenset(
    {
        SIGN_IN,
        *(f"sysAccount{action}" for action in ("Get", "Query", "Create", "Update", "Destroy")),
        *(f"sysMailingList{action}" for action in ("Get", "Query", "Create", "Update", "Destroy")),
        *(f"sys{name}{action}" for name in ("Role", "Domain", "Tenant") for action in ("Get", "Query")),
    }
)


def is_reading(names: Iterable[str]) -> bool:
    """Whether none of these permissions changes anything over the HTTP interface."""
    return all(name == SIGN_IN or (name.startswith(("sys", "jmap")) and name.endswith(_READING)) for name in names)


def offers(rights: Rights) -> tuple[Offer, ...]:
    """Read only, and managing accounts; both cut to what one holds."""
    reading = frozenset(name for name in rights.permissions if is_reading((name,))) | {SIGN_IN}
    return (
        _offer(
            rights,
            slug=READ_ONLY,
            label=N_("Read only"),
            what=N_("Monitoring, reports, backup"),
            icon="eye",
            permissions=reading,
            necessary=(SIGN_IN,),
        ),
        _offer(
            rights,
            slug=MANAGE_ACCOUNTS,
            label=N_("Manage accounts"),
            what=N_("Create, change and delete accounts"),
            icon="people",
            permissions=_ACCOUNTS,
            necessary=(SIGN_IN, "sysAccountGet", "sysAccountQuery", "sysAccountUpdate"),
        ),
    )


def _offer(
    rights: Rights,
    *,
    slug: str,
    label: str,
    what: str,
    icon: str,
    permissions: frozenset[str],
    necessary: tuple[str, ...],
) -> Offer:
    preset = Preset(
        slug=slug, label=label, what=what, icon=icon, protocols=(), permissions=permissions, necessary=necessary
    )
    return Offer(preset=preset, granted=permissions & rights.permissions, lacking=rights.missing(*necessary))
