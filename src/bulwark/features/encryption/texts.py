"""The sentences of encryption at rest: what steps do, what was done, what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.language import _, ngettext
from bulwark.store.events import EventKind
from bulwark.web.page_types import BlastRadius, Notice
from stalwart_jmap import Cipher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.store.events import Event


def cipher_name(cipher: str) -> str:
    """A cipher under the name people know; one that nobody here knows as the server calls it."""
    return {
        Cipher.AES256.value: "AES-256",
        Cipher.AES128.value: "AES-128",
        Cipher.AES256_GCM.value: "AES-256-GCM",
        Cipher.CHACHA20_POLY1305.value: "ChaCha20-Poly1305",
    }.get(cipher, cipher)


def cipher_options() -> tuple[tuple[str, str], ...]:
    """The ciphers to choose from, with what to know of each."""
    return (
        (Cipher.AES256.value, _("AES-256 (usual)")),
        (Cipher.AES128.value, "AES-128"),
        (Cipher.AES256_GCM.value, _("AES-256-GCM (S/MIME only)")),
        (Cipher.CHACHA20_POLY1305.value, _("ChaCha20-Poly1305 (S/MIME only; few programs can open it)")),
    )


def turning_on() -> BlastRadius:
    """What turning on does."""
    return BlastRadius(
        changes=True,
        stops=(
            _("New mail cannot be read on any device without this private key, in web mail either."),
            _("Search on the server cannot look inside new mail."),
        ),
        stays=(
            _("Mail that is already stored is not changed. Sending works as before."),
            _("Subject, sender, recipients and date of every message stay readable."),
        ),
        way_back=(_("You can turn it off for future mail. Messages encrypted in between stay encrypted for good."),),
    )


def turning_off() -> BlastRadius:
    """What turning off does."""
    return BlastRadius(
        stops=(_("New mail is stored as it arrives, readable for whoever copies the server’s disk."),),
        stays=(
            _("Mail that was encrypted stays encrypted. You need the private key as long as you want to read it."),
            _("Your public keys stay here."),
        ),
        way_back=(_("You can turn it on again at any time, for mail that arrives from then on."),),
    )


def removing(name: str) -> BlastRadius:
    """What removing a key does."""
    return BlastRadius(
        stops=(_("“%(name)s” can no longer be chosen for encryption until you add it again.", name=name),),
        stays=(_("Mail that was encrypted to it. Keep the private key as long as you want to read that mail."),),
        way_back=(_("You can add the same public key again at any time."),),
    )


def on_since(events: Sequence[Event], key_id: str) -> str:
    """Since when new mail is encrypted, where that was done here with this key."""
    turned_on = next(
        (one for one in events if one.kind is EventKind.ENCRYPTION_TURNED_ON and one.params.get("key") == key_id), None
    )
    if turned_on is None:
        return _("New mail is encrypted. Older mail stayed as it was.")
    since = language.long_date(turned_on.at)
    return _("New mail is encrypted since %(date)s. Older mail stayed as it was.", date=since)


def have_key(name: str) -> str:
    """The required tick."""
    if name:
        return _("I have the private key of “%(name)s” and a copy of it in a second place.", name=name)
    return _("I have the private key of the chosen key and a copy of it in a second place.")


def confirmed(server_name: str, at: datetime, *, lost: bool) -> str:
    """The second sentence of a receipt."""
    said = _("Confirmed by %(server)s at %(time)s.", server=server_name, time=language.time_of_day(at, seconds=True))
    found = _("The answer was lost on the way; reading again showed that it was saved.")
    return f"{found} {said}" if lost else said


def receipt(kind: str, name: str, server_name: str, at: datetime, *, lost: bool) -> Notice:
    """What the last write did."""
    headings = {
        "added": _("“%(name)s” was saved. Mail is encrypted to it once you turn encryption on with it.", name=name),
        "removed": _("“%(name)s” was removed.", name=name),
        "on": _("Encryption at rest is on, with “%(name)s”.", name=name),
        "off": _("Encryption at rest is off."),
    }
    if kind not in headings:
        return Notice(
            heading=_("Nothing was changed: this key is not there any more, or it is another one now."),
            text=_("Look at the list again."),
            tone="warn",
        )
    return Notice(heading=headings[kind], text=confirmed(server_name, at, lost=lost), tone="ok")


def look_below() -> tuple[str, str]:
    """Fields below need attention; nothing was sent."""
    return _("Not saved. Look at the fields below."), _("Nothing was sent to the mail server.")


def no_key_chosen() -> str:
    """At the choice of keys."""
    return _("Choose the key to encrypt to.")


def private_key_needed() -> str:
    """At the required tick."""
    return _("Without the private key, mail that arrives from now on is lost for ever. Tick this only if you have it.")


def cipher_does_not_fit(cipher: str) -> str:
    """At the choice of ciphers."""
    return _("%(cipher)s works with S/MIME certificates only. Choose AES-256 for an OpenPGP key.", cipher=cipher)


def cipher_unknown(cipher: str) -> str:
    """At the choice of ciphers."""
    return _("This mail server does not know %(cipher)s; it needs version 0.16.11. Choose AES-256.", cipher=cipher)


def not_saved(server_text: str) -> tuple[str, str]:
    """A refusal in words we do not know, quoted."""
    return _("Not saved. The server refused it: “%(text)s”", text=server_text), _("Nothing was changed.")


def too_many_keys(limit: int | None) -> tuple[str, str]:
    """No more keys are allowed."""
    heading = (
        ngettext("Not saved. The server allows %(n)s key.", "Not saved. The server allows %(n)s keys.", limit)
        if limit is not None
        else _("Not saved. The server allows no more keys.")
    )
    return heading, _("Remove one that you do not use, then add this one again.")


def not_applied() -> tuple[str, str]:
    """The connection broke, and reading showed that nothing was changed."""
    return (
        _("Not saved. The connection to the mail server broke before it was done."),
        _("We read everything again to make sure: nothing was changed. You can save it again."),
    )


def in_use() -> str:
    """Why a key cannot be removed."""
    return _(
        "Encryption at rest uses this key, so the server does not let it go. Choose another key or turn encryption off"
        " first."
    )


def name_wrong() -> str:
    """At the field `name`."""
    return _("A name is one line of at most 100 letters, without control characters.")


def cannot_see() -> str:
    """The heading where encryption may not be read."""
    return _("You cannot see encryption at rest here")


def cannot_set() -> str:
    """The heading where it may not be turned on or off."""
    return _("You cannot turn encryption on or off")


def cannot_add() -> str:
    """The heading where no key may be added."""
    return _("You cannot add public keys")


def cannot_remove() -> str:
    """The heading where no key may be removed."""
    return _("You cannot remove public keys")


def cannot_test() -> str:
    """The heading where no test message can be sent."""
    return _("This panel cannot send a test message for you")


def unknown_outcome(kind: str) -> str:
    """The heading of the third outcome."""
    return {
        "add": _("We do not know whether the key was saved"),
        "remove": _("We do not know whether the key was removed"),
        "on": _("We do not know whether encryption was turned on"),
        "off": _("We do not know whether encryption was turned off"),
    }[kind]
