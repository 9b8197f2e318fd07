"""What a test message showed, step by step, and what is known of the last one."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from bulwark import language
from bulwark.features.encryption.pages import Step, Tested
from bulwark.features.encryption.proof import Outcome, Proof, Wording
from bulwark.language import _
from bulwark.store.events import EventKind
from bulwark.web.page_types import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.store.events import Event

PROVING = (EventKind.ENCRYPTION_PROVEN, EventKind.ENCRYPTION_NOT_PROVEN)


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag="encryption-tested"):
    """The last test, until the next write; `opened` is yes or no once the person has told."""

    outcome: Outcome
    address: str
    subject: str
    sent_at: datetime
    stored_at: datetime | None
    structure: str
    refused: str
    word: str
    left: tuple[str, ...]
    is_kept: bool
    opened: str = ""


def receipt_of(proof: Proof) -> Receipt:
    """What of a proof is told on the page after it."""
    return Receipt(
        outcome=proof.outcome,
        address=proof.address,
        subject=proof.subject,
        sent_at=proof.sent_at,
        stored_at=proof.stored_at,
        structure=proof.type,
        refused=proof.refused,
        word=proof.word,
        left=tuple(proof.left),
        is_kept=proof.is_kept,
    )


def wording(at: datetime) -> Wording:
    """The message's words."""
    return Wording(
        subject=_("Encryption test %(time)s", time=language.time_of_day(at)),
        text=_(
            "This message tests whether your mail server stores mail encrypted.\n\nIf you can read this, your mail app"
            " has the right private key. The word is: %(word)s\n\nType it into the page that sent this message. It is"
            " removed then.",
            word="{word}",
        ),
    )


def steps(receipt: Receipt) -> tuple[Step, ...]:
    """The steps of the test, each with how it went."""
    if receipt.outcome is Outcome.NOT_SENT:
        refused = _("The server refused it: “%(text)s”", text=receipt.refused)
        return (Step(heading=_("Not sent"), text=refused, tone="bad", icon="no"),)
    sent = Step(
        heading=_("Sent to %(address)s", address=receipt.address),
        text="",
        tone="ok",
        icon="ok",
        at=clock_time(receipt.sent_at, seconds=True),
    )
    found = [sent, _stored(receipt)]
    if receipt.opened:
        found.append(_opened(receipt.opened))
    if receipt.outcome is not Outcome.NOT_ARRIVED and not receipt.is_kept:
        found.append(_removed(receipt))
    return tuple(found)


def _stored(receipt: Receipt) -> Step:
    at = clock_time(receipt.stored_at, seconds=True) if receipt.stored_at is not None else None
    match receipt.outcome:
        case Outcome.ENCRYPTED:
            return Step(
                heading=_("Stored by the server, encrypted"),
                text=_("Structure %(type)s.", type=receipt.structure),
                tone="ok",
                icon="ok",
                at=at,
            )
        case Outcome.CLEAR:
            return Step(
                heading=_("Stored by the server in clear text"),
                text=_(
                    "The setting says that encryption is on, but the message was stored as it came (%(type)s)."
                    " A switch for the whole server is off. Ask your administrator to turn it on there.",
                    type=receipt.structure,
                ),
                tone="bad",
                icon="no",
                at=at,
            )
        case _:
            return Step(
                heading=_("It has not arrived yet"),
                text=_(
                    "We waited 15 seconds. That says nothing about encryption; the message “%(subject)s” may still"
                    " come. Wait a minute, remove it in your mail app, and test again.",
                    subject=receipt.subject,
                ),
                tone="unknown",
                icon="unknown",
            )


def _opened(opened: str) -> Step:
    if opened == "yes":
        return Step(heading=_("You can open it"), text=_("The word was right."), tone="ok", icon="ok")
    return Step(
        heading=_("You could not open it"),
        text=_(
            "Then new mail is lost to you. Import the private key into your mail app, or turn encryption off until you"
            " have found it."
        ),
        tone="bad",
        icon="no",
    )


def _removed(receipt: Receipt) -> Step:
    if receipt.left:
        return Step(
            heading=_("A copy is left in your mailbox"),
            text=_("It could not be removed. Delete “%(subject)s” in your mail app.", subject=receipt.subject),
            tone="warn",
            icon="warn",
        )
    return Step(heading=_("Every copy was removed"), text="", tone="ok", icon="ok")


def tested(events: Sequence[Event], key_id: str, now: datetime) -> Tested:
    """What is known of the proof with this key; `events` are the latest ones about it, the newest first."""
    last = next((one for one in events if one.kind in PROVING and one.params.get("key") == key_id), None)
    if last is None:
        return Tested(
            heading=_("Never tested"),
            text=_(
                "We send a short message to yourself, wait until it is stored, check that it is encrypted, and remove"
                " it again."
            ),
            tone="warn",
            icon="warn",
        )
    when = language.moment(last.at, now)
    if last.kind is EventKind.ENCRYPTION_PROVEN:
        return Tested(
            heading=_("Tested: %(when)s", when=when),
            text=_("A test message was stored encrypted."),
            tone="ok",
            icon="ok",
        )
    return Tested(
        heading=_("The last test failed: %(when)s", when=when),
        text=_("A test message was not stored encrypted, or you could not open it."),
        tone="bad",
        icon="no",
    )
