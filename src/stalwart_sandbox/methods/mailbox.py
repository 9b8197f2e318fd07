"""Mailbox/query, /get and /set: the five folders of every account, and further ones that a client makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import ids, shapes
from stalwart_sandbox.errors import MethodError, SetError
from stalwart_sandbox.jmap import Method

if TYPE_CHECKING:
    from stalwart_sandbox.jmap import Call
    from stalwart_sandbox.mailbox import Mailbox

Json = dict[str, Any]

MAIL: Final = "urn:ietf:params:jmap:mail"
_FIRST_OWN: Final = 7


def mail_of(call: Call) -> Mailbox:
    """The mail of the account the call is about."""
    if call.account is None:
        raise MethodError("accountNotFound", "The accountId does not correspond to a valid account")
    return call.state.mailbox(call.account)


def query(call: Call) -> Json:
    """Folders by `role` or `name`."""
    mail = mail_of(call)
    wanted = call.arguments.get("filter") or {}
    found = [
        ids.decode(folder) or 0
        for folder, (name, role) in mail.folders.items()
        if wanted.get("role", role) == role and wanted.get("name", name) == name
    ]
    return shapes.query(call, found, state=mail.log.state)


def get(call: Call) -> Json:
    """Folders with their counts."""
    mail = mail_of(call)

    def record(number: int) -> Json | None:
        folder = mail.folders.get(ids.encode(number))
        if folder is None:
            return None
        inside = [message for message in mail.messages.values() if ids.encode(number) in message.mailboxes]
        return {
            "name": folder[0],
            "parentId": None,
            "role": folder[1],
            "totalEmails": len(inside),
            "unreadEmails": sum("$seen" not in message.keywords for message in inside),
        }

    answer = shapes.get(call, record, lambda: [ids.decode(folder) or 0 for folder in mail.folders])
    return {"accountId": call.account_id, "state": mail.log.state, **answer}


def set_(call: Call) -> Json:
    """Make and remove folders."""
    mail = mail_of(call)
    before = mail.log.state
    outcome = shapes.Outcome()

    def create(value: Any) -> Json:
        name = value.get("name") if isinstance(value, dict) else None
        if not isinstance(name, str) or not name:
            raise SetError("invalidProperties", "Missing name.", ["name"])
        folder = ids.encode(_FIRST_OWN + len(mail.folders))
        mail.folders[folder] = (name, None)
        mail.log.add("created", folder)
        return {"id": folder}

    def destroy(number: int) -> None:
        folder = mail.folders.get(ids.encode(number))
        if folder is None:
            raise SetError("notFound")
        if folder[1] is not None:
            raise SetError("forbidden", "You are not allowed to delete Inbox, Junk or Trash folders.")
        del mail.folders[ids.encode(number)]
        mail.log.add("destroyed", ids.encode(number))

    shapes.each_create(call, outcome, create)
    shapes.each_destroy(call, outcome, destroy)
    return outcome.wire({"accountId": call.account_id, "oldState": before, "newState": mail.log.state})


METHODS: Final = {
    "Mailbox/query": Method(answer=query, read="jmapMailboxQuery", capability=MAIL),
    "Mailbox/get": Method(answer=get, read="jmapMailboxGet", capability=MAIL),
    "Mailbox/set": Method(
        answer=set_,
        create="jmapMailboxCreate",
        update="jmapMailboxUpdate",
        destroy="jmapMailboxDestroy",
        capability=MAIL,
    ),
}
