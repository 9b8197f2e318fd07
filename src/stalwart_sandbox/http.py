"""Requests and answers as plain records, with the server's content types."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from stalwart_sandbox.quirks import Exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from stalwart_sandbox.errors import Problem

JSON_TYPE: Final = ("Content-Type", "application/json; charset=utf-8")
PROBLEM_TYPE: Final = ("Content-Type", "application/problem+json")
NO_STORE: Final = ("Cache-Control", "no-store, no-cache, must-revalidate")
CORS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Requested-With"),
    ("Access-Control-Allow-Methods", "POST, GET, PATCH, PUT, DELETE, HEAD, OPTIONS"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, read completely; header names are lower case, `client` is the address the server goes by."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    client: str
    too_large: bool = False
    exchange: Exchange = field(default_factory=lambda: Exchange(path="", client=""))

    def form(self) -> dict[str, str]:
        """The fields of an urlencoded body; of doubled ones the last."""
        return dict(parse_qsl(self.body.decode("utf-8", errors="replace"), keep_blank_values=True))


@dataclass(slots=True, kw_only=True)
class Response:
    """One answer; `stream` replaces `body` for the event stream."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


def dumps(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", errors="surrogatepass")


def json_response(document: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A JSON answer."""
    return Response(status=status, headers=[JSON_TYPE, *headers], body=dumps(document))


def problem_response(problem: Problem) -> Response:
    """A problem+json answer."""
    return Response(status=problem.status, headers=[*problem.headers, PROBLEM_TYPE], body=dumps(problem.body()))


def client_address(peer: str, headers: Mapping[str, str], *, forwarded: bool) -> str:
    """The address the server goes by: the peer, or with forwarding on the first `for=`, then the leftmost hop."""
    if not forwarded:
        return peer
    named = re.search(r'for="?\[?([^;,"\]]+)', headers.get("forwarded", ""), re.IGNORECASE)
    if named:
        return named[1].strip()
    return headers.get("x-forwarded-for", "").split(",")[0].strip() or peer
