"""What the quirks do to an exchange: before anything is done, while it runs, and to the finished answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from stalwart_sandbox import errors
from stalwart_sandbox.http import Response, problem_response
from stalwart_sandbox.quirks import Quirk

if TYPE_CHECKING:
    from stalwart_sandbox.quirks import Exchange, Quirks

_PAGE: Final = b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"
_PAGE_TYPE: Final = ("Content-Type", "text/html; charset=utf-8")


def before(quirks: Quirks, exchange: Exchange) -> Response | None:
    """The answer that a quirk gives instead of the server's own, or None; ConnectionCut for none at all."""
    if quirks.take(Quirk.CUT_BEFORE, exchange) is not None:
        raise errors.ConnectionCut
    if quirks.take(Quirk.BAN, exchange) is not None:
        return problem_response(errors.blocked())
    if (options := quirks.take(Quirk.TOO_MANY_REQUESTS, exchange)) is not None:
        return problem_response(errors.too_many_requests(options["retry_after"]))
    if quirks.take(Quirk.TOO_MANY_CONCURRENT, exchange) is not None:
        return problem_response(errors.too_many_concurrent())
    if quirks.take(Quirk.INTERNAL_ERROR, exchange) is not None:
        return problem_response(errors.internal_error())
    if quirks.take(Quirk.UNAVAILABLE, exchange) is not None:
        return Response(status=503, headers=[_PAGE_TYPE], body=_PAGE)
    if (options := quirks.take(Quirk.HTML, exchange)) is not None:
        return Response(status=options["status"], headers=[_PAGE_TYPE], body=_PAGE)
    if (options := quirks.take(Quirk.EMPTY, exchange)) is not None:
        return Response(status=options["status"])
    if (options := quirks.take(Quirk.REDIRECT, exchange)) is not None:
        return Response(status=options["status"], headers=[("Location", options["location"])])
    return None


def _about_others(body: bytes) -> bytes:
    answer = json.loads(body)
    for _method, result, _call in answer["methodResponses"]:
        for outcome in ("created", "updated"):
            if result.get(outcome):
                result[outcome] = {f"{name}-other": value for name, value in result[outcome].items()}
        if result.get("destroyed"):
            result["destroyed"] = [f"{name}-other" for name in result["destroyed"]]
    return json.dumps(answer).encode()


async def pause(quirks: Quirks, exchange: Exchange) -> None:
    """Let a `slow` server take its time; a request of an account counts as running meanwhile."""
    if quirks.any_on and (options := quirks.take(Quirk.SLOW, exchange)) is not None:
        await asyncio.sleep(options["seconds"])


async def after(quirks: Quirks, exchange: Exchange, response: Response) -> Response:
    """The answer as the client gets it; ConnectionCut when it gets none although everything was done."""
    if quirks.take(Quirk.CUT_AFTER, exchange) is not None:
        raise errors.ConnectionCut
    if (options := quirks.take(Quirk.SLOW_ANSWER, exchange)) is not None:
        await asyncio.sleep(options["seconds"])
    if quirks.take(Quirk.TRUNCATED_JSON, exchange) is not None:
        response.body = response.body[: len(response.body) // 2]
    if quirks.take(Quirk.NONSENSE, exchange) is not None:
        response.body = b'{"weather": ["rain", null], "methodResponses": 7}'
    if quirks.take(Quirk.WRONG_ID, exchange) is not None:
        response.body = _about_others(response.body)
    if (options := quirks.take(Quirk.HUGE, exchange)) is not None:
        response.body += b" " * max(0, options["size"] - len(response.body))
    return response
