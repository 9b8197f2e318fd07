"""`bulwark encryption …`: the same service as the pages. Reading keys needs the extra `web`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import anyio
import click

from bulwark import errors
from bulwark.clock import SystemClock
from bulwark.console.output import as_json, facts, note, say
from bulwark.console.prompts import confirm
from bulwark.language import _
from bulwark.signin.terminal import Place, signed_in_account
from stalwart_jmap import Cipher, Encrypted, PublicKeyId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.account.account import Account
    from bulwark.account.key_reading import KeyReading
    from bulwark.features.encryption.proof import Proof
    from bulwark.features.encryption.service import State, StoredKey

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
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def show(place: Place, *, use_json: bool) -> None:
    """Show whether it is on, and the keys."""
    state = anyio.run(_look, place)
    if use_json:
        as_json({"encryption": _encryption(state), "keys": [_as_dict(one, state) for one in state.keys]})
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
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def add(place: Place, file: BinaryIO, *, name: str | None, use_json: bool) -> None:
    """Read a public key from FILE (- for standard input), show what it says, and store it."""
    from bulwark.account.key_blocks import MAX_KEY, KeyRefused
    from bulwark.features.encryption import key_texts, service

    try:
        readings = service.read_pasted(file.read(MAX_KEY + 1), SystemClock().now())
    except KeyRefused as refused:
        note(" ".join(key_texts.refusal(refused)))
        raise click.exceptions.Exit(1) from refused
    for reading in readings:
        shown = name or key_texts.usual_name(reading)
        written = anyio.run(partial(_add, place, shown, reading))
        if use_json:
            as_json({"id": written, "name": shown, "fingerprint": reading.fingerprint})
        else:
            say(_("Saved “%(name)s” with the id %(id)s. Confirmed by the mail server.", name=shown, id=written))


@encryption.command()
@click.argument("key_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(place: Place, key_id: str, *, yes: bool) -> None:
    """Remove the key with this ID; one in use cannot be removed."""
    anyio.run(partial(_remove, place, key_id, yes=yes))
    say(_("Removed. Confirmed by the mail server."))


@encryption.command()
@click.argument("key_id", metavar="ID")
@click.option("--cipher", type=click.Choice(list(CIPHERS)), default="aes256", show_default=True)
@click.option("--append/--no-append", default=True, help="Also encrypt what mail programs file themselves.")
@click.option("--spam-training", is_flag=True, help="Let the spam filter learn before a message is encrypted.")
@click.option("--i-have-the-private-key", "sure", is_flag=True, help="Do not ask for it.")
@click.pass_obj
def on(place: Place, key_id: str, *, cipher: str, append: bool, spam_training: bool, sure: bool) -> None:
    """Encrypt new mail to the key with this ID. Without its private key that mail is lost for ever."""
    if not sure and not confirm(_("Do you have the private key of it, and a copy of it in a second place?")):
        raise click.Abort
    wanted = Encrypted(
        cipher=CIPHERS[cipher],
        public_key=PublicKeyId(key_id),
        encrypt_on_append=append,
        allow_spam_training=spam_training,
    )
    anyio.run(partial(_turn_on, place, wanted))
    say(_("Encryption at rest is on. Confirmed by the mail server. Test it: bulwark encryption test"))


@encryption.command()
@click.pass_obj
def off(place: Place) -> None:
    """Store new mail as it comes; what was encrypted stays so."""
    anyio.run(_turn_off, place)
    say(_("Encryption at rest is off. Confirmed by the mail server."))


@encryption.command()
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def test(place: Place, *, use_json: bool) -> None:
    """Send a message to yourself and look how it was stored. Status 1 unless it was encrypted and removed again."""
    from bulwark.features.encryption.proof import Outcome

    proof = anyio.run(_test, place)
    if use_json:
        as_json(
            {
                "outcome": proof.outcome.value,
                "structure": proof.type,
                "sent_at": proof.sent_at.isoformat(timespec="seconds"),
                "subject": proof.subject,
                "left": list(proof.left),
            }
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
        if proof.left:
            note(_("A copy could not be removed: “%(subject)s”", subject=proof.subject))
    if proof.outcome is not Outcome.ENCRYPTED or proof.left:
        raise click.exceptions.Exit(1)


async def _look(place: Place) -> State:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        return await service.look(account)


async def _add(place: Place, name: str, reading: KeyReading) -> str:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        return (await service.add(account, name=name, reading=reading)).key_id


async def _remove(place: Place, key_id: str, *, yes: bool) -> None:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        key = await _key(account, key_id)
        if not yes and not confirm(_("Remove “%(name)s”?", name=key.key.description)):
            raise click.Abort
        await service.remove(account, key_id, seen=key.mark)


async def _turn_on(place: Place, wanted: Encrypted) -> None:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        key = await _key(account, wanted.public_key)
        if key.reading is not None and wanted.cipher not in service.CIPHERS[key.reading.kind]:
            raise click.UsageError(_("This cipher works with S/MIME certificates only."))
        await service.turn_on(account, wanted, seen=key.mark)


async def _turn_off(place: Place) -> None:
    from bulwark.features.encryption import service

    async with signed_in_account(place) as account:
        await service.turn_off(account)


async def _test(place: Place) -> Proof:
    from bulwark.features.encryption import proof, service

    async with signed_in_account(place) as account:
        if not isinstance((await service.look(account)).encryption, Encrypted):
            raise click.UsageError(_("Encryption at rest is off; there is nothing to test."))
        text = _("A test of encryption at rest. It is removed by itself. %(word)s", word="{word}")
        wording = proof.Wording(subject=_("Encryption test"), text=text)
        return await proof.send_and_look(account, wording, keep=False)


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


def _encryption(state: State) -> dict[str, object]:
    if not isinstance(state.encryption, Encrypted):
        return {"on": False}
    return {
        "on": True,
        "cipher": state.encryption.cipher.value,
        "key": state.encryption.public_key,
        "append": state.encryption.encrypt_on_append,
        "spam_training": state.encryption.allow_spam_training,
    }


def _as_dict(one: StoredKey, state: State) -> dict[str, object]:
    found: dict[str, object] = {"id": one.id, "name": one.key.description, "in_use": state.is_in_use(one)}
    if one.reading is not None:
        found |= {
            "kind": one.reading.kind.value,
            "fingerprint": one.reading.fingerprint,
            "owners": list(one.reading.owners),
            "algorithm": one.reading.algorithm,
            "bits": one.reading.bits,
            "ends": one.reading.ends.isoformat(timespec="seconds") if one.reading.ends is not None else None,
            "warnings": [warning.value for warning in one.reading.warnings(state.mine, SystemClock().now())],
        }
    return found
