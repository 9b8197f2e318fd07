"""The signed cookie of a browser that signed in before: strangers' wrong tries do not lock its owner out.

The cookie holds a random id and, for each of the accounts last signed in to, a keyed hash over id and account; it opens
nothing, it only chooses a counter.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from bulwark.sessions.cookies import BROWSER, YEAR, Cookies

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.store.sealed import Sealer

_PURPOSE = "known-browser"
_ACCOUNTS = 6  # as many as a browser is signed in to at once
_ID = re.compile(r"[A-Za-z0-9_-]{16}")


def known_browser(request: Request, sealer: Sealer, login: str) -> str | None:
    """The id in the cookie when it was given to this very account, else None."""
    browser, *proofs = _held(request)
    if not browser:
        return None
    keys = [_text(key) for key in sealer.index_keys(_PURPOSE, login.casefold(), browser)]
    is_known = any(hmac.compare_digest(key, proof) for key in keys for proof in proofs)
    return browser if is_known else None


def remember(request: Request, response: Response, sealer: Sealer, login: str) -> None:
    """Give the browser a proof of this success, good for a year, beside those for other accounts."""
    browser, *proofs = _held(request)
    if not browser:
        browser = secrets.token_urlsafe(12)
    proof = _text(sealer.index_keys(_PURPOSE, login.casefold(), browser)[0])
    kept = [proof, *(one for one in proofs if one != proof)][:_ACCOUNTS]
    Cookies(request).put(response, BROWSER, ".".join((browser, *kept)), max_age=YEAR)


def _held(request: Request) -> list[str]:
    """What the cookie holds: an id, then proofs, the latest first; an empty id where it is not one of ours."""
    browser, *proofs = Cookies(request).get(BROWSER).split(".")
    return [browser, *proofs] if _ID.fullmatch(browser) and all(proofs) else [""]


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
