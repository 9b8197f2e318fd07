"""POST /hooks/stalwart: the mail server's reports of sign-ins. See `docs/webhook.md`.

200 means stored. Whatever is not taken (too much at once, the database is gone) is answered with a 503, and the server
sends it again. Without a secret in the settings the address does not exist.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bulwark.account import webhook
from bulwark.account.intake import Overloaded
from bulwark.errors import StoreUnavailable
from bulwark.sessions.panel import panel_of
from bulwark.web.forms import body_of
from bulwark.web.problems import BodyTooLarge, PageMissing

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bulwark.sessions.panel import Panel

MAX_BODY = 4 * 1024 * 1024  # bytes: some fifteen thousand reports
RETRY_AFTER = {"retry-after": "5"}
REFUSED_A_MINUTE = 60  # answers 401 to one address; then 429

log = structlog.get_logger("bulwark.webhook")


async def receive(request: Request) -> Response:
    """Take one delivery."""
    panel = panel_of(request)
    secrets = panel.settings.webhook_secret
    if not secrets:
        raise PageMissing
    try:
        body = await body_of(request, MAX_BODY)
    except BodyTooLarge:
        return _answer("too large\n", 413)
    if not webhook.is_signed(body, request.headers.get("x-signature", ""), secrets):
        return await _unsigned(panel, str(request.state.peer.address))
    try:
        reports = webhook.read(body, panel.clock.now())
    except webhook.UnreadableReport:
        log.warning("webhook-unreadable", size=len(body))
        return _answer("unreadable\n", 400)
    try:
        await panel.intake.take(reports)
    except (Overloaded, StoreUnavailable) as error:
        log.warning("webhook-postponed", reports=len(reports), error=type(error).__name__)
        return PlainTextResponse("later\n", 503, headers=RETRY_AFTER)
    return _answer("ok\n", 200)


async def _unsigned(panel: Panel, address: str) -> Response:
    """Somebody else, or a secret that differs: told once, and slowed down."""
    (key, *_older) = panel.sealer.index_keys("webhook", address)
    if not await panel.rates.allow(key, "webhook", REFUSED_A_MINUTE, timedelta(minutes=1), panel.clock.now()):
        return PlainTextResponse("later\n", 429, headers={"retry-after": "60"})
    log.warning("webhook-signature-wrong")
    return _answer("signature wrong\n", 401)


def _answer(text: str, status: int) -> Response:
    return PlainTextResponse(text, status)


ROUTES = (Route(webhook.PATH, receive, methods=["POST"]),)
