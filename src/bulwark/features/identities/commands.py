"""`bulwark identities list|create|edit|remove|watch`: the same service as the pages."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import click

import stalwart_jmap as jmap
from bulwark import errors
from bulwark.account import identities, refusals
from bulwark.account.identities import DATA_TYPE
from bulwark.console.documents import Done
from bulwark.console.interrupt import until_interrupted
from bulwark.console.output import as_json, json_option, note, say, table
from bulwark.console.prompts import confirm
from bulwark.console.words import sentence_for
from bulwark.features.identities import documents, mailboxes, service
from bulwark.features.identities.mailboxes import Unreadable
from bulwark.features.identities.service import Content
from bulwark.language import _
from bulwark.signin.terminal import Place, signed_in_account
from stalwart_jmap import IdentityId
from stalwart_jmap.objects.identity import NAME_BYTES, SIGNATURE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bulwark.account.account import Account
    from bulwark.account.identities import Changes
    from stalwart_jmap import Identity, Mailbox

ANEW_EVERY = 300.0  # seconds after which a stream is opened anew, with a token that is renewed when it is time
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds


@click.group("identities")
def identities_group() -> None:
    """List, create, change and remove sender identities, and watch them change."""


@identities_group.command("list")
@json_option(tuple[documents.IdentityDocument, ...])
@click.pass_obj
def list_(place: Place, *, use_json: bool) -> None:
    """List the sender identities."""
    found = anyio.run(_read, place)
    if use_json:
        as_json([_document(one) for one in found])
        return
    heads = (_("Id"), _("Name"), _("Address"), _("Replies go to"), _("Blind copy"))
    table(heads, [(one.id, one.name, one.email, _listed(one.reply_to), _listed(one.bcc)) for one in found])


@identities_group.command()
@click.argument("address")
@click.option("--name", default="", help="What people see beside the address.")
@click.option("--reply-to", default="", help="Where replies go; several addresses with commas.")
@click.option("--bcc", default="", help="A blind copy of everything.")
@click.option("--signature", type=click.File(encoding="utf-8"), help="A file with the signature.")
@click.option("--html-signature", type=click.File(encoding="utf-8"), help="A file with the signature as HTML.")
@json_option(documents.Written)
@click.pass_obj
def create(place: Place, /, address: str, *, use_json: bool, **given: Any) -> None:
    """Create an identity for ADDRESS, which must be one of the account's own."""
    if not mailboxes.is_address(address):
        raise click.BadParameter(_("This is no email address: %(address)s", address=address))
    content = _content(Content(), given)
    written = anyio.run(partial(_create, place, address.lower(), content))
    if use_json:
        as_json(documents.Written(id=written.id, answer_was_lost=written.answer_was_lost))
        return
    say(_("Created, with the id %(id)s. Confirmed by the mail server.", id=written.id))


@identities_group.command()
@click.argument("identity_id", metavar="ID")
@click.option("--name", help="What people see beside the address.")
@click.option("--reply-to", help="Where replies go; an empty text clears it.")
@click.option("--bcc", help="A blind copy of everything; an empty text clears it.")
@click.option("--signature", type=click.File(encoding="utf-8"), help="A file with the signature.")
@click.option("--html-signature", type=click.File(encoding="utf-8"), help="A file with the signature as HTML.")
@json_option(documents.Written)
@click.pass_obj
def edit(place: Place, /, identity_id: str, *, use_json: bool, **given: Any) -> None:
    """Change what is given of the identity with this ID; its address cannot be changed."""
    if all(value is None for value in given.values()):
        raise click.UsageError(_("Say what to change: --name, --reply-to, --bcc, --signature or --html-signature."))
    written = anyio.run(partial(_edit, place, IdentityId(identity_id), given))
    if use_json:
        as_json(documents.Written(id=written.id, answer_was_lost=written.answer_was_lost))
        return
    say(_("Changed. Confirmed by the mail server."))


@identities_group.command()
@click.argument("identity_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option(Done)
@click.pass_obj
def remove(place: Place, identity_id: str, *, yes: bool, use_json: bool) -> None:
    """Remove the identity with this ID; its signature is gone, the address stays."""
    written = anyio.run(partial(_remove, place, IdentityId(identity_id), yes=yes))
    if use_json:
        as_json(Done(done="removed", name=identity_id, answer_was_lost=written.answer_was_lost))
        return
    say(_("Removed. Confirmed by the mail server."))


@identities_group.command()
@json_option(documents.ChangesDocument, text="Print each change as one line of JSON.")
@click.pass_obj
def watch(place: Place, *, use_json: bool) -> None:
    """Print changes as they happen, made anywhere, until Ctrl+C."""
    anyio.run(until_interrupted, partial(_watch, place, use_json=use_json))


async def _read(place: Place) -> tuple[Identity, ...]:
    async with signed_in_account(place) as account:
        return (await identities.read(account)).identities


async def _create(place: Place, address: str, content: Content) -> service.Written:
    async with signed_in_account(place) as account:
        return await service.create(account, email=address, content=content)


async def _edit(place: Place, identity_id: IdentityId, given: dict[str, Any]) -> service.Written:
    async with signed_in_account(place) as account:
        seen = service.content_of(await service.one(account, identity_id))
        written = await service.change(account, identity_id, seen=seen, wanted=_content(seen, given))
        if isinstance(written, service.ChangedElsewhere):
            raise errors.NotApplied
        return written


async def _remove(place: Place, identity_id: IdentityId, *, yes: bool) -> service.Written:
    async with signed_in_account(place) as account:
        one = await service.one(account, identity_id)
        if not yes and not confirm(_("Remove “%(name)s” (%(address)s)?", name=one.name, address=one.email)):
            raise click.Abort
        return await service.remove(account, identity_id, email=one.email)


async def _watch(place: Place, *, use_json: bool) -> None:
    """Follow for ever: a lost connection is told once, and taken up again without losing a change."""
    state, pause = "", FIRST_PAUSE
    while True:
        try:
            async with signed_in_account(place) as account:
                if not state:
                    state = (await identities.read(account)).state
                    note(_("Watching the sender identities of %(address)s. Ctrl+C ends it.", address=account.address))
                with anyio.move_on_after(ANEW_EVERY):
                    async with aclosing(_follow(account, state)) as changes:
                        async for changed in changes:
                            pause, state = FIRST_PAUSE, changed.state
                            _tell(changed, use_json=use_json)
        except (errors.ServerProblem, jmap.TransportError) as error:
            note(sentence_for(error) if isinstance(error, errors.ServerProblem) else _("The connection was lost."))
            await anyio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


async def _follow(account: Account, since: str) -> AsyncGenerator[Changes]:
    """Every change after a state, as it happens, until the stream ends."""
    try:
        async with account.client.state_changes([DATA_TYPE]) as events:
            changes = await identities.changes_since(account, since)
            yield changes
            async for event in events:
                if isinstance(event, jmap.StateChange) and event.of(account.account_id, DATA_TYPE):
                    changes = await identities.changes_since(account, changes.state)
                    yield changes
    except jmap.StalwartError as error:
        raise refusals.from_wire(error) from error
    raise errors.ServerUnreachable


def _tell(changes: Changes, *, use_json: bool) -> None:
    if not changes:
        return
    if use_json:
        changed = tuple(_document(one) for one in changes.changed)
        as_json(documents.ChangesDocument(changed=changed, removed=tuple(sorted(changes.removed))), in_one_line=True)
        return
    for one in changes.changed:
        say(_("changed: %(id)s %(name)s <%(address)s>", id=one.id, name=one.name, address=one.email))
    for gone in sorted(changes.removed):
        say(_("removed: %(id)s", id=gone))


def _content(before: Content, given: dict[str, Any]) -> Content:
    """The content with what was given on the command line put in.

    Raises:
        click.BadParameter: an address cannot be read, or something is too long.
    """
    name = before.name if given["name"] is None else given["name"]
    if len(name.encode()) > NAME_BYTES or mailboxes.has_control_letters(name):
        raise click.BadParameter(_("The name is too long, or is no single line."))
    return Content(
        name=name,
        reply_to=_boxes(before.reply_to, given["reply_to"]),
        bcc=_boxes(before.bcc, given["bcc"]),
        text_signature=_signature(before.text_signature, given["signature"]),
        html_signature=_signature(before.html_signature, given["html_signature"]),
    )


def _boxes(before: tuple[Mailbox, ...], text: str | None) -> tuple[Mailbox, ...]:
    if text is None:
        return before
    try:
        return mailboxes.parse(text)
    except Unreadable as error:
        raise click.BadParameter(_("This is no email address: %(address)s", address=error.part)) from error


def _signature(before: str, file: Any) -> str:
    if file is None:
        return before
    text = service.plain_lines(file.read(SIGNATURE_BYTES + 1)).rstrip("\n")
    if len(text.encode()) > SIGNATURE_BYTES:
        raise click.BadParameter(_("A signature has at most %(n)s bytes.", n=SIGNATURE_BYTES))
    return text


def _listed(boxes: tuple[Mailbox, ...]) -> str:
    return mailboxes.written(boxes)


def _document(one: Identity) -> documents.IdentityDocument:
    return documents.IdentityDocument(
        id=one.id,
        name=one.name,
        email=one.email,
        reply_to=tuple(documents.Box(name=box.name, email=box.email) for box in one.reply_to),
        bcc=tuple(documents.Box(name=box.name, email=box.email) for box in one.bcc),
        text_signature=one.text_signature,
        html_signature=one.html_signature,
    )
