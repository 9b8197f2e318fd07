"""A stand-in for a Stalwart mail server: plain ASGI, strict, for tests and demonstrations.

    sandbox = Sandbox(base_url="http://sandbox.test")
    sandbox.add_account("alice@example.org", "harbour lantern velvet 1")
    ... httpx2.ASGITransport(sandbox.app) ...
    sandbox.quirks.set("429", account="alice@example.org", times=1)

Over a socket: `server.running(sandbox)` for tests, `server.run("127.0.0.1:8080", "admin:secret")` for a process.
"""

from stalwart_sandbox.errors import ConnectionCut
from stalwart_sandbox.log import RecordedRequest
from stalwart_sandbox.quirks import Quirk, Quirks
from stalwart_sandbox.sandbox import Sandbox, create_sandbox

__all__ = ["ConnectionCut", "Quirk", "Quirks", "RecordedRequest", "Sandbox", "create_sandbox"]
