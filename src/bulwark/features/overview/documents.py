"""The check-up for programs: what `/api/v1/check` answers and `bulwark check --json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bulwark.features.overview import findings

if TYPE_CHECKING:
    from bulwark.features.overview.service import State


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at. `urgency` is `do-first` or `worth-a-look`; `kind` never changes, the words may."""

    kind: str
    urgency: str
    heading: str
    reason: str


class InOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One area that is fine."""

    area: str
    reason: str


class CheckUp(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found. `with_panel` is false when what only the panel knows was not looked at."""

    account: str
    read_at: str
    with_panel: bool
    findings: tuple[Finding, ...]
    in_order: tuple[InOrder, ...]


def check_up(state: State, account: str, *, with_panel: bool) -> CheckUp:
    """The check-up of an account, most urgent first."""
    found = findings.all_findings(state)
    ordered = sorted(found, key=lambda one: one.tone != "bad")
    return CheckUp(
        account=account,
        read_at=state.read_at.isoformat(timespec="seconds"),
        with_panel=with_panel,
        findings=tuple(
            Finding(
                kind=one.kind,
                urgency="do-first" if one.tone == "bad" else "worth-a-look",
                heading=one.heading,
                reason=one.reason,
            )
            for one in ordered
        ),
        in_order=tuple(InOrder(area=one.area, reason=one.reason) for one in findings.in_order(state)),
    )
