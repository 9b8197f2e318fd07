"""Sign-ins that the mail server reported, as lines among the events: one per day, credential, protocol and outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import errors
from bulwark.account.all_credentials import credentials_of
from bulwark.account.last_use import CLOCKS_MAY_DIFFER
from bulwark.account.last_use_texts import said
from bulwark.account.webhook import Outcome
from bulwark.features.activity import pages as texts
from bulwark.store.uses import MAIN_PASSWORD
from stalwart_jmap.core.ids import to_number

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.last_use import SignIns
    from bulwark.features.activity.pages import Line
    from bulwark.sessions.visit import Visit
    from stalwart_jmap.objects.credential import Credential


async def lines_of(visit: Visit, *, since: datetime | None, until: datetime | None) -> list[tuple[datetime, Line]]:
    """The lines after `since` and not after `until`; the mail server is asked for names only where some are needed."""
    found = await visit.panel.last_uses.sign_ins(visit.account_keys, since=since, until=until)
    listed: tuple[Credential, ...] = ()
    if any(one.credential != MAIN_PASSWORD for one in found):
        try:
            listed = await credentials_of(visit.account)
        except errors.ServerProblem:
            listed = ()  # the list is the panel's own; only names are missing
    named = {to_number(one.id): one for one in listed}
    return [(one.last_at, _line(one, named.get(one.credential))) for one in found]


def _line(one: SignIns, credential: Credential | None) -> Line:
    name = ""
    if credential is not None and (
        credential.created_at is None or credential.created_at <= one.last_at + CLOCKS_MAY_DIFFER
    ):  # numbers are given again: an older report is about another one
        name = credential.description
    suspicious = one.outcome in {Outcome.FAILED, Outcome.BLOCKED}
    return texts.line(said(one, name), one.last_at, texts.not_you() if suspicious else None)
