"""`bulwark encryption …`: the same service as the pages. Reading keys needs the extra `web`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import anyio
import click
import msgspec

from bulwark import errors
from bulwark.clock import SystemClock
from bulwark.console.documents import Done, written_if
from bulwark.console.documents import written as written_at
from bulwark.console.output import as_json, facts, json_option, note, say
from bulwark.console.prompts import ask_text_or_nothing, confirm
from bulwark.features.encryption import documents
from bulwark.language import _
from bulwark.signin.terminal import Place, signed_in_account
from stalwart_jmap import Cipher, Encrypted, PublicKeyId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.account.account import Account
    from bulwark.account.key_facts import KeyReading
    from bulwark.features.encryption.proof import Proof
    from bulwark.features.encryption.service import State, StoredKey, Written

CIPHERS: Mapping[str, Cipher] = {
    "aes256": Cipher.AES256,
    "aes128": Cipher.AES128,
    "aes256-gcm": Cipher.AES256_GCM,
    "chacha20-poly1305": Cipher.CHACHA20_POLY1305,
}


@click.group()
def encryption() -> None:
    """Encryption at rest: public keys, on and off, and a test."""


@encryption.command()
@json_option(documents.Overview)
@click.pass_obj
def show(place: Place, *, use_json: bool) -> None:
    """Show whether it is on, and the keys."""
    state = anyio.run(_look, place)
    if use_json:
        keys = tuple(_document(one, state) for one in state.keys)
        as_json(documents.Overview(encryption=_encryption(state), keys=keys))
        return
    current = state.current
    if not isinstance(state.encryption, Encrypted):
        say(_("Encryption at rest is off."))
    else:
        name = current.key.description if current is not None else state.encryption.public_key
        say(_("Encryption at rest is on, with “%(name)s”.", name=name))
    for one in state.keys:
        say("")
        facts(_shown(one))


@encryption.command()
@click.argument("file", type=click.File("rb"))
@click.option("--name", help="A name to tell it by.")
@json_option(tuple[documents.Added, ...])
@click.pass_obj
def add(place: Place, file: BinaryIO, *, name: str | None, use_json: bool) -> None:
    """Read a public key from FILE (- for standard input), show what it says, and store it."""
    from bulwark.account.key_blocks import MAX_KEY
    from bulwark.account.key_facts import KeyRefused
    from bulwark.features.encryption import key_texts, service

    try:
        readings = service.read_pasted(file.read(MAX_KEY + 1), SystemClock().now())
    except KeyRefused as refused:
        note(" ".join(key_texts.refusal(refused)))
        raise click.exceptions.Exit(1) from refused
    added: list[documents.Added] = []
    try:
        for reading in readings:
            shown = name or key_texts.usual_name(reading)
            key_id = anyio.run(partial(_add, place, shown, reading))
            added.append(documents.Added(id=key_id, name=shown, fingerprint=reading.fingerprint))
            if not use_json:
                say(_("Saved “%(name)s” with the id %(id)s. Confirmed by the mail server.", name=shown, id=key_id))
    finally:  # what was stored is told, whatever became of the next one
        if use_json:
            as_json(added)


@encryption.command()
@click.argument("key_id", metavar="ID")
@json_option(documents.Exported)
@click.pass_obj
def export(place: Place, key_id: str, *, use_json: bool) -> None:
    """Print the public key with this ID, as the mail server keeps it."""
    key = anyio.run(partial(_export, place, key_id))
    if use_json:
        as_json(documents.Exported(id=key_id, key=key))
    else:
        click.echo(key)


@encryption.command()
@click.argument("key_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option(Done)
@click.pass_obj
def remove(place: Place, key_id: str, *, yes: bool, use_json: bool) -> None:
    """Remove the key with this ID; one in use cannot be removed."""
    written = anyio.run(partial(_remove, place, key_id, yes=yes))
    _tell("removed", key_id, written, use_json=use_json, said=_("Removed. Confirmed by the mail server."))


@encryption.command()
@click.argument("key_id", metavar="ID")
@click.option("--cipher", type=click.Choice(list(CIPHERS)), default="aes256", show_default=True)
@click.option("--append/--no-append", default=True, help="Also encrypt what mail programs file themselves.")
@click.option("--spam-training", is_flag=True, help="Let the spam filter learn before a message is encrypted.")
@click.option("--i-have-the-private-key", "sure", is_flag=True, help="Do not ask for it.")
@json_option(Done)
@click.pass_obj
def on(
    place: Place, key_id: str, *, cipher: str, append: bool, spam_training: bool, sure: bool, use_json: bool
) -> None:
    """Encrypt new mail to the key with this ID. Without its private key that mail is lost for ever."""
    if not sure and not confirm(_("Do you have the private key of it, and a copy of it in a second place?")):
        raise click.Abort
    wanted = Encrypted(
        cipher=CIPHERS[cipher],
        public_key=PublicKeyId(key_id),
        encrypt_on_append=append,
        allow_spam_training=spam_training,
    )
    written = anyio.run(partial(_turn_on, place, wanted))
    said = _("Encryption at rest is on. Confirmed by the mail server. Test it: bulwark encryption test")
    _tell("on", key_id, written, use_json=use_json, said=said)


@encryption.command()
@json_option(Done)
@click.pass_obj
def off(place: Place, *, use_json: bool) -> None:
    """Store new mail as it comes; what was encrypted stays so."""
    written = anyio.run(_turn_off, place)
    _tell("off", "", written, use_json=use_json, said=_("Encryption at rest is off. Confirmed by the mail server."))


@encryption.command()
@click.option("--open", "opens", is_flag=True, help="Leave it until you have opened it and typed the word in it.")
@json_option(documents.Proof)
@click.pass_obj
def test(place: Place, *, opens: bool, use_json: bool) -> None:
    """Send a message to yourself and look how it was stored. Status 1 unless it was encrypted and removed again."""
    from bulwark.features.encryption.proof import Outcome

    proof, opened = anyio.run(partial(_test, place, opens=opens))
    if use_json:
        as_json(
            documents.Proof(
                outcome=proof.outcome.value,
                structure=proof.type,
                sent_at=written_at(proof.sent_at),
                subject=proof.subject,
                refused=proof.refused,
                opened=opened,
                left=proof.left,
            )
        )
    else:
        sentences = {
            Outcome.ENCRYPTED: _("A message to yourself was stored encrypted (%(structure)s).", structure=proof.type),
            Outcome.CLEAR: _(
                "A message to yourself was stored in clear text. Ask your administrator to turn encryption at rest on"
                " for the server."
            ),
            Outcome.NOT_ARRIVED: _("The message has not arrived within 15 seconds."),
            Outcome.NOT_SENT: _("The message was not sent: “%(text)s”", text=proof.refused),
        }
        say(sentences[proof.outcome])
        if opened is False:
            say(_("You could not open it: the private key is not at hand, or it is another one."))
        if proof.left:
            note(_("A copy could not be removed: “%(subject)s”", subject=proof.subject))
    if proof.outcome is not Outcome.ENCRYPTED or proof.left or opened is False:
        raise click.exceptions.Exit(1)


async def _look(place: Place) -> State:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        return await service.look(account)


async def _add(place: Place, name: str, reading: KeyReading) -> str:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        return (await service.add(account, name=name, reading=reading)).key_id


async def _export(place: Place, key_id: str) -> str:
    async with signed_in_account(place) as account:
        return (await _key(account, key_id)).key.key


async def _remove(place: Place, key_id: str, *, yes: bool) -> Written:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        key = await _key(account, key_id)
        if not yes and not confirm(_("Remove “%(name)s”?", name=key.key.description)):
            raise click.Abort
        return await service.remove(account, key_id, seen=key.mark)


async def _turn_on(place: Place, wanted: Encrypted) -> Written:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        key = await _key(account, wanted.public_key)
        if key.reading is not None and wanted.cipher not in service.CIPHERS[key.reading.kind]:
            raise click.UsageError(_("This cipher works with S/MIME certificates only."))
        return await service.turn_on(account, wanted, seen=key.mark)


async def _turn_off(place: Place) -> Written:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        return await service.turn_off(account)


async def _test(place: Place, *, opens: bool) -> tuple[Proof, bool | None]:
    """The proof, and whether the word in the message was typed (None: it was not asked for)."""
    from bulwark.features.encryption import proof, service

    async with signed_in_account(place) as account:
        if not isinstance((await service.look(account)).encryption, Encrypted):
            raise click.UsageError(_("Encryption at rest is off; there is nothing to test."))
        text = _("A test of encryption at rest. It is removed by itself. %(word)s", word="{word}")
        wording = proof.Wording(subject=_("Encryption test"), text=text)
        found = await proof.send_and_look(account, wording, keep=opens)
        if not found.is_kept:
            return found, None
        label = _("The word in the message “%(subject)s” (or nothing)", subject=found.subject)
        try:
            typed = await anyio.to_thread.run_sync(ask_text_or_nothing, label)
        finally:
            with anyio.CancelScope(shield=True):
                left = await proof.remove(account, found.left)
        return replace(found, left=tuple(left), is_kept=False), typed.strip().casefold() == found.word


async def _key(account: Account, key_id: str) -> StoredKey:
    from bulwark.features.encryption import service

    key = (await service.look(account)).find(key_id)
    if key is None:
        raise errors.Gone
    return key


def _shown(one: StoredKey) -> dict[str, str]:
    rows = {_("Id"): str(one.id), _("Name"): one.key.description}
    if one.reading is not None:
        rows |= {
            _("Kind"): one.reading.kind.value,
            _("Belongs to"): "; ".join(one.reading.owners[:5]),
            _("Fingerprint"): one.reading.fingerprint,
            _("Ends"): f"{one.reading.ends:%Y-%m-%d}" if one.reading.ends is not None else "",
        }
    return rows


def _tell(done: str, name: str, written: Written, *, use_json: bool, said: str) -> None:
    if use_json:
        as_json(Done(done=done, name=name, answer_was_lost=written.answer_was_lost))
    else:
        say(said)


def _encryption(state: State) -> documents.EncryptionDocument:
    if not isinstance(state.encryption, Encrypted):
        return documents.EncryptionDocument(on=False)
    return documents.EncryptionDocument(
        on=True,
        cipher=state.encryption.cipher.value,
        key=state.encryption.public_key,
        append=state.encryption.encrypt_on_append,
        spam_training=state.encryption.allow_spam_training,
    )


def _document(one: StoredKey, state: State) -> documents.KeyDocument:
    known = documents.KeyDocument(id=one.id, name=one.key.description, in_use=state.is_in_use(one))
    if one.reading is None:
        return known
    return msgspec.structs.replace(
        known,
        kind=one.reading.kind.value,
        fingerprint=one.reading.fingerprint,
        owners=one.reading.owners,
        algorithm=one.reading.algorithm,
        bits=one.reading.bits,
        ends=written_if(one.reading.ends),
        warnings=tuple(warning.value for warning in one.reading.warnings(state.mine, SystemClock().now())),
    )
