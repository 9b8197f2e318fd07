"""Steps of a person who signs in elsewhere: leaving the panel, the mail server's own page, coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

if TYPE_CHECKING:
    from html_page import Page
    from mail_server import MailAccount, MailServer
    from panel_browser import Browser

CALLBACK = "/sign-in/callback"


async def leave(browser: Browser, path: str) -> str:
    """Follow a link that leads away from the panel; returns where it leads."""
    response = await browser.request("GET", path, headers={"sec-fetch-site": "same-origin"})
    assert response.status_code == 303, f"{response.status_code} to {path}: {response.text[:500]}"
    return str(response.headers["location"])


def asked(url: str) -> dict[str, str]:
    """What an address asks for, each field once."""
    fields = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in fields.values()), url
    return {name: values[0] for name, values in fields.items()}


async def at_mail_server(mail_server: MailServer, url: str, account: MailAccount, *, code: str | None = None) -> str:
    """Do what the mail server's page at `url` does for a person; returns the address that it leads back to."""
    fields = asked(url)
    body = {
        "type": "authCode",
        "accountName": account.login,
        "accountSecret": account.password,
        "mfaToken": code,
        "clientId": fields["client_id"],
        "redirectUri": fields["redirect_uri"],
        "codeChallenge": fields["code_challenge"],
        "codeChallengeMethod": fields["code_challenge_method"],
        "scope": fields["scope"],
        "state": fields["state"],
    }
    async with httpx2.AsyncClient(base_url=mail_server.url, transport=mail_server.transport, timeout=30) as http:
        answer = (await http.post("/api/auth", json=body)).json()
    assert answer["type"] == "authenticated", answer["type"]
    return callback(code=answer["client_code"], state=fields["state"], iss=answer["iss"])


def callback(**fields: str) -> str:
    """The address of an answer, without host."""
    return f"{CALLBACK}?{urlencode(fields)}"


async def sign_in_at_mail_server(
    mail_server: MailServer, browser: Browser, account: MailAccount, *, code: str | None = None
) -> Page:
    """Sign a person in by the mail server's own page."""
    url = await leave(browser, "/sign-in/redirect")
    return await browser.open(await at_mail_server(mail_server, url, account, code=code))
