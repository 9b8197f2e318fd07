"""Asking the panel's interface for programs, with a person's own token of the mail server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

    from mail_server import MailAccount, MailServer
    from panel_kit import RunningPanel


async def token_of(mail_server: MailServer, account: MailAccount) -> str:
    """A token of the mail server, as the command line has one."""
    from stalwart_jmap import Secret, Tokens, Transport, sign_in

    transport = Transport(mail_server.url, http=mail_server.transport)
    answer = await sign_in(
        transport,
        login=account.login,
        password=Secret(account.password),
        code=Secret(account.code()) if account.totp_secret else None,
        client_id="tests",
        redirect_uri="https://tests.invalid/",
    )
    assert isinstance(answer, Tokens)
    return answer.access.reveal()


async def ask(
    panel: RunningPanel, token: str, path: str, body: dict[str, Any] | None = None, **headers: str
) -> httpx2.Response:
    """One request of a program: no cookies, no page before it."""
    sent = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}
    content = json.dumps(body).encode() if body is not None else None
    return await panel.browser().request("POST" if body is not None else "GET", path, headers=sent, content=content)


async def did(panel: RunningPanel, token: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await ask(panel, token, path, body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found
