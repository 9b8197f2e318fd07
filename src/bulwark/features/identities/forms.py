"""From the fields of the identity form to its content, or to sentences at the fields. Nothing is sent before that."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from bulwark.features.identities import mailboxes
from bulwark.features.identities import pages as texts
from bulwark.features.identities.mailboxes import Unreadable
from bulwark.features.identities.pages import Typed
from bulwark.features.identities.service import Content, Field, plain_lines
from stalwart_jmap.objects.identity import NAME_BYTES, SIGNATURE_BYTES

if TYPE_CHECKING:
    from bulwark.web.forms import Form
    from stalwart_jmap import Mailbox

SEEN = "seen_"


def typed(form: Form, prefix: str = "") -> Typed:
    """The fields as typed; `prefix` reads the hidden ones that say what the person saw."""
    return Typed(
        email=form.text(f"{prefix}email").strip(),
        other_email=form.text(f"{prefix}other_email").strip(),
        name=unicodedata.normalize("NFC", form.text(f"{prefix}name")).strip(),
        reply_to=form.text(f"{prefix}reply_to").strip(),
        bcc=form.text(f"{prefix}bcc").strip(),
        text_signature=plain_lines(form.text(f"{prefix}text_signature")),
        html_signature=plain_lines(form.text(f"{prefix}html_signature")),
    )


def as_typed(content: Content, email: str = "") -> Typed:
    """Content as a person would type it."""
    return Typed(
        email=email,
        name=content.name,
        reply_to=mailboxes.written(content.reply_to),
        bcc=mailboxes.written(content.bcc),
        text_signature=content.text_signature,
        html_signature=content.html_signature,
    )


def contents(fields: Typed, seen: Typed | None = None) -> tuple[Content, Content, dict[str, str]]:
    """What is wanted, what was seen, and the sentence for each field that cannot be sent.

    A field that was left as it was shown is never wrong and never counts as changed, whatever another program had
    written there: it is empty in both contents.
    """
    wrong: dict[str, str] = {}
    before = seen or Typed()
    touched = {field for field in Field if getattr(fields, field.value) != getattr(before, field.value)}
    if Field.NAME in touched:
        _check_name(fields.name, wrong)
    for field in (Field.TEXT, Field.HTML):
        if field in touched:
            _check_signature(field.value, getattr(fields, field.value), wrong)
    wanted: dict[str, Any] = {}
    had: dict[str, Any] = {}
    for field in touched:
        text, old = getattr(fields, field.value), getattr(before, field.value)
        is_boxes = field in {Field.REPLY_TO, Field.BCC}
        wanted[field.value] = _boxes(field.value, text, wrong) if is_boxes else text
        had[field.value] = _boxes(field.value, old, {}) if is_boxes else old
    in_order: dict[str, str] = {field.value: wrong[field.value] for field in Field if field.value in wrong}
    return Content(**wanted), Content(**had), in_order


def address_of(fields: Typed) -> tuple[str, dict[str, str]]:
    """The address of a new identity; one that was typed goes before one that was chosen."""
    name = "other_email" if fields.other_email else "email"
    email = fields.other_email or fields.email
    if not email:
        return "", {"email": texts.address_missing()}
    if not mailboxes.is_address(email):
        return "", {name: texts.unreadable_address(email)}
    return email.lower(), {}


def _check_name(name: str, wrong: dict[str, str]) -> None:
    if mailboxes.has_control_letters(name):
        wrong["name"] = texts.name_has_control_letters()
    elif len(name.encode()) > NAME_BYTES:
        wrong["name"] = texts.name_too_long(len(name.encode()), NAME_BYTES)


def _boxes(name: str, text: str, wrong: dict[str, str]) -> tuple[Mailbox, ...]:
    try:
        return mailboxes.parse(text)
    except Unreadable as error:
        wrong[name] = texts.unreadable_address(error.part)
        return ()


def _check_signature(name: str, text: str, wrong: dict[str, str]) -> None:
    size = len(text.encode())
    if size > SIGNATURE_BYTES:
        wrong[name] = texts.signature_too_long(size, SIGNATURE_BYTES)
    elif any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in text):
        wrong[name] = texts.signature_has_control_letters()
