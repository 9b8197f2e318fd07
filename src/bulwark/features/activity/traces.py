"""Traces that a stranger leaves in what this panel can read: identities, public keys, encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.features.activity import trace_texts as texts
from bulwark.language import _, series
from stalwart_jmap.objects.account_settings import Encrypted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bulwark.features.overview.service import State
    from bulwark.web.page_types import Point


def traces_of(state: State) -> tuple[Point, ...]:
    """What was found, what could not be read, or that there is nothing unusual."""
    found = [*_identities(state), *_keys(state)]
    for area, section in (
        (state.identities, _("Sender identities")),
        (state.public_keys, _("Encryption keys")),
        (state.settings, _("Encryption at rest")),
    ):
        if area.error is not None and not area.is_closed:
            found.append(texts.unread(section))
    if not found:
        found.append(texts.nothing_found())
    if state.settings.value is not None:
        found.append(texts.encryption_is(on=isinstance(state.settings.value.encryption, Encrypted)))
    return tuple(found)


def _identities(state: State) -> Iterator[Point]:
    listed = state.identities.value or ()
    own = {one.email.rpartition("@")[2].lower() for one in listed}
    for one in listed:
        for targets, is_copy in ((one.reply_to, False), (one.bcc, True)):
            for target in targets:
                if target.email.rpartition("@")[2].lower() not in own:
                    yield texts.identity_hides(one.email, target.email, is_copy=is_copy)


def _keys(state: State) -> Iterator[Point]:
    addresses = {one.email.lower() for one in state.identities.value or ()}
    if not addresses:
        return
    encryption = state.settings.value.encryption if state.settings.value is not None else None
    used = encryption.public_key if isinstance(encryption, Encrypted) else None
    for key in state.public_keys.value or ():
        if not {one.lower() for one in key.email_addresses} & addresses:
            owner = series(sorted(key.email_addresses)) or key.description
            yield texts.foreign_key(owner, in_use=key.id == used)
