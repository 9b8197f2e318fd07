"""Making, changing and removing sender identities (protocol reference 9.1).

One request reads, one writes and reads back. Only what the person changed is written, and only if nobody else changed
it since they saw it. A lost answer is settled by reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import identities, refusals
from bulwark.account.refusals import result_of
from stalwart_jmap import KEEP, IdentityDraft, IdentityId, Mailbox
from stalwart_jmap.objects import identity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bulwark.account.account import Account
    from stalwart_jmap import Identity, SetError

CREATING, CHANGING, REMOVING = "jmapIdentityCreate", "jmapIdentityUpdate", "jmapIdentityDestroy"
_NOT_CONFIGURED = "not configured for this account"  # recorded in the scenario `identities`


class Field(StrEnum):
    """What of an identity can be changed."""

    NAME = "name"
    REPLY_TO = "reply_to"
    BCC = "bcc"
    TEXT = "text_signature"
    HTML = "html_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An identity without its id and address; every line of a signature ends with a line feed alone."""

    name: str = ""
    reply_to: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    text_signature: str = ""
    html_signature: str = ""

    def differs(self, other: Content) -> tuple[Field, ...]:
        """The fields in which two contents differ."""
        return tuple(field for field in Field if getattr(self, field.value) != getattr(other, field.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The server named the identity in its answer, or reading after a lost answer showed it as wanted."""

    at: datetime
    id: IdentityId
    answer_was_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedElsewhere:
    """Nothing was written: `fields` were changed by somebody else since the person saw them; `now` is how they are."""

    fields: tuple[Field, ...]
    now: Content


def content_of(one: Identity) -> Content:
    """What can be changed of an identity."""
    return Content(
        name=one.name,
        reply_to=one.reply_to,
        bcc=one.bcc,
        text_signature=plain_lines(one.text_signature),
        html_signature=plain_lines(one.html_signature),
    )


def plain_lines(text: str) -> str:
    """A text whose lines end with a line feed alone, as it is counted and stored."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def addresses(account: Account, known: Iterable[Identity]) -> tuple[str, ...]:
    """The account's own addresses as far as its identities show them, the main one first."""
    found = dict.fromkeys([account.address.lower(), *(one.email.lower() for one in known)])
    return tuple(found)


async def found(account: Account, identity_id: IdentityId) -> tuple[Identity, str]:
    """Read one identity, and the state it was read at.

    Raises:
        Gone: it is not there. BulwarkError: it cannot be read.
    """
    now = identities.snapshot_in(await account.read(identity.get_call(ids=[identity_id])))
    if not now.identities:
        raise errors.Gone
    return now.identities[0], now.state


async def one(account: Account, identity_id: IdentityId) -> Identity:
    """Read one identity; raises as `found`."""
    return (await found(account, identity_id))[0]


async def create(account: Account, *, email: str, content: Content) -> Written:
    """Make an identity.

    Raises:
        ForeignAddress, QuotaReached, Refused, PermissionMissing: nothing was made.
        NotApplied: the answer was lost and nothing was made. OutcomeUnknown: nobody knows.
    """
    account.rights.require(CREATING)
    before = {known.id for known in (await identities.read(account)).identities}
    draft = IdentityDraft(
        email=email,
        name=content.name,
        reply_to=content.reply_to or KEEP,
        bcc=content.bcc or KEEP,
        text_signature=content.text_signature,
        html_signature=content.html_signature,
    )
    call = identity.create_call(draft)
    try:
        response = await account.write(call)
        created = identity.created_in(result_of(response, call, CREATING), sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        made = await _after_lost(account, refusals.lost(error))
        wanted = (email.lower(), content)
        new = [known for known in made if known.id not in before and (known.email, content_of(known)) == wanted]
        if not new:
            raise errors.NotApplied from error
        return Written(at=account.now, id=new[-1].id, answer_was_lost=True)
    if isinstance(created, jmap.SetError):
        raise refusal(created, CREATING)
    return Written(at=account.now, id=created)


async def change(
    account: Account, identity_id: IdentityId, *, seen: Content, wanted: Content
) -> Written | ChangedElsewhere:
    """Write what differs between `seen` and `wanted`; an empty reply-to or blind copy is really cleared.

    Raises:
        Gone: it was removed meanwhile. Refused, PermissionMissing: nothing was written.
        NotApplied, OutcomeUnknown: as `create`.
    """
    now = content_of(await one(account, identity_id))
    changed = wanted.differs(seen)
    clashing = tuple(
        field for field in changed if getattr(now, field) not in {getattr(seen, field), getattr(wanted, field)}
    )
    if clashing:
        return ChangedElsewhere(fields=clashing, now=now)
    to_write = tuple(field for field in changed if field in wanted.differs(now))
    if not to_write:
        return Written(at=account.now, id=identity_id)
    account.rights.require(CHANGING)
    call = identity.update_call(
        identity_id, IdentityDraft(**{field.value: getattr(wanted, field) for field in to_write})
    )
    try:
        response = await account.write(call)
        refused = identity.updated_in(result_of(response, call, CHANGING), identity_id, sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        after = [known for known in await _after_lost(account, refusals.lost(error)) if known.id == identity_id]
        if not after or set(wanted.differs(content_of(after[0]))) & set(to_write):
            raise errors.NotApplied from error
        return Written(at=account.now, id=identity_id, answer_was_lost=True)
    if refused is not None:
        raise refusal(refused, CHANGING)
    return Written(at=account.now, id=identity_id)


async def remove(account: Account, identity_id: IdentityId, *, email: str) -> Written:
    """Remove an identity, if it is still the one the person saw.

    Raises:
        Gone: it is not there any more, or the id means another address now. Refused, PermissionMissing: it stays.
        NotApplied, OutcomeUnknown: as `create`.
    """
    if (await one(account, identity_id)).email != email:
        raise errors.Gone
    account.rights.require(REMOVING)
    call = identity.destroy_call(identity_id)
    try:
        response = await account.write(call)
        refused = identity.destroyed_in(result_of(response, call, REMOVING), identity_id, sent_at=response.sent_at)
    except jmap.OutcomeUnknown as error:
        if any(known.id == identity_id for known in await _after_lost(account, refusals.lost(error))):
            raise errors.NotApplied from error
        return Written(at=account.now, id=identity_id, answer_was_lost=True)
    if refused is not None:
        raise refusal(refused, REMOVING)
    return Written(at=account.now, id=identity_id)


def refusal(error: SetError, permission: str) -> errors.BulwarkError:
    """Say why the server refused, in the panel's words."""
    text = error.description or ""
    if error.type == "invalidProperties" and _NOT_CONFIGURED in text:
        return errors.ForeignAddress(text)
    if error.type == "overQuota":
        return errors.QuotaReached(None)
    if error.type == "notFound":
        return errors.Gone()
    if error.type == "forbidden":
        return errors.PermissionMissing(permission)
    return errors.Refused(text or error.type)


async def _after_lost(account: Account, unknown: errors.OutcomeUnknown) -> tuple[Identity, ...]:
    """Everything there is after a lost answer; where it cannot be read, nobody knows."""
    try:
        return (await identities.read(account)).identities
    except errors.BulwarkError as error:
        raise unknown from error
