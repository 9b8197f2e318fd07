"""The pages of sender identities, and the sentences of their refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.features.identities import mailboxes
from bulwark.features.identities.service import Field
from bulwark.features.identities.signature import in_words
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import BlastRadius, Notice, Page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bulwark.features.identities.service import ChangedElsewhere
    from bulwark.web.unavailable import Unavailable
    from stalwart_jmap import Identity, Mailbox

LIST = "identities/list.html"
EDIT = "identities/edit.html"
REMOVE = "identities/remove.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One identity in the list, as finished sentences; the script fills new rows with the same fields.

    `leaves` is the warning that replies go to another domain, or empty; `main` is set for the account's own address.
    """

    id: str
    initial: str
    name: str
    email: str
    main: str
    leaves: str
    replies: str
    signature: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Page):
    """The list. `state` is the server's word for how it was read; `live` is False where changes cannot be followed."""

    rows: tuple[Row, ...]
    count: str
    state: str
    live: bool
    read_at: str
    can_create: bool
    can_change: bool
    can_remove: bool
    why_not: tuple[Unavailable, ...] = ()
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form's fields as typed, or as they would be typed."""

    email: str = ""
    other_email: str = ""
    name: str = ""
    reply_to: str = ""
    bcc: str = ""
    text_signature: str = ""
    html_signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage(Page):
    """The form of one identity. `id` is empty for a new one; `addresses` are to choose from then.

    `state` is how it was read, for hearing of changes; `counter` is the sentence about bytes with `{n}` for the script.

    Fields: `email`, `other_email` (new ones only), `name`, `reply_to`, `bcc`, `text_signature`, `html_signature`;
    `seen` is repeated hidden, so that a change made elsewhere meanwhile is noticed.
    """

    id: str
    typed: Typed
    seen: Typed
    addresses: tuple[str, ...] = ()
    state: str = ""
    text_counter: str = ""
    html_counter: str = ""
    counter: str = ""

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """The addresses as a list to choose from."""
        return tuple((address, address) for address in self.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePage(Page):
    """Removing one identity: what that does, before it is done."""

    row: Row
    radius: BlastRadius
    why_not: Unavailable | None = None


def row_of(one: Identity, main_address: str) -> Row:
    """An identity as the list tells it."""
    name = one.name or _("(no name)")
    said = in_words(one.text_signature, one.html_signature)
    return Row(
        id=one.id,
        initial=(one.name.strip() or one.email)[:1].upper(),
        name=name,
        email=one.email,
        main=_("Main address") if one.email == main_address.lower() else "",
        leaves=_leaving(one, main_address),
        replies=" ".join(part for part in (_replies(one), _copies(one)) if part),
        signature=_("Signature: %(words)s", words=said) if said else _("No signature."),
        label=_("%(name)s, %(address)s", name=name, address=one.email),
    )


def _replies(one: Identity) -> str:
    if not one.reply_to:
        return _("Replies go to the same address.")
    return _("Replies go to %(addresses)s.", addresses=_listed(one.reply_to))


def _copies(one: Identity) -> str:
    return _("Blind copy to %(addresses)s.", addresses=_listed(one.bcc)) if one.bcc else ""


def _listed(boxes: Iterable[Mailbox]) -> str:
    return series(box.email for box in boxes)


def _leaving(one: Identity, main_address: str) -> str:
    """The warning about replies to a domain that is neither the identity's nor the account's."""
    home = {one.email.rpartition("@")[2].lower(), main_address.rpartition("@")[2].lower()}
    if all(box.email.rpartition("@")[2].lower() in home for box in one.reply_to):
        return ""
    return _("Replies leave %(domain)s", domain=one.email.rpartition("@")[2])


def counted(identities: int) -> str:
    """The heading of the list."""
    return ngettext("%(n)s identity", "%(n)s identities", identities)


def news(changed: Iterable[Identity], removed: int) -> str:
    """What just changed elsewhere, for the ears."""
    names = [one.name or one.email for one in changed]
    if len(names) == 1 and not removed:
        return _("“%(name)s” was changed elsewhere.", name=names[0])
    return ngettext(
        "%(n)s identity was changed elsewhere.", "%(n)s identities were changed elsewhere.", len(names) + removed
    )


def bytes_used(text: str, most: int) -> str:
    """Below a signature."""
    return _counter(str(len(text.encode())), most)


def counter(most: int) -> str:
    """The same with `{n}` in place of the number, for the script."""
    return _counter("{n}", most)


def _counter(used: str, most: int) -> str:
    return _("%(n)s of %(most)s bytes. The server refuses longer signatures.", n=used, most=most)


def field_name(field: Field) -> str:
    """A field, inside a sentence."""
    return {
        Field.NAME: _("the name"),
        Field.REPLY_TO: _("where replies go"),
        Field.BCC: _("the blind copy"),
        Field.TEXT: _("the signature"),
        Field.HTML: _("the signature with formatting"),
    }[field]


def saved(row: Row, server_name: str, at: datetime, *, made: bool, lost: bool) -> Notice:
    """An identity was made or changed."""
    heading = _("“%(name)s” was created.", name=row.name) if made else _("“%(name)s” was changed.", name=row.name)
    return Notice(heading=heading, text=_confirmed(server_name, at, lost=lost), tone="ok")


def removed(label: str, server_name: str, at: datetime, *, lost: bool) -> Notice:
    """An identity is gone."""
    return Notice(
        heading=_("“%(name)s” was removed.", name=label), text=_confirmed(server_name, at, lost=lost), tone="ok"
    )


def nothing_changed() -> Notice:
    """The form was sent as it was shown."""
    return Notice(heading=_("Nothing was changed, so nothing was saved."))


def already_gone() -> Notice:
    """Somebody else removed it first."""
    return Notice(
        heading=_("This identity is not there any more."),
        text=_("Somebody removed it meanwhile, in another window or another app. Nothing was changed."),
        tone="warn",
    )


def _confirmed(server_name: str, at: datetime, *, lost: bool) -> str:
    confirmed = _(
        "Confirmed by %(server)s at %(time)s.", server=server_name, time=language.time_of_day(at, seconds=True)
    )
    found = _("The answer was lost on the way; reading again showed that it was saved.")
    return f"{found} {confirmed}" if lost else confirmed


def changed_elsewhere(clash: ChangedElsewhere) -> tuple[str, str, dict[str, str]]:
    """Fields that two people changed: the note's two sentences, and how each stands now."""
    listed = series(field_name(field) for field in clash.fields)
    values = {
        Field.NAME: clash.now.name,
        Field.REPLY_TO: mailboxes.written(clash.now.reply_to),
        Field.BCC: mailboxes.written(clash.now.bcc),
        Field.TEXT: in_words(clash.now.text_signature, ""),
        Field.HTML: in_words("", clash.now.html_signature),
    }
    at_fields = {
        field.value: _("Changed elsewhere: it is “%(value)s” now.", value=values[field])
        if values[field]
        else _("Changed elsewhere: it is empty now.")
        for field in clash.fields
    }
    heading = _("Not saved. This was changed elsewhere while the page was open: %(parts)s.", parts=listed)
    return heading, _("Load the new version, or keep your text and save over it."), at_fields


def look_below() -> tuple[str, str]:
    """Fields below need attention; nothing was sent."""
    return _("Not saved. Look at the fields below."), _("Nothing was sent to the mail server.")


def address_missing() -> str:
    """At the field `email`."""
    return _("Choose the address to send from.")


def foreign_address() -> str:
    """At the field for the address: the server does not count it among the account's."""
    return _("This address does not belong to your account. Your administrator can add it as an alias.")


def unreadable_address(part: str) -> str:
    """At a field for addresses; `part` is the piece that is none."""
    if not part:
        return _("This is no email address.")
    return _("“%(part)s” is no email address. Several addresses are separated by commas.", part=part[:80])


def name_too_long(used: int, most: int) -> str:
    """At the field `name`."""
    return _(
        "This name has %(n)s bytes; the server takes at most %(most)s (a plain letter is one byte).", n=used, most=most
    )


def name_has_control_letters() -> str:
    """At the field `name`."""
    return _("A name is one line of ordinary letters. Line breaks and control characters cannot be saved.")


def signature_too_long(used: int, most: int) -> str:
    """At a signature."""
    return _("This signature has %(n)s bytes; the server takes at most %(most)s.", n=used, most=most)


def signature_has_control_letters() -> str:
    """At a signature."""
    return _("This signature holds control characters that mail programs cannot show. Remove them.")


def refused(server_text: str) -> tuple[str, str]:
    """A refusal in words we do not know, quoted."""
    return _("Not saved. The server refused it: “%(text)s”", text=server_text), _("Nothing was changed.")


def too_many() -> tuple[str, str]:
    """No more identities are allowed."""
    return (
        _("Not created. The server allows no more identities for this account."),
        _("Remove one that you do not use, then create this one again."),
    )


def not_applied() -> tuple[str, str]:
    """The connection broke, and reading showed that nothing was changed."""
    return (
        _("Not saved. The connection to the mail server broke before it was done."),
        _("We read your identities again to make sure: nothing was changed. You can save it again."),
    )


def removal(row: Row) -> BlastRadius:
    """What removing an identity does."""
    return BlastRadius(
        stops=(
            _("Mail apps that use this list no longer offer “%(name)s” as a sender.", name=row.name),
            _("Its signature is gone; the panel keeps no copy."),
        ),
        stays=(_("The address %(address)s itself, and all mail to it and from it.", address=row.email),),
        way_back=(_("You can create an identity for the same address again at any time."),),
    )


def cannot_see() -> str:
    """The heading where identities may not be read."""
    return _("You cannot see your sender identities here")


def cannot_create() -> str:
    """The heading where none may be created."""
    return _("You cannot create sender identities")


def cannot_change() -> str:
    """The heading where they may not be changed."""
    return _("You cannot change sender identities")


def cannot_remove() -> str:
    """The heading where they may not be removed."""
    return _("You cannot remove sender identities")


def unknown_outcome(*, made: bool) -> str:
    """The heading of the third outcome."""
    if made:
        return _("We do not know whether the identity was created")
    return _("We do not know whether the identity was changed")


def unknown_removal() -> str:
    """The heading of the third outcome."""
    return _("We do not know whether the identity was removed")
