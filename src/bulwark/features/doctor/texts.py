"""What each result of the doctor means, and how to mend it; the page and the command say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from bulwark.errors import ProviderWhy
from bulwark.features.doctor.service import Check, State
from bulwark.language import N_, _
from bulwark.web import provider_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulwark.features.doctor.service import Result


class Said(NamedTuple):
    """A result in words: what was looked at, what it means, how to mend it."""

    title: str
    meaning: str
    remedy: str


_TITLES: Mapping[Check, str] = {
    Check.SERVER: N_("The mail server answers and is 0.16 or newer"),
    Check.BAN: N_("The panel’s address is not blocked"),
    Check.TLS: N_("The connection to the mail server"),
    Check.ADDRESSES: N_("Published addresses lead back to the server"),
    Check.CLOCK: N_("The two clocks agree"),
    Check.FORWARDING: N_("Wrong passwords are counted for the right person"),
    Check.WEBHOOK: N_("Reports of sign-ins arrive"),
    Check.ENCRYPTION: N_("Encryption at rest is allowed"),
    Check.ROLE: N_("The default role is complete"),
    Check.SIGN_IN: N_("Signing in elsewhere"),
    Check.CONFIGURATION: N_("The panel’s settings"),
    Check.DATABASE: N_("The panel’s database"),
    Check.KEYS: N_("The panel’s master key"),
}
_NOBODY = N_("Not looked at: nobody is signed in who may read it. Sign in as an administrator: bulwark sign-in")
_SILENT = N_("Not looked at: the mail server gave no usable answer.")
_LACKING = N_("Not looked at: your account lacks %(names)s.")
_ELSEWHERE = N_("Not looked at: the panel’s settings are not on this machine, or BULWARK_SERVER_URL is not set.")
# (check, case) -> what it means, how to mend it
_TEXTS: Mapping[tuple[Check, str], tuple[str, str]] = {
    (Check.SERVER, "answers"): (N_("%(server)s answers."), ""),
    (Check.SERVER, "old"): (
        N_("%(server)s is older than Stalwart 0.16, or no Stalwart. Nothing of this panel works with it."),
        N_("Update Stalwart to 0.16 or newer, or correct BULWARK_SERVER_URL."),
    ),
    (Check.SERVER, "busy"): (
        N_("The server asks to wait %(seconds)s seconds: its limit of anonymous requests is reached."),
        N_("Put the panel’s address into AllowedIp, or let the server believe forwarded addresses."),
    ),
    (Check.SERVER, "failing"): (
        N_("%(server)s answers with status %(status)s."),
        N_("Look into the log of the mail server, or of the proxy in front of it."),
    ),
    (Check.SERVER, "unreadable"): (
        N_("%(server)s answers with something that is not Stalwart’s: perhaps a proxy’s page."),
        N_(
            "Point BULWARK_SERVER_URL at Stalwart’s HTTP listener, and let the proxy pass /.well-known, /api and /jmap."
        ),
    ),
    (Check.SERVER, "silent"): (
        N_("%(server)s does not answer: %(why)s."),
        N_("Check BULWARK_SERVER_URL, name resolution, the firewall, and the certificate (BULWARK_CA_FILE)."),
    ),
    (Check.BAN, "free"): (N_("The server takes requests from here."), ""),
    (Check.BAN, "banned"): (
        N_("The server refuses every request from here: the address is blocked. Nobody can sign in to this panel."),
        N_(
            "Remove the address from BlockedIp, run the action ReloadBlockedIps, then put it into AllowedIp or let the"
            " server believe forwarded addresses."
        ),
    ),
    (Check.TLS, "verified"): (N_("Encrypted, and the certificate was verified."), ""),
    (Check.TLS, "plain"): (
        N_("Not encrypted. That is fine on one machine or inside one private network."),
        N_("Write https:// in BULWARK_SERVER_URL where the connection leaves the machine."),
    ),
    (Check.ADDRESSES, "back"): (N_("The addresses that the server publishes are its own."), ""),
    (Check.ADDRESSES, "elsewhere"): (
        N_(
            "The server publishes %(published)s, and the panel reaches it at %(ours)s."
            " The panel does not follow; other programs do."
        ),
        N_("Set the server’s default host name (SystemSettings) or its forwarding headers right."),
    ),
    (Check.CLOCK, "same"): (N_("The difference is %(seconds)s seconds."), ""),
    (Check.CLOCK, "ahead"): (
        N_("The server’s clock is %(seconds)s seconds ahead. Codes from authenticator apps may be refused."),
        N_("Turn on time synchronisation on both machines."),
    ),
    (Check.CLOCK, "behind"): (
        N_("The server’s clock is %(seconds)s seconds behind. Codes from authenticator apps may be refused."),
        N_("Turn on time synchronisation on both machines."),
    ),
    (Check.FORWARDING, "believed"): (N_("The server believes forwarded addresses (Http, useXForwarded)."), ""),
    (Check.FORWARDING, "loopback"): (N_("The server is on this machine, whose address it never blocks."), ""),
    (Check.FORWARDING, "exempt"): (
        N_("Forwarded addresses are not believed; these addresses are never blocked: %(addresses)s."),
        N_("Make sure that the panel’s address is among them. The panel itself slows down wrong tries."),
    ),
    (Check.FORWARDING, "counted"): (
        N_(
            "The server counts everybody’s wrong passwords for the panel’s address. A"
            " hundred a day block the panel for good."
        ),
        N_(
            "Turn on Http useXForwarded (behind a proxy you trust), or put the panel’s"
            " address into AllowedIp; then ReloadSettings."
        ),
    ),
    (Check.WEBHOOK, "unused"): (
        N_("Not used. Last use of app passwords and sign-ins elsewhere are unknown to the panel."),
        N_("Set BULWARK_WEBHOOK_SECRET and make a webhook on the server; see docs/webhook.md."),
    ),
    (Check.WEBHOOK, "missing"): (
        N_("No webhook of the server leads to %(path)s of this panel, so nothing is reported."),
        N_("Make a webhook on the server with the panel’s address and the secret; then ReloadSettings."),
    ),
    (Check.WEBHOOK, "off"): (
        N_("The webhook to %(url)s is turned off."),
        N_("Turn it on, then run the action ReloadSettings."),
    ),
    (Check.WEBHOOK, "there"): (N_("A webhook leads to %(url)s."), ""),
    (Check.WEBHOOK, "silent-feed"): (
        N_("A webhook leads to %(url)s, but nothing ever arrived."),
        N_("Run ReloadSettings, compare the secrets, and check that the server can reach the panel."),
    ),
    (Check.WEBHOOK, "quiet"): (
        N_("A webhook leads to %(url)s, and nothing arrived for a day."),
        N_("On a server with few people that is usual. Sign in once and look here again."),
    ),
    (Check.WEBHOOK, "alive"): (N_("Reports arrive through %(url)s."), ""),
    (Check.ENCRYPTION, "on"): (N_("Whoever turns it on gets it."), ""),
    (Check.ENCRYPTION, "off"): (
        N_(
            "Email encryptAtRest is off for the whole server: people may turn"
            " encryption on, and mail is stored in the clear."
        ),
        N_("Turn on encryptAtRest in the Email settings, then run the action ReloadSettings."),
    ),
    (Check.ROLE, "complete"): (N_("People with the default roles (%(roles)s) can use every part of the panel."), ""),
    (Check.ROLE, "lacking"): (
        N_("The default roles (%(roles)s) lack %(names)s."),
        N_("The page Permissions has a plan that adds them: one change for everybody."),
    ),
    (Check.SIGN_IN, "form"): (N_("Not used. People sign in with the panel’s own form."), ""),
    (Check.SIGN_IN, "own"): (N_("People sign in at the mail server’s own page, %(page)s."), ""),
    (Check.SIGN_IN, "provider"): (
        N_("%(issuer)s answers, and its keys can be read. Client %(client)s, way back %(callback)s."),
        "",
    ),
    (Check.CONFIGURATION, "fine"): (N_("Complete, without warnings."), ""),
    (Check.CONFIGURATION, "problems"): (
        "%(problems)s",
        N_("Correct the settings; docs/configure.md lists all of them."),
    ),
    (Check.CONFIGURATION, "no-address"): (
        N_("BULWARK_PUBLIC_URL is not set: the panel serves this machine only."),
        N_("Set it to the address where people open the panel."),
    ),
    (Check.CONFIGURATION, "no-contact"): (
        N_("BULWARK_CONTACT is not set: pages cannot say whom to write to."),
        N_("Set it to the address of the administrator."),
    ),
    (Check.DATABASE, "fine"): (N_("It answers and belongs to this release."), ""),
    (Check.DATABASE, "down"): ("%(why)s", N_("Start the database, free some space, or run bulwark migrate.")),
    (Check.KEYS, "fine"): (N_("It is there, and only the panel may read it."), ""),
    (Check.KEYS, "absent"): (
        N_("%(file)s does not exist yet; the first start makes it."),
        N_("Keep a copy in a safe place then."),
    ),
    (Check.KEYS, "unusable"): (
        "%(why)s",
        N_("Put the right file back; without it nothing that the panel sealed can be read."),
    ),
}
_AS_IT_IS = {"%(problems)s", "%(why)s"}  # sentences that come ready-made
_REASONS = {"nobody": _NOBODY, "silent": _SILENT, "permission": _LACKING, "elsewhere": _ELSEWHERE}


def said(result: Result) -> Said:
    """A result in the language in force."""
    title = _(_TITLES[result.check])
    if result.state is State.UNCHECKED:
        return Said(title, _(_REASONS[result.case]) % result.facts, "")
    why: ProviderWhy | None = next((one for one in get_args(ProviderWhy) if one == result.case), None)
    if result.check is Check.SIGN_IN and why is not None:
        sentence, remedy = provider_pages.said(why)
        return Said(title, f"{result.facts['issuer']}: {sentence}", remedy)
    meaning, remedy = _TEXTS[result.check, result.case]
    meaning = meaning if meaning in _AS_IT_IS else _(meaning)
    return Said(title, meaning % result.facts, _(remedy) if remedy else "")


def word(state: State) -> str:
    """How it stands, in a word."""
    return {
        State.FINE: _("In order"),
        State.NOTE: _("Good to know"),
        State.ATTENTION: _("Needs attention"),
        State.BROKEN: _("Broken"),
        State.UNCHECKED: _("Not looked at"),
    }[state]
