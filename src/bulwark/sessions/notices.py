"""When waiting notices are placed: after a form, at the overview, and right after signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bulwark.sessions.tokens import account_of

if TYPE_CHECKING:
    from bulwark.sessions.visit import Visit

_JUST_SIGNED_IN = timedelta(minutes=1)


def place(visit: Visit) -> None:
    """Let the panel place what waits for this account, with the session's present token; nothing is waited for."""
    is_due = (
        visit.request.method == "POST"
        or visit.request.url.path == "/"
        or visit.now - visit.session.row.created_at < _JUST_SIGNED_IN
    )
    if is_due and not visit.request.url.path.endswith("/strength"):
        account = account_of(visit.panel, visit.session, visit.address)
        visit.panel.notices.start(account, visit.account_keys)
