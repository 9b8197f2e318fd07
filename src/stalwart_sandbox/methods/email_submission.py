"""EmailSubmission/set: sending to people of this server, delivered at once and encrypted at rest where they want it.

A message whose Message-ID still lies in the receiver's Inbox or Junk is dropped as a duplicate, silently.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates, ids, shapes
from stalwart_sandbox.errors import SetError
from stalwart_sandbox.jmap import Method
from stalwart_sandbox.mailbox import INBOX
from stalwart_sandbox.methods import email
from stalwart_sandbox.methods.identity import SUBMISSION
from stalwart_sandbox.methods.mailbox import mail_of
from stalwart_sandbox.patch import read_id

if TYPE_CHECKING:
    from stalwart_sandbox.accounts import Account
    from stalwart_sandbox.jmap import Call
    from stalwart_sandbox.mailbox import Message

Json = dict[str, Any]


def set_(call: Call) -> Json:
    """Send messages, forget submissions; `onSuccessDestroyEmail` adds an Email/set answer of its own."""
    mail = mail_of(call)
    outcome = shapes.Outcome()
    sent: dict[str, int] = {}

    def create(value: Any) -> Json:
        if not isinstance(value, dict):
            raise SetError("invalidProperties")
        number = read_id(value.get("emailId"), call.refs)
        message = mail.messages.get(number) if number is not None else None
        if number is None or message is None:
            raise SetError("invalidProperties", "Email not found.", ["emailId"])
        identity = read_id(value.get("identityId"), call.refs)
        if call.account is None or identity not in call.state.identities(call.account).records:
            raise SetError("invalidProperties", "Identity not found.", ["identityId"])
        deliver(call, message)
        own = max(mail.submissions, default=0) + 1
        mail.submissions[own] = {"emailId": ids.encode(number)}
        mail.submission_log.add("created", ids.encode(own))
        sent[ids.encode(own)] = number
        return {"id": ids.encode(own), "sendAt": dates.text(call.state.now()), "undoStatus": "pending"}

    def destroy(number: int) -> None:
        if mail.submissions.pop(number, None) is None:
            raise SetError("notFound")
        mail.submission_log.add("destroyed", ids.encode(number))

    shapes.each_create(call, outcome, create)
    shapes.each_destroy(call, outcome, destroy)
    _destroy_sent(call, sent)
    head: Json = {"accountId": call.account_id}
    if outcome.changed_something:
        head["newState"] = mail.submission_log.state
    return outcome.wire(head)


def _destroy_sent(call: Call, sent: dict[str, int]) -> None:
    """What `onSuccessDestroyEmail` asks for, as an implicit Email/set (RFC 8621 section 7.5)."""
    doomed = []
    for name in call.arguments.get("onSuccessDestroyEmail") or ():
        submission = read_id(name, call.refs)
        number = sent.get(ids.encode(submission)) if submission is not None else None
        if number is not None:
            doomed.append(number)
    if not doomed:
        return
    mail = mail_of(call)
    before = mail.log.state
    outcome = shapes.Outcome()
    for number in doomed:
        email.remove(call, number)
        outcome.destroyed.append(ids.encode(number))
    answer = outcome.wire({"accountId": call.account_id, "oldState": before, "newState": mail.log.state})
    call.extra.append(["Email/set", answer, call.call_id])


def deliver(call: Call, message: Message) -> None:
    """Put a copy of a message into the Inbox of every receiver this server knows."""
    for person in [*(message.properties.get("to") or ()), *(message.properties.get("cc") or ())]:
        found = call.state.find(person["email"].lower())
        if found is not None:
            _deliver_to(call, found[0], message)


def _deliver_to(call: Call, account: Account, message: Message) -> None:
    mail = call.state.mailbox(account)
    if mail.is_duplicate(message.message_id):
        return
    received = copy.deepcopy(message)
    received.mailboxes, received.keywords = {INBOX: True}, {}
    received.received_at = dates.text(call.state.now())
    if call.state.settings["Email"]["encryptAtRest"]:
        email.encrypt(call.state, account, received)
    number = mail.next_number()
    mail.messages[number] = received
    mail.log.add("created", ids.encode(number))
    call.state.broker.publish(account.id, "Email", mail.log.state)


METHODS: Final = {
    "EmailSubmission/set": Method(
        answer=set_,
        create="jmapEmailSubmissionCreate",
        update="jmapEmailSubmissionUpdate",
        destroy="jmapEmailSubmissionDestroy",
        capability=SUBMISSION,
    ),
}
