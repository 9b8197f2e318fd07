"""Where the main password is used today, as the mail server reported it: what stops when two-factor is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account.webhook import Outcome
from bulwark.features.two_factor.pages import Use
from bulwark.language import _
from bulwark.store.uses import MAIN_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bulwark.account.last_use import SignIns
    from bulwark.sessions.visit import Visit

_WEB = "HTTP"


async def reported(visit: Visit) -> tuple[Use, ...]:
    """One entry a protocol, the latest use first; empty where the server reports nothing to this panel."""
    since, _latest = await visit.panel.last_uses.heard()
    if since is None:
        return ()
    found = latest_of(await visit.panel.last_uses.sign_ins(visit.account_keys))
    uses = tuple(_use(one, visit.now) for one in found)
    return uses if any(one.protocol != _WEB for one in found) else (*uses, _none_since(since))


def latest_of(sign_ins: Iterable[SignIns]) -> tuple[SignIns, ...]:
    """The latest day with a use of the main password for each protocol, the web last; days come latest first."""
    latest: dict[str, SignIns] = {}
    for one in sign_ins:
        if one.outcome is Outcome.USED and one.credential == MAIN_PASSWORD:
            latest.setdefault(one.protocol, one)
    return tuple(sorted(latest.values(), key=lambda one: one.protocol == _WEB))


def stops(uses: tuple[Use, ...]) -> tuple[str, ...]:
    """The headings of what was seen."""
    return tuple(use.heading for use in uses if use.replaceable)


def _use(one: SignIns, now: datetime) -> Use:
    when = language.moment(one.last_at, now)
    text = (
        _("Last used: %(when)s, from %(address)s.", when=when, address=one.address)
        if one.address
        else _("Last used: %(when)s.", when=when)
    )
    icon, heading = _named(one.protocol)
    if one.protocol == _WEB:
        text = " ".join((text, _("Signing in to this panel is counted there too.")))
    return Use(icon=icon, heading=heading, text=text, replaceable=True)


def _named(protocol: str) -> tuple[str, str]:
    match protocol:
        case "IMAP" | "POP3":
            return "mail", _("Reading mail over %(protocol)s", protocol=protocol)
        case "SMTP":
            return "send", _("Sending mail over %(protocol)s", protocol=protocol)
        case "ManageSieve":
            return "filter", _("Mail filters over %(protocol)s", protocol=protocol)
        case "HTTP":
            return "calendar", _("Calendars, contacts or files over %(protocol)s", protocol=protocol)
        case _:
            return "laptop", _("An app over %(protocol)s", protocol=protocol or "?")


def _none_since(since: datetime) -> Use:
    return Use(
        icon="mail",
        heading=_("No mail app"),
        text=_("Not used since %(date)s, when reports began.", date=language.long_date(since)),
    )


def how_known() -> str:
    """Under "How we know which apps you use"."""
    return _(
        "The mail server reports each use of your main password to this panel: when, over which protocol, from which"
        " address. An app that was not used since the reports began is not in the list."
    )
