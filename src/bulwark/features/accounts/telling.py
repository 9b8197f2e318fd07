"""Telling somebody what an administrator did to their account: in their list of activity, and in their Inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from bulwark.account.notice_placing import Told
    from bulwark.features.accounts.service import Person
    from bulwark.sessions.panel import Panel
    from bulwark.store.events import Event


async def tell(panel: Panel, account: Account, person: Person, event: Event) -> Told:
    """Into the list of that person's activity, and into their Inbox if it can be; `account` is the administrator's."""
    keys = panel.sessions.account_keys(person.row.account.id)
    await panel.events.add(keys[0], event)
    return await panel.notices.place_for(account, keys, person.row.account, event)
