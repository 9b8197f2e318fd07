"""The list of events as the page, the file and the command line show it: groups to filter by, and CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from bulwark.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bulwark.features.activity.documents import EventDocument

# Each kind of event is `account:<subject>:<action>`; a group is one or more subjects.
MAIL = "mail"  # sign-ins that the mail server reported
GROUPS: Mapping[str, tuple[str, frozenset[str]]] = {
    "sign-in": (N_("Signing in and out"), frozenset({"session"})),
    MAIL: (N_("Sign-ins of mail apps"), frozenset()),
    "password": (N_("Password"), frozenset({"password"})),
    "two-factor": (N_("Two-factor and recovery codes"), frozenset({"two-factor", "recovery-codes"})),
    "app-passwords": (N_("App passwords"), frozenset({"app-password"})),
    "api-keys": (N_("API keys"), frozenset({"api-key"})),
    "encryption": (N_("Encryption at rest"), frozenset({"encryption", "public-key"})),
    "identities": (N_("Sender identities"), frozenset({"identity"})),
    "profile": (N_("Profile"), frozenset({"profile", "notices"})),
    "administration": (N_("Administration"), frozenset({"administration", "credential"})),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def group_options() -> tuple[tuple[str, str], ...]:
    """Value and label of every choice of the filter."""
    return (("", _("All kinds")), *((name, _(label)) for name, (label, _subjects) in GROUPS.items()))


def as_csv(events: Iterable[EventDocument]) -> str:
    """Events as CSV (RFC 4180): times in UTC, texts in the language in force; nothing that a spreadsheet computes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_("Time (UTC)"), _("Kind"), _("What"), _("Address"), _("Device"), _("Details")])
    for event in events:
        details = "; ".join(f"{name}={value}" for name, value in sorted(event.details.items()))
        row = (event.at.replace("+00:00", "Z"), event.kind, event.what, event.address, event.device, details)
        writer.writerow([_plain(cell) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
