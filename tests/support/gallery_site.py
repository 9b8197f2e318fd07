"""The gallery as a web site on loopback, under the panel's own policy."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bulwark.web import assets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Serves pages by name and the panel's static files; the one POST is answered with `answer`."""

    def __init__(self, pages: Mapping[str, str], answer: object, *arguments: object) -> None:
        self.pages = pages
        self.answer = answer
        super().__init__(*arguments)  # type: ignore[arg-type]  # what the server hands over

    def do_GET(self) -> None:
        """A page by its name, or a static file."""
        asset = assets.find(self.path)
        if asset is not None:
            self._send(asset.body, asset.content_type)
        else:
            self._send(self.pages[self.path[1:]].encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """The one answer."""
        self.rfile.read(int(self.headers["content-length"]))
        self._send(json.dumps(self.answer).encode(), "application/json")

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-security-policy", POLICY)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(pages: Mapping[str, str], answer: object = None) -> Iterator[str]:
    """Serve the pages until the block ends; yields the address without a slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, pages, answer))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
