"""Where mail programs connect, for the protocols that an app password reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bulwark.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.setting_values import Endpoint
    from bulwark.settings import Settings

_HTTPS = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One line of the table: what for, and where."""

    protocol: str
    purpose: str
    host: str
    port: int
    is_upgraded: bool = False  # STARTTLS
    address: str = ""  # the whole address, where a program wants one

    @property
    def security(self) -> str:
        """What programs call it."""
        if self.address.startswith("http:"):  # on this machine only
            return "-"
        return "STARTTLS" if self.is_upgraded else "SSL/TLS"


def servers_for(protocols: Sequence[str], settings: Settings) -> tuple[Server, ...]:
    """The lines for these protocols, in the order programs ask for them."""
    lines = {
        "IMAP": _line("IMAP", _("Reading mail (IMAP)"), settings.imap),
        "POP3": _line("POP3", _("Fetching mail (POP3)"), settings.pop3),
        "SMTP": _line("SMTP", _("Sending mail (SMTP)"), settings.smtp),
        "CalDAV": _web("CalDAV", _("Calendars (CalDAV)"), settings.dav, "/dav/cal"),
        "CardDAV": _web("CardDAV", _("Contacts (CardDAV)"), settings.dav, "/dav/card"),
        "WebDAV": _web("WebDAV", _("Files (WebDAV)"), settings.dav, "/dav/file"),
        "ManageSieve": _line("ManageSieve", _("Mail filters (ManageSieve)"), settings.sieve),
        "JMAP": _web("JMAP", _("Mail (JMAP)"), settings.server_url, "/jmap/session"),
    }
    return tuple(line for name, line in lines.items() if name in protocols)


def _line(protocol: str, purpose: str, at: Endpoint) -> Server:
    return Server(protocol=protocol, purpose=purpose, host=at.host, port=at.port, is_upgraded=at.is_upgraded)


def _web(protocol: str, purpose: str, origin: str, path: str) -> Server:
    parts = urlsplit(origin)
    port = parts.port or (_HTTPS if parts.scheme == "https" else 80)
    return Server(protocol=protocol, purpose=purpose, host=parts.hostname or "", port=port, address=f"{origin}{path}")
