"""Ready commands and settings for programs without a window. None of them holds the secret: programs ask for it.

A command line stands in the shell's history and in the list of processes, a settings file on a disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.features.app_passwords.kits.servers import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A text to copy: `file` is where it belongs, or the program that runs it."""

    file: str
    text: str
    explanation: str


def snippets_for(address: str, servers: Sequence[Server]) -> tuple[Snippet, ...]:
    """What fits the protocols of an app password."""
    by_protocol = {server.protocol: server for server in servers}
    found = []
    if "IMAP" in by_protocol:
        found += [_curl_imap(address, by_protocol["IMAP"]), _mbsync(address, by_protocol["IMAP"])]
    if "POP3" in by_protocol:
        found.append(_curl_pop3(address, by_protocol["POP3"]))
    if "SMTP" in by_protocol:
        found.append(_msmtp(address, by_protocol["SMTP"]))
    found += [_curl_dav(address, by_protocol[name]) for name in ("CalDAV", "CardDAV", "WebDAV") if name in by_protocol]
    if "JMAP" in by_protocol:
        found.append(_curl_jmap(address, by_protocol["JMAP"]))
    return tuple(found)


def _quoted(text: str) -> str:
    """As one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _asks() -> str:
    return _("curl asks for the password, so that it does not stand in the history.")


def _curl_imap(address: str, at: Server) -> Snippet:
    scheme, tls = ("imap", " --ssl-reqd") if at.is_upgraded else ("imaps", "")
    text = f"curl{tls} --user {_quoted(address)} {scheme}://{_host(at)}:{at.port}/INBOX --request 'EXAMINE INBOX'"
    return Snippet(file="curl", text=text, explanation=_("Counts the mail in the inbox. ") + _asks())


def _curl_pop3(address: str, at: Server) -> Snippet:
    scheme, tls = ("pop3", " --ssl-reqd") if at.is_upgraded else ("pop3s", "")
    text = f"curl{tls} --user {_quoted(address)} {scheme}://{_host(at)}:{at.port}/"
    return Snippet(file="curl", text=text, explanation=_("Lists the mail that waits. ") + _asks())


def _curl_dav(address: str, at: Server) -> Snippet:
    text = (
        f"curl --user {_quoted(address)} --request PROPFIND --header 'Depth: 1' \\\n"
        f"  {_quoted(f'{at.address}/{address}/')}"
    )
    purpose = {
        "CalDAV": _("Lists your calendars. "),
        "CardDAV": _("Lists your address books. "),
        "WebDAV": _("Lists your files. "),
    }[at.protocol]
    return Snippet(file="curl", text=text, explanation=purpose + _asks())


def _curl_jmap(address: str, at: Server) -> Snippet:
    text = f"curl --user {_quoted(address)} {_quoted(at.address)}"
    return Snippet(file="curl", text=text, explanation=_("Shows what the server offers to this password. ") + _asks())


def _mbsync(address: str, at: Server) -> Snippet:
    text = "\n".join(
        (
            "IMAPAccount mail",
            f"Host {at.host}",
            f"Port {at.port}",
            f'User "{address}"',
            'PassCmd "secret-tool lookup service mail"',
            f"TLSType {'STARTTLS' if at.is_upgraded else 'IMAPS'}",
            "",
            "IMAPStore mail-remote",
            "Account mail",
            "",
            "MaildirStore mail-local",
            "Path ~/Mail/",
            "Inbox ~/Mail/INBOX",
            "SubFolders Verbatim",
            "",
            "Channel mail",
            "Far :mail-remote:",
            "Near :mail-local:",
            "Patterns *",
            "Create Near",
        )
    )
    explanation = _(
        "Copies all mail to a folder. Store the password first: secret-tool store --label Mail service mail"
    )
    return Snippet(file="~/.mbsyncrc", text=text, explanation=explanation)


def _msmtp(address: str, at: Server) -> Snippet:
    text = "\n".join(
        (
            "account mail",
            f"host {at.host}",
            f"port {at.port}",
            "auth on",
            "tls on",
            f"tls_starttls {'on' if at.is_upgraded else 'off'}",
            f"from {address}",
            f"user {address}",
            'passwordeval "secret-tool lookup service mail"',
            "account default : mail",
        )
    )
    explanation = _("Sends mail. Store the password first: secret-tool store --label Mail service mail")
    return Snippet(file="~/.msmtprc", text=text, explanation=explanation)


def _host(at: Server) -> str:
    return f"[{at.host}]" if ":" in at.host else at.host
