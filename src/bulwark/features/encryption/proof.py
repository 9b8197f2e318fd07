"""The proof that mail is really stored encrypted: a message to oneself, sent, waited for, looked at and removed.

The only way to know: a server-wide switch can be off while the account's setting still reads "on". Recipe and timing
were recorded on a real server (`encryption-proof`). Judged by the type of the stored body; subject, sender, recipients
and date stay readable whatever happens.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import anyio

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import refusals
from bulwark.account.refusals import result_of
from stalwart_jmap.objects import identity, mail

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import IdentityId
    from stalwart_jmap.objects.mail import EmailId, MailboxId, StoredMessage

NEEDED = (
    "jmapIdentityGet",
    "jmapMailboxQuery",
    "jmapEmailCreate",
    "jmapEmailSubmissionCreate",
    "jmapEmailQuery",
    "jmapEmailGet",
    "jmapEmailDestroy",
)
ASK_EVERY = 0.25  # seconds; a message is there after 0.3 to 0.8
WAIT_FOR = 15.0  # seconds altogether
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


class Outcome(StrEnum):
    """What the test showed."""

    ENCRYPTED = "encrypted"
    CLEAR = "clear"
    NOT_ARRIVED = "not-arrived"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of the message, in the person's language; `text` holds `{word}`."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the test showed, and what was left behind.

    `refused` is the server's own sentence where it did not send. `left` are copies that could not be removed, or the
    one that was to be kept for opening; `word` is in it then.
    """

    outcome: Outcome
    address: str
    subject: str
    sent_at: datetime
    stored_at: datetime | None = None
    type: str = ""
    refused: str = ""
    word: str = ""
    left: tuple[EmailId, ...] = ()
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    drafts: MailboxId
    inbox: MailboxId
    junk: MailboxId | None
    sender: IdentityId
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What sending left: drafts that are still there, why it was refused, or that nobody knows."""

    drafts: tuple[EmailId, ...] = ()
    refused: str = ""
    was_lost: bool = False


async def send_and_look(account: Account, wording: Wording, *, keep: bool) -> Proof:
    """Send a message to oneself, wait until it is stored, read how, and remove every copy of it.

    `keep` leaves the stored copy in place, for the person to open; `remove` takes it away afterwards.

    Raises:
        PermissionMissing: nothing was sent. BulwarkError: the server does not answer; nothing was sent.
    """
    account.rights.require(*NEEDED)
    places = await _places(account)
    word = _word()
    subject = f"{wording.subject} {secrets.token_hex(4)}"
    message = mail.ProofMessage(
        address=places.address, name=places.name, subject=subject, text=wording.text.format(word=word)
    )
    sent_at = account.now
    sent = await _send(account, message, places)
    found: tuple[StoredMessage, ...] = ()
    if not sent.refused:
        found = await _wait(account, subject, places)
    drafts = await _drafts_left(account, subject, places) if sent.was_lost else sent.drafts
    stored_at = account.now if found else None
    is_kept = keep and bool(found) and found[0].is_encrypted
    doomed = [*drafts, *(one.id for one in (found[1:] if is_kept else found))]
    left = await remove(account, doomed)
    if sent.refused:
        outcome = Outcome.NOT_SENT
    elif not found:
        outcome = Outcome.NOT_ARRIVED
    else:
        outcome = Outcome.ENCRYPTED if found[0].is_encrypted else Outcome.CLEAR
    return Proof(
        outcome=outcome,
        address=places.address,
        subject=subject,
        sent_at=sent_at,
        stored_at=stored_at,
        type=found[0].type if found else "",
        refused=sent.refused,
        word=word,
        left=(found[0].id,) if is_kept else left,
        is_kept=is_kept,
    )


async def remove(account: Account, ids: Iterable[EmailId]) -> tuple[EmailId, ...]:
    """Remove messages for good; those the server did not name as removed are given back."""
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        return ()
    try:
        response = await account.client.call(mail.destroy_call(wanted))
        gone = mail.parse_destroyed(response)
    except jmap.StalwartError:
        return wanted
    return tuple(one for one in wanted if one not in gone)


async def _places(account: Account) -> _Places:
    response = await account.read(
        identity.get_call(),
        mail.mailbox_call("drafts", "drafts"),
        mail.mailbox_call("inbox", "inbox"),
        mail.mailbox_call("junk", "junk"),
    )
    try:
        known = identity.parse(result_of(response, "identities", "jmapIdentityGet"))
        drafts, inbox, junk = (
            mail.parse_mailbox(result_of(response, role, "jmapMailboxQuery")) for role in ("drafts", "inbox", "junk")
        )
    except jmap.BadAnswer as error:
        raise errors.ProtocolBroken from error
    own = account.address.lower()
    sender = next((one for one in known if one.email.lower() == own), known[0] if known else None)
    if sender is None or drafts is None or inbox is None:
        raise errors.Refused("no sender identity, or no mailbox for drafts")
    return _Places(drafts=drafts, inbox=inbox, junk=junk, sender=sender.id, address=sender.email, name=sender.name)


async def _send(account: Account, message: mail.ProofMessage, places: _Places) -> _Sent:
    """Send it; after a lost answer it may be on its way, so looking will tell."""
    calls = mail.send_calls(message, drafts=places.drafts, identity=places.sender)
    try:
        response = await account.client.call(*calls)
    except jmap.OutcomeUnknown:
        return _Sent(was_lost=True)
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    try:
        draft, refused = mail.parse_sent(response)
    except jmap.OutcomeUnknown:
        return _Sent(was_lost=True)
    except jmap.MethodError as error:
        raise refusals.from_method_error(error, "jmapEmailCreate", "jmapEmailSubmissionCreate") from error
    return _Sent(
        drafts=(draft,) if draft else (), refused="" if refused is None else (refused.description or refused.type)
    )


async def _drafts_left(account: Account, subject: str, places: _Places) -> tuple[EmailId, ...]:
    """Drafts of the message that nobody told us about, because the answer was lost."""
    try:
        response = await account.client.call(*mail.latest_calls(places.drafts, "drafts-mail"))
        return tuple(one.id for one in mail.parse(response["drafts-mail"]) if one.subject == subject)
    except jmap.StalwartError:
        return ()


async def _wait(account: Account, subject: str, places: _Places) -> tuple[StoredMessage, ...]:
    """Every stored copy of the message, the Inbox first; none when it does not come in time."""
    boxes = [("inbox-mail", places.inbox)] + ([("junk-mail", places.junk)] if places.junk else [])
    calls = [call for name, box in boxes for call in mail.latest_calls(box, name)]
    found: tuple[StoredMessage, ...] = ()
    with anyio.move_on_after(WAIT_FOR):
        while not found:
            await anyio.sleep(ASK_EVERY)
            try:
                response = await account.client.call(*calls)
                listed = [one for name, _box in boxes for one in mail.parse(response[name])]
            except jmap.StalwartError:
                continue  # it may answer the next time; the time for waiting is bounded
            found = tuple(one for one in listed if one.subject == subject)
    return found


def _word() -> str:
    """Four letters that can be read out and typed: `mako`."""
    pick = secrets.choice
    return pick(_CONSONANTS) + pick(_VOWELS) + pick(_CONSONANTS) + pick(_VOWELS)
