"""The signed cookie of a browser that signed in before: strangers' wrong tries do not lock its owner out.

The cookie holds a random id and a keyed hash over id and account; it opens nothing, it only chooses a counter.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import TYPE_CHECKING

from bulwark.sessions.cookies import BROWSER, YEAR, Cookies

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.store.sealed import Sealer

_PURPOSE = "known-browser"


def known_browser(request: Request, sealer: Sealer, login: str) -> str | None:
    """The id in the cookie when it was given to this very account, else None."""
    browser, _dot, proof = Cookies(request).get(BROWSER).partition(".")
    if not browser or not proof:
        return None
    for key in sealer.index_keys(_PURPOSE, login.casefold(), browser):
        if hmac.compare_digest(_text(key), proof):
            return browser
    return None


def remember(request: Request, response: Response, sealer: Sealer, login: str) -> None:
    """Give the browser a proof of this success, good for a year."""
    browser = secrets.token_urlsafe(12)
    proof = _text(sealer.index_keys(_PURPOSE, login.casefold(), browser)[0])
    Cookies(request).put(response, BROWSER, f"{browser}.{proof}", max_age=YEAR)


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
