"""One setting's text becomes a value, or a sentence that says what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from stalwart_jmap.secret import Secret

Network = IPv4Network | IPv6Network
Word = TypeVar("Word", bound=str)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,8})\s*([smhd])", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
_LONGEST_TEXT = 500
_SHARED_SECRET = re.compile(r"[!-~]{16,256}", re.ASCII)
_UPGRADED = frozenset({25, 110, 143, 587, 4190})  # ports where TLS begins with a command (STARTTLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where mail programs find one protocol."""

    host: str
    port: int

    @property
    def is_upgraded(self) -> bool:
        """Whether the connection begins in the clear and turns to TLS, by the port's custom."""
        return self.port in _UPGRADED


class WrongValue(ValueError):
    """The text does not fit; the message is a whole sentence with an example."""


def origin(text: str) -> str:
    """`https://host[:port]` of the address, lower case, without path or default port.

    Plain http is taken for loopback hosts only: anywhere else passwords would cross the network in the clear.
    """
    example = "Write for example https://mail.example.org"
    if "://" not in text:
        raise WrongValue(f"It needs the whole address with its scheme. {example}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise WrongValue(f"It is not an address. {example}") from None
    if parts.username is not None or parts.password is not None:
        raise WrongValue(f"It must not carry a login or a password. {example}")
    host = _ascii_host(parts.hostname or "")
    if not host:
        raise WrongValue(f"It names no host. {example}")
    if parts.scheme not in {"https", "http"}:
        raise WrongValue(f"Only https is understood. {example}")
    if parts.scheme == "http" and not is_loopback(host):
        raise WrongValue(
            f"Plain http would send passwords in the clear to {host}; it is taken for this machine itself only. "
            f"Write https://{host}",
        )
    shown = f"[{host}]" if ":" in host else host
    default = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None and port != default else "")


def endpoint(text: str, *, port: int) -> Endpoint:
    """A host, with its port unless it is the given one: `imap.example.org:143`, `[2001:db8::1]:993`."""
    example = f"Write for example imap.example.org or imap.example.org:{port}"
    try:
        parts = urlsplit(f"//{text.strip()}")
        chosen = parts.port
    except ValueError:
        raise WrongValue(f"It is no host with a port. {example}") from None
    host = _ascii_host(parts.hostname or "")
    if not host or parts.path or parts.query or parts.fragment or "@" in parts.netloc or chosen == 0:
        raise WrongValue(f"It is no host with a port. {example}")
    return Endpoint(host=host, port=chosen or port)


def is_loopback(host: str) -> bool:
    """Whether the host name or address means this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _ascii_host(host: str) -> str:
    """The host in the form that goes over the wire, or an empty string when it is no host."""
    try:
        return ip_address(host).compressed
    except ValueError:
        pass
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return ascii_host if _HOST.fullmatch(ascii_host) else ""


def duration(text: str, *, least: timedelta, most: timedelta) -> timedelta:
    """A number with its unit: s, m, h or d."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise WrongValue(f"It needs a number and one of the units s, m, h, d. Write for example {in_words(least)}")
    value = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if not least <= value <= most:
        raise WrongValue(
            f"It must lie between {in_words(least)} and {in_words(most)}. Write for example {in_words(least)}"
        )
    return value


def in_words(value: timedelta) -> str:
    """The shortest text that `duration` reads back as the value, such as `90m` or `12h`."""
    seconds = int(value.total_seconds())
    unit = next(name for name in "dhms" if seconds % _UNITS[name] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def number(text: str, *, least: int, most: int) -> int:
    """A whole number within bounds."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))) or not least <= int(text) <= most:
        raise WrongValue(f"It must be a whole number from {least} to {most}. Write for example {least}")
    return int(text)


def choice(text: str, *among: Word) -> Word:
    """One of a few words, in any case."""
    for word in among:
        if word.lower() == text.strip().lower():
            return word
    raise WrongValue(f"It must be one of {', '.join(among)}. Write for example {among[0]}")


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks with commas between them."""
    found: list[Network] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError:
            hint = _network_hint(part)
            raise WrongValue(
                f"'{part}' is neither an address nor a network. Write for example {hint or '127.0.0.1, 10.0.0.0/8'}",
            ) from None
    return tuple(found)


def _network_hint(part: str) -> str | None:
    """The network that a mask with host bits was meant to be."""
    try:
        return str(ip_network(part, strict=False))
    except ValueError:
        return None


def line(text: str) -> str:
    """One line of text that pages show."""
    value = text.strip()
    if len(value) > _LONGEST_TEXT or not value.isprintable():
        raise WrongValue(f"It must be one line of at most {_LONGEST_TEXT} letters. Write for example Example mail")
    return value


def shared_secret(text: str) -> Secret:
    """A secret that two programs share: at least sixteen printable letters without spaces."""
    if not _SHARED_SECRET.fullmatch(text):
        raise WrongValue(
            "It needs 16 to 256 letters, digits or signs without spaces. Make one with: openssl rand -base64 32"
        )
    return Secret(text)


def shared_secrets(path: str, *, most: int) -> tuple[Secret, ...]:
    """The secrets in a file, one a line, the newest first; at most `most`."""
    lines = [line.strip() for line in file(path).read_text(encoding="utf-8", errors="replace").splitlines()]
    found = [line for line in lines if line]
    if not 1 <= len(found) <= most:
        raise WrongValue(f"It must hold {'one line' if most == 1 else f'one to {most} lines'}, a secret on each.")
    return tuple(shared_secret(line) for line in found)


def issuer(text: str) -> str:
    """The name an authenticator app shows beside the account; a colon would cut it in two."""
    value = line(text)
    longest = 64
    if ":" in value or len(value) > longest:
        raise WrongValue(f"It must have no colon and at most {longest} letters. Write for example Example mail")
    return value


def mail_address(text: str) -> str:
    """An address of somebody, not checked any further than its shape."""
    value = line(text)
    if not _ADDRESS.fullmatch(value):
        raise WrongValue("It must be a mail address. Write for example postmaster@example.org")
    return value


def file(text: str) -> Path:
    """A file that is there and can be read."""
    path = Path(text)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise WrongValue(
            f"The file {path} cannot be read ({error.strerror}). Write the whole path of a file that the panel's own "
            "user may read, for example /etc/bulwark/ca.pem",
        ) from None
