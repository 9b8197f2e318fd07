"""The settings of redirect sign-in: who signs people in, and how this panel is registered there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bulwark.setting_values import WrongValue, file, origin
from stalwart_jmap.secret import Secret

CLIENT_ID = "bulwark-account-security"
SCOPES = ("email", "profile")
_CLIENT = re.compile(r"[!-~]{1,2048}", re.ASCII)
_SECRET = re.compile(r"[!-~]{1,512}", re.ASCII)
_SCOPE = re.compile(r"[!#-\[\]-~]{1,200}", re.ASCII)  # RFC 6749, appendix A.4


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOn:
    """Who signs people in besides the panel's own form.

    Without an `issuer` it is the mail server's own sign-in page, which browsers find at `login_url`, and whatever
    provider the mail server names for an address.
    """

    issuer: str | None
    client_id: str
    client_secret: Secret | None
    scopes: tuple[str, ...]
    name: str | None
    account_url: str | None
    private_addresses: bool
    login_url: str

    def name_of(self, issuer: str) -> str:
        """What pages call a provider."""
        return self.name or urlsplit(issuer).netloc

    def may_send_to(self, url: str) -> bool:
        """Whether a browser may be sent to a provider's page: https, and http where private addresses are allowed."""
        parts = urlsplit(url)
        return bool(parts.netloc) and parts.scheme in ({"https", "http"} if self.private_addresses else {"https"})

    def account_page(self, issuer: str) -> str:
        """Where people manage password and second factor at a provider."""
        parts = urlsplit(issuer)
        return self.account_url or f"{parts.scheme}://{parts.netloc}/"


def issuer(text: str) -> str:
    """The issuer exactly as the provider writes it: https, no query; http for this machine only."""
    example = "Write for example https://sso.example.org/realms/mail"
    origin(text)  # its scheme and host
    if urlsplit(text).query or urlsplit(text).fragment or not text.isascii() or not text.isprintable():
        raise WrongValue(f"An issuer has no query and no fragment, and is plain ASCII. {example}")
    return text


def page(text: str) -> str:
    """The address of a page that people are led to."""
    origin(text)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise WrongValue("It must be plain ASCII without spaces. Write for example https://sso.example.org/account")
    return text


def client_id(text: str) -> str:
    """The name under which this panel is registered."""
    if not _CLIENT.fullmatch(text):
        raise WrongValue(f"It must be printable ASCII without spaces. Write for example {CLIENT_ID}")
    return text


def client_secret(text: str) -> Secret:
    """The secret that belongs to it; never shown in a problem."""
    if not _SECRET.fullmatch(text):
        raise WrongValue(
            "It must be 1 to 512 printable ASCII letters without spaces. Write it as the provider shows it."
        )
    return Secret(text)


def client_secret_in(path: str) -> Secret:
    """The same from a file of one line."""
    return client_secret(file(path).read_text(encoding="utf-8", errors="replace").strip())


def scopes(text: str) -> tuple[str, ...]:
    """Scopes with spaces or commas between; `openid` is always asked for and need not be named."""
    found = tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", text) if word and word != "openid"))
    if any(not _SCOPE.fullmatch(word) for word in found):
        raise WrongValue("It must be scopes with spaces between. Write for example email profile offline_access")
    return found
