"""A real web server on a free loopback port, in a thread: for Chromium, for cut connections, for streams."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from self_signed import Identity

_SECONDS_TO_START = 20


def listening_socket() -> socket.socket:
    """A bound socket on a free port of 127.0.0.1."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


@contextmanager
def serve(make_app: Callable[[str], Any], tls: Identity | None = None) -> Iterator[str]:
    """Run `make_app(url)` on a loopback port until the block ends, over TLS with a certificate; yields the URL."""
    sock = listening_socket()
    url = f"{'https' if tls else 'http'}://127.0.0.1:{sock.getsockname()[1]}"
    config = uvicorn.Config(
        make_app(url),
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="auto",
        timeout_graceful_shutdown=2,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name=f"server {url}", daemon=True)
    thread.start()
    deadline = time.monotonic() + _SECONDS_TO_START
    while not server.started:
        assert thread.is_alive(), f"the server at {url} did not start"
        assert time.monotonic() < deadline, f"the server at {url} takes too long to start"
        time.sleep(0.01)
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(_SECONDS_TO_START)
        sock.close()
        assert not thread.is_alive(), f"the server at {url} does not stop"
