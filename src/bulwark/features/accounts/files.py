"""Accounts as CSV (RFC 4180): words for machines, in no language; nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bulwark.features.accounts.service import Row

HEAD: Final = ("address", "name", "kind", "roles", "two_factor", "app_passwords", "api_keys", "password_ends")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cells(row: Row) -> tuple[str, ...]:
    """One account as cells."""
    password = row.account.password
    ends = password.expires_at.isoformat() if password is not None and password.expires_at is not None else ""
    return (
        row.account.address,
        row.account.description,
        row.account.kind.lower(),
        ";".join(row.roles),
        row.two_factor.value,
        str(row.app_passwords),
        str(row.api_keys),
        ends,
    )


def line(cells: tuple[str, ...]) -> str:
    """Cells as one line."""
    text = io.StringIO()
    csv.writer(text).writerow(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)
    return text.getvalue()
