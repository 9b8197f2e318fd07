"""A message placed into somebody's own Inbox, without sending it (RFC 8621, 4.6; recorded in the scenario `notices`).

One `Email/set` create, permission `jmapEmailCreate` alone. Any sender name is taken as it is; own headers go through
`header:Name:asText`. The Inbox of a person has the id `a`, also before the first request. `mailboxIds` cannot be a
result reference. A mark of ours in a header tells later whether the message is there already. Whoever also
holds `impersonate` may place it into another account's Inbox (seen on 0.16.18).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from stalwart_jmap.core.request import Call
from stalwart_jmap.core.wire import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

CREATE: Final = "jmapEmailCreate"
FOR_OTHERS: Final = (CREATE, "impersonate")
LOOKING: Final = ("jmapEmailQuery", "jmapEmailGet")
_INBOX: Final = "a"
_HEADER: Final = "header:X-Account-Notice:asText"
_KEY: Final = "notice"
_LATEST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxNotice:
    """A plain text; `mark` is an opaque text in a header of its own, `sender_name` what the Inbox shows."""

    to: str
    sender: str
    sender_name: str
    subject: str
    text: str
    mark: str


def create_call(notice: InboxNotice, call_id: str = "notice", *, account_id: str | None = None) -> Call:
    """Place it, unread: into one's own Inbox, or into that of `account_id` (needs `FOR_OTHERS`)."""
    email = {
        "mailboxIds": {_INBOX: True},
        "from": [{"name": notice.sender_name, "email": notice.sender}],
        "to": [{"email": notice.to}],
        "subject": notice.subject,
        "bodyValues": {"text": {"value": notice.text}},
        "textBody": [{"partId": "text", "type": "text/plain"}],
        "header:Auto-Submitted:asText": "auto-generated",
        _HEADER: notice.mark,
    }
    whose = {} if account_id is None else {"accountId": account_id}
    return Call("Email/set", {**whose, "create": {_KEY: email}}, call_id)


CREATED_AS: Final = _KEY
"""The creation id in `create_call`, for `SetResult.created_as`."""


def marks_calls(call_id: str = "marks") -> tuple[Call, Call]:
    """Read the marks of the latest messages in the Inbox; the second call's result is for `parse_marks`."""
    query = Call(
        "Email/query",
        {
            "filter": {"inMailbox": _INBOX},
            "sort": [{"property": "receivedAt", "isAscending": False}],
            "limit": _LATEST,
        },
        f"{call_id}-ids",
    )
    return query, Call("Email/get", {"ids": query.ref("/ids"), "properties": ["id", _HEADER]}, call_id)


class _Entry(msgspec.Struct):
    mark: str | None = msgspec.field(name=_HEADER, default=None)


class _Get(msgspec.Struct):
    entries: list[_Entry] = msgspec.field(name="list")


def parse_marks(result: Mapping[str, Any]) -> frozenset[str]:
    """Read the marks that were found."""
    return frozenset(entry.mark.strip() for entry in convert(result, _Get).entries if entry.mark)
