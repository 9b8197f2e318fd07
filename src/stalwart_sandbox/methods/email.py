"""Email/set, /get and /query: a message into a folder, and reading back how it was stored.

The sender is not checked against the account's addresses. Messages put into a folder are not encrypted unless the
account's and the server's `encryptOnAppend` are both on; what is delivered always is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, ids, shapes
from stalwart_sandbox.errors import MethodError, SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.mailbox import Message, encrypted_structure
from stalwart_sandbox.methods.mailbox import MAIL, mail_of

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.jmap import Call
    from stalwart_sandbox.state import State

Json = dict[str, Any]

_PEOPLE: Final = frozenset({"from", "to", "cc", "bcc", "replyTo", "sender"})
_TAKEN: Final = _PEOPLE | {
    "mailboxIds",
    "keywords",
    "receivedAt",
    "sentAt",
    "subject",
    "messageId",
    "inReplyTo",
    "references",
    "bodyValues",
    "textBody",
    "htmlBody",
    "bodyStructure",
    "attachments",
}
_PREVIEW: Final = 256
_OVERHEAD: Final = 247


def set_(call: Call) -> Json:
    """Store, re-file and delete messages."""
    mail = mail_of(call)
    before = mail.log.state
    outcome = shapes.Outcome()
    shapes.each_create(call, outcome, lambda value: _create(call, value))
    shapes.each_update(call, outcome, lambda number, value: _update(call, number, value))
    shapes.each_destroy(call, outcome, lambda number: remove(call, number))
    if outcome.changed_something and call.account is not None:
        call.state.broker.publish(call.account.id, "Email", mail.log.state)
    return outcome.wire({"accountId": call.account_id, "oldState": before, "newState": mail.log.state})


def _create(call: Call, value: Any) -> Json:
    if not isinstance(value, dict):
        raise SetError("invalidProperties")
    for name in value:
        if name not in _TAKEN and not name.startswith("header:"):
            raise SetError("invalidProperties", "Invalid property or value.", [name])
    mail = mail_of(call)
    number = mail.next_number()
    folders = _folders(call, value.get("mailboxIds"))
    properties = {name: _people(name, item) if name in _PEOPLE else item for name, item in value.items()}
    body_values = value.get("bodyValues") or {}
    texts = [str(part.get("value", "")) for part in body_values.values() if isinstance(part, dict)]
    date = dates.text(call.state.now())
    message = Message(
        mailboxes=folders,
        keywords=_flags(value.get("keywords")),
        received_at=value.get("receivedAt") or date,
        message_id=f"{number:x}.{call.account_number:x}@sandbox",
        properties={"sentAt": date, **properties},
        body_values=body_values,
        structure=_structure(value),
        preview=" ".join(texts)[:_PREVIEW] or None,
        size=_OVERHEAD + sum(len(text.encode()) for text in texts),
        blob=f"c{ids.encode(call.state.next_number('blob') << 20)}",
    )
    account = call.account
    server_wide = call.state.settings["Email"]["encryptOnAppend"]
    if account is not None and server_wide and account.encryption.get("encryptOnAppend"):
        encrypt(call.state, account, message)
    mail.messages[number] = message
    mail.log.add("created", ids.encode(number))
    return {
        "id": ids.encode(number),
        "threadId": ids.encode(number & 0xFFFFFFFF),
        "blobId": message.blob,
        "size": message.size,
    }


def _folders(call: Call, value: Any) -> dict[str, bool]:
    if not isinstance(value, dict) or not any(value.values()):
        raise SetError("invalidProperties", "Message has to belong to at least one mailbox.", ["mailboxIds"])
    folders = {}
    for name, wanted in value.items():
        folder = call.refs.get(name[1:], name) if name.startswith("#") else name
        if folder not in mail_of(call).folders:
            raise SetError("invalidProperties", f"mailboxId {folder} does not exist.", ["mailboxIds"])
        if wanted is True:
            folders[folder] = True
    return folders


def _flags(value: Any) -> dict[str, bool]:
    return {name.lower(): True for name, wanted in value.items() if wanted is True} if isinstance(value, dict) else {}


def _people(name: str, value: Any) -> list[Json] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) and item.get("email") for item in value):
        raise SetError("invalidProperties", "Invalid property or value.", [name])
    return [{"name": item.get("name"), "email": item["email"]} for item in value]


def _structure(value: Json) -> Json:
    given = value.get("bodyStructure")
    if isinstance(given, dict):
        return given
    parts = [part for name in ("textBody", "htmlBody") for part in value.get(name) or () if isinstance(part, dict)]
    leaves = [{"partId": part.get("partId"), "type": part.get("type", "text/plain")} for part in parts]
    if len(leaves) == 1:
        return leaves[0]
    return {"type": "multipart/alternative", "subParts": leaves} if leaves else {"partId": "0", "type": "text/plain"}


def encrypt(state: State, account: Account, message: Message) -> None:
    """Give a message the look of one encrypted with the account's key; nothing without encryption at rest."""
    kind = account.encryption["@type"]
    key = state.public_keys.get(ids.decode(account.encryption.get("publicKey") or "") or -1)
    if kind == "Disabled" or key is None:
        return
    message.structure = encrypted_structure(kind, openpgp=key.is_openpgp)
    message.preview = None
    message.body_values = {}


def _update(call: Call, number: int, value: Json) -> None:
    message = mail_of(call).messages.get(number)
    if message is None:
        raise SetError("notFound")
    for pointer, item in value.items():
        name, _, key = pointer.partition("/")
        if name == "keywords":
            message.keywords = _patched(message.keywords, key, item)
        elif name == "mailboxIds":
            message.mailboxes = _folders(call, _patched(message.mailboxes, key, item))
        else:
            raise SetError("invalidProperties", "Invalid property or value.", [pointer])
    mail_of(call).log.add("updated", ids.encode(number))


def _patched(current: dict[str, bool], key: str, value: Any) -> dict[str, bool]:
    if not key:
        return _flags(value)
    rest = {name: True for name in current if name != key}
    return {**rest, key: True} if value is True else rest


def remove(call: Call, number: int) -> None:
    """Delete a message; SetError `notFound`."""
    mail = mail_of(call)
    if mail.messages.pop(number, None) is None:
        raise SetError("notFound")
    mail.log.add("destroyed", ids.encode(number))


def get(call: Call) -> Json:
    """Messages; `bodyProperties` narrows the body structure."""
    mail = mail_of(call)
    shown = call.arguments.get("bodyProperties")

    def record(number: int) -> Json | None:
        message = mail.messages.get(number)
        if message is None:
            return None
        return {
            "blobId": message.blob,
            "threadId": ids.encode(number & 0xFFFFFFFF),
            "mailboxIds": message.mailboxes,
            "keywords": message.keywords,
            "size": message.size,
            "receivedAt": message.received_at,
            "messageId": [message.message_id],
            **{name: message.properties.get(name) for name in ("from", "to", "cc", "replyTo", "subject", "sentAt")},
            **{name: item for name, item in message.properties.items() if name.startswith("header:")},
            "preview": message.preview,
            "bodyValues": message.body_values if call.arguments.get("fetchAllBodyValues") else {},
            "bodyStructure": _narrowed(message.structure, shown) if shown else message.structure,
        }

    answer = shapes.get(call, record, lambda: sorted(mail.messages))
    return {"accountId": call.account_id, "state": mail.log.state, **answer}


def _narrowed(part: Json, names: list[str]) -> Json:
    kept = {name: item for name, item in part.items() if name in names and name != "subParts"}
    if "subParts" in names and "subParts" in part:
        kept["subParts"] = [_narrowed(inner, names) for inner in part["subParts"]]
    return kept


def query(call: Call) -> Json:
    """Message ids, newest first; filters `inMailbox`, `subject`, `text`, `hasKeyword`, `notKeyword`."""
    mail = mail_of(call)
    wanted = call.arguments.get("filter") or {}
    if isinstance(wanted, dict) and wanted.get("operator") == "AND":
        wanted = {name: value for part in wanted.get("conditions", ()) for name, value in part.items()}
    for name in wanted:
        if name not in _FILTERS:
            raise MethodError("unsupportedFilter", name)
    found = [
        number
        for number, message in mail.messages.items()
        if all(_FILTERS[name](message, value) for name, value in wanted.items())
    ]
    found.sort(key=lambda number: (mail.messages[number].received_at, number), reverse=True)
    return shapes.query(call, found, state=mail.log.state)


_FILTERS: Final = {
    "inMailbox": lambda message, value: value in message.mailboxes,
    "subject": lambda message, value: str(value).lower() in str(message.properties.get("subject") or "").lower(),
    "text": lambda message, value: (
        str(value).lower() in f"{message.properties.get('subject')} {message.preview or ''}".lower()
    ),
    "hasKeyword": lambda message, value: value in message.keywords,
    "notKeyword": lambda message, value: value not in message.keywords,
}


METHODS: Final = {
    "Email/get": Method(answer=get, read="jmapEmailGet", capability=MAIL),
    "Email/query": Method(answer=query, read="jmapEmailQuery", capability=MAIL),
    "Email/set": Method(
        answer=set_,
        create="jmapEmailCreate",
        update="jmapEmailUpdate",
        destroy="jmapEmailDestroy",
        capability=MAIL,
    ),
}
