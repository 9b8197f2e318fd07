"""The panel asked in raw bytes, as no browser would ask: broken headers, broken escapes, any cookie.

Quicker than the browser of the journeys, and it sends what a well-behaved client refuses to send. Every answer is held
against the rules that hold for all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.applications import Starlette

Headers = tuple[tuple[bytes, bytes], ...]
HOST = b"panel.test"
_SET_COOKIE = re.compile(rb"(__Host-bulwark[a-z-]*)=([^;]*);")
_EVERYWHERE = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin"}
_PUBLIC = (b"/static/", b"/healthz", b"/readyz")
OK = 200
SERVER_FAULT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The first header of this name, empty when absent."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def is_html(self) -> bool:
        """Whether it is a page."""
        return self.header(b"content-type").startswith(b"text/html")


@dataclass(slots=True, kw_only=True)
class RawPanel:
    """One client at `address`, with the cookies it was given."""

    app: Starlette
    address: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, target: bytes, headers: Headers = (), body: bytes = b"") -> Answer:
        """One request; `target` is path and query as they stand on the wire."""
        raw_path, _mark, query = target.partition(b"?")
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()
        present = {name for name, _ in headers}
        sent = [(b"host", HOST)] if b"host" not in present else []
        sent += [(b"cookie", jar)] if jar and b"cookie" not in present else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [*sent, *headers],
            "server": ("panel.test", 443),
            "client": (self.address, 51000),
        }
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def note(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, note)
        await self.app.state.panel.notices.settled()
        start = messages[0]
        answer = Answer(
            status=start["status"],
            headers=tuple((bytes(name), bytes(value)) for name, value in start["headers"]),
            body=b"".join(message.get("body", b"") for message in messages[1:]),
        )
        if b"cookie" not in present:  # else it was somebody else's cookie that was dropped
            self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == b"set-cookie" and (found := _SET_COOKIE.match(value)):
                key, kept = found[1].decode(), found[2].decode().strip('"')
                self.cookies.pop(key, None)
                if kept:
                    self.cookies[key] = kept


def broken(answer: Answer, target: bytes, *, never: Sequence[bytes] = ()) -> list[str]:
    """Every rule that an answer of any kind breaks; `never` are bytes that may not stand in a page."""
    found = [f"status {answer.status}"] if answer.status >= SERVER_FAULT else []
    if answer.is_html:
        found += [f"unescaped in the page: {raw!r}" for raw in never if raw in answer.body]
    return [*found, *_about_guards(answer, target), *_about_each_header(answer)]


def _about_guards(answer: Answer, target: bytes) -> Iterator[str]:
    # What somebody's signature looks like is shown in a frame of our own page, under a policy of its own.
    is_framed = answer.status == OK and target.partition(b"?")[0].endswith((b"/signature", b"/preview"))
    framing = b"SAMEORIGIN" if is_framed else b"DENY"
    for name, wanted in {**_EVERYWHERE, b"x-frame-options": framing}.items():
        if answer.header(name) != wanted:
            yield f"{name!r} is {answer.header(name)!r}"
    policy = answer.header(b"content-security-policy")
    if b"default-src 'none'" not in policy or b"frame-ancestors" not in policy:
        yield f"content-security-policy is {policy!r}"
    if not target.startswith(_PUBLIC) and b"no-store" not in answer.header(b"cache-control"):
        yield f"cache-control is {answer.header(b'cache-control')!r}"


_LOGIN_PAGE = b"https://mail.test/login?"  # the mail server's own page, the only place elsewhere
_WAY_BACK = b"&redirect_uri=https%3A%2F%2Fpanel.test%2Fsign-in%2Fcallback&"


def _about_each_header(answer: Answer) -> Iterator[str]:
    for name, value in answer.headers:
        if b"\r" in value or b"\n" in value:
            yield f"a line break in {name!r}"
        if name == b"set-cookie" and not value.startswith(b"__Host-bulwark"):
            yield f"a cookie of another name: {value!r}"
        if name == b"set-cookie" and not all(word in value for word in (b"HttpOnly", b"Secure", b"SameSite=lax")):
            yield f"a cookie without its guards: {value!r}"
        is_inner = value.startswith(b"/") and not value.startswith((b"//", b"/\\"))
        is_login = value.startswith(_LOGIN_PAGE) and _WAY_BACK in value
        if name == b"location" and not (is_inner or is_login):
            yield f"a redirect elsewhere: {value!r}"
