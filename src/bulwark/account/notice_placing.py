"""Placing one notice into an Inbox: one's own, or with an administrator's session somebody else's."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark.language import _
from stalwart_jmap.core.response import parse_set
from stalwart_jmap.objects import notice as wire

if TYPE_CHECKING:
    from bulwark.account.account import Account


class Told(StrEnum):
    """What became of the notice about something that an administrator did."""

    PLACED = "placed"
    WAITS = "waits"  # it is placed with the person's next session
    UNWANTED = "unwanted"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """What the receipt says."""
        match self:
            case Told.PLACED:
                return _("A notice lies in the person’s Inbox.")
            case Told.WAITS:
                return _("A notice waits for the person’s next visit to this panel.")
            case Told.UNWANTED:
                return _("The person chose not to get such notices.")
            case Told.UNKNOWN:
                return _("We do not know whether a notice was placed; their next visit to this panel finds out.")


async def place(
    account: Account,
    said: tuple[str, str],
    mark: bytes,
    server_name: str,
    *,
    to: str,
    account_id: str | None = None,
) -> jmap.SetError | None:
    """Place subject and text into an Inbox, another account's when `account_id` is given. Gives the server's refusal.

    Raises:
        OutcomeUnknown: it may be there. StalwartError: it is not.
    """
    subject, text = said
    notice = wire.InboxNotice(
        to=to,
        sender=f"no-reply@{to.rpartition('@')[2]}",
        sender_name=server_name,
        subject=subject,
        text=text,
        mark=mark.hex(),
    )
    call = wire.create_call(notice, account_id=account_id)
    response = await account.client.call(call)
    made = parse_set(response[call], sent_at=response.sent_at).created_as(wire.CREATED_AS)
    return made if isinstance(made, jmap.SetError) else None
