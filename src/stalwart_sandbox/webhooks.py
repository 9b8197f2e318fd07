"""Delivering events to x:WebHook addresses: signed, throttled, and again until they are taken or too old.

`x-signature` is the base64 of HMAC-SHA256 over the raw body. Runs only behind a socket, beside the server.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from typing import TYPE_CHECKING, Any, Final

from stalwart_sandbox import dates
from stalwart_sandbox.http import dumps

if TYPE_CHECKING:
    import httpx2

    from stalwart_sandbox.state import State

Json = dict[str, Any]

_TIMEOUT: Final = 5.0
_SHORTEST_PAUSE: Final = 0.05
_SUCCESS: Final = range(200, 300)


class Sender:
    """Sends what happened to every webhook that is in effect."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pending: dict[int, list[Json]] = {}
        self._wake = asyncio.Event()
        for event in state.events.recent:  # what happened before the server listened
            self._heard(event)
        state.events.listeners.append(self._heard)

    def _heard(self, event: Json) -> None:
        for number, webhook in self._state.live_webhooks.items():
            listed = event["type"] in webhook["events"]
            if webhook["enable"] and listed is (webhook["eventsPolicy"] == "include"):
                self._pending.setdefault(number, []).append(event)
                self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        import httpx2

        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            while True:
                await self._wake.wait()
                throttles = [self._state.live_webhooks[n]["throttle"] for n in self._pending if self._is_live(n)]
                await asyncio.sleep(max(min(throttles, default=0) / 1000, _SHORTEST_PAUSE))
                self._wake.clear()
                for number in list(self._pending):
                    await self._deliver(client, number)
                if self._pending:
                    self._wake.set()

    def _is_live(self, number: int) -> bool:
        return number in self._state.live_webhooks

    async def _deliver(self, client: httpx2.AsyncClient, number: int) -> None:
        import httpx2

        events = self._pending.pop(number)
        webhook = self._state.live_webhooks.get(number)
        if webhook is None:
            return
        oldest = self._state.now() - webhook["discardAfter"] / 1000
        events = [event for event in events if dates.seconds(event["createdAt"]) >= oldest]
        body = dumps({"events": events})
        headers = {"content-type": "application/json"}
        key = webhook["signatureKey"].get("secret")
        if key is not None:
            headers["x-signature"] = base64.b64encode(hmac.digest(key.encode(), body, "sha256")).decode()
        try:
            taken = (await client.post(webhook["url"], content=body, headers=headers)).status_code in _SUCCESS
        except httpx2.HTTPError:
            taken = False
        if not taken:
            self._pending[number] = events + self._pending.get(number, [])

    def close(self) -> None:
        """Stop listening."""
        self._state.events.listeners.remove(self._heard)
