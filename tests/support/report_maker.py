"""Reports of sign-ins as the mail server sends them, signed."""

from __future__ import annotations

import base64
import hmac
import json
from itertools import count
from typing import TYPE_CHECKING, Any

from stalwart_jmap.core.ids import to_number

if TYPE_CHECKING:
    from datetime import datetime

    import httpx2

    from panel_browser import Browser

SECRET = "k3pT9vXq2LmZ7wRb4NsY-webhook"
HOOK = "/hooks/stalwart"
_NUMBERS = count(1_795_444_951_037)


def event(at: datetime, account_id: str, kind: str = "auth.success", **data: Any) -> dict[str, Any]:
    """One report; `data` in the wire's names, `accountId` is added."""
    known = {"accountId": to_number(account_id), "listenerId": "imap", "remoteIp": "198.51.100.23", **data}
    made = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"id": str(next(_NUMBERS)), "createdAt": made, "type": kind, "data": known}


def body_of(*events: dict[str, Any]) -> bytes:
    """A delivery."""
    return json.dumps({"events": events}).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """What stands in `X-Signature`."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


async def deliver(browser: Browser, *events: dict[str, Any], secret: str = SECRET) -> httpx2.Response:
    """Send a delivery as the mail server does: no cookie, no origin."""
    return await send(browser, body_of(*events), secret=secret)


async def send(browser: Browser, body: bytes, *, secret: str = SECRET) -> httpx2.Response:
    """Send these bytes, signed."""
    headers = {"content-type": "application/json", "x-signature": signature(body, secret), "accept": "*/*"}
    return await browser.request("POST", HOOK, content=body, headers=headers)
