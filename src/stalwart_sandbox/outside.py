"""Bearer tokens of the OpenID Connect provider: the provider itself is asked whose they are, at its userinfo endpoint.

As the server does for tokens that are no JWT; the address in the answer names the account (`directory.json`).
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stalwart_sandbox.http import Request
    from stalwart_sandbox.state import State

_SECONDS: Final = 5
_OWN: Final = ("API_", "sw1.")


async def learn(state: State, request: Request) -> None:
    """Find out whose token a request carries, where the provider can be asked; a token it refuses is forgotten."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not state.asks_provider or scheme.lower() != "bearer" or token.startswith(_OWN):
        return
    person = await asyncio.to_thread(_userinfo, str(state.provider["userinfo_endpoint"]), token)
    found = state.find(str(person.get("email", "")).lower())
    if found is None or not state.uses_oidc(found[0]):
        state.outside_tokens.pop(token, None)
    else:
        state.outside_tokens[token] = found[0].number


def _userinfo(url: str, token: str) -> dict[str, Any]:
    """What the provider says about a token; nothing when it refuses, or does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - http(s) of the tests
    try:
        with opener.open(asked, timeout=_SECONDS) as answer:
            document = json.load(answer)
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
