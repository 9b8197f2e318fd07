"""Sentences about reported sign-ins: the last use of a credential, what happened on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.event_texts import Said
from bulwark.account.webhook import Outcome
from bulwark.language import _, ngettext, series
from bulwark.store.uses import MAIN_PASSWORD

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.account.last_use import SignIns, Uses
    from stalwart_jmap.objects.credential import Credential


def used(uses: Uses, one: Credential, now: datetime) -> str:
    """`Used 12 minutes ago: IMAP from 203.0.113.7.`; nothing where the server reports nothing."""
    if uses.since is None:
        return ""
    found = uses.of(one)
    if found is not None:
        when, where = language.moment(found.at, now), _where(found.protocol, found.address)
        return _("Used %(when)s: %(where)s.", when=when, where=where) if where else _("Used %(when)s.", when=when)
    if one.created_at is not None and one.created_at >= uses.since:
        return _("Not used yet.")
    return _("Not used since %(date)s, when reports began.", date=language.long_date(uses.since))


def not_known() -> str:
    """Once above a list, where the server reports nothing."""
    return _("Last use is not known here: the mail server’s event feed is not connected.")


def said(sign_ins: SignIns, name: str) -> Said:
    """What happened on a day; `name` is the credential's, empty for one that is gone."""
    where = _where(sign_ins.protocol, sign_ins.address)
    count = sign_ins.count
    times = ngettext("once", "%(n)s times", count) if count > 1 else ""
    how = series(part for part in (where, times) if part)
    match sign_ins.outcome:
        case Outcome.USED:
            return Said(icon="mail", what=_used_what(sign_ins.credential, name), how=how, tone="")
        case Outcome.CODE_MISSING:
            return Said(icon="info", what=_("The password was right, a code was asked for"), how=how, tone="")
        case Outcome.BLOCKED:
            return Said(icon="block", what=_("The mail server blocked further tries"), how=how, tone="bad")
        case _:
            return Said(icon="warn", what=_failed_what(sign_ins.credential, name), how=how, tone="warn")


def _used_what(credential: int, name: str) -> str:
    if credential == MAIN_PASSWORD:
        return _("Signed in with the main password")
    return _("“%(name)s” was used", name=name) if name else _("A credential that is revoked by now was used")


def _failed_what(credential: int, name: str) -> str:
    if credential == MAIN_PASSWORD:
        return _("Sign-in refused, wrong password")
    if not name:
        return _("Sign-in refused: a credential that does not exist")
    return _("Sign-in with “%(name)s” refused", name=name)


def _where(protocol: str, address: str) -> str:
    if protocol and address:
        return _("%(protocol)s from %(address)s", protocol=protocol, address=address)
    return protocol or (_("from %(address)s", address=address) if address else "")
