"""How many requests the mail server gets for one page or one form: counted, not timed, so the same on every machine.

The panel runs in this process, the stand-in on a loopback port. Forms are read from the page before counting begins, so
a write counts what it adds beyond that reading. Revoking reads the list once more before it writes: ids are used again.
What the panel does about notices is left out: it is done once for each event, whatever the page.
"""

from __future__ import annotations

import re
import tempfile
from typing import TYPE_CHECKING

import anyio
import httpx2

from bulwark.app import create_app
from bulwark.settings import Settings
from bulwark.web import logs
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOGIN, PASSWORD = "alice@example.org", "harbour lantern velvet 1"
PANEL = "http://localhost"


def counts() -> Iterator[tuple[str, int, int]]:
    """What was done, the requests it took, and the number promised."""
    yield from anyio.run(_counts)


async def _counts() -> list[tuple[str, int, int]]:
    logs.configure(form="console", level="error")
    sandbox = Sandbox()
    sandbox.add_account(LOGIN, PASSWORD)
    rows = []
    with sandbox_server.running(sandbox) as url, tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"BULWARK_SERVER_URL": url, "BULWARK_DATA_DIR": folder}, None).settings
        app = create_app(settings)
        wire = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
        async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=wire, base_url=PANEL) as http:
            http.headers["sec-fetch-site"] = "same-origin"
            answer = await http.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
            assert answer.status_code == 303, answer.status_code

            async def ask(what: str, method: str, path: str, data: dict[str, str] | None, promised: int) -> str:
                sandbox.forget_requests()
                answered = await http.request(method, path, data=data)
                assert answered.status_code < 400, (path, answered.status_code)
                asked = [request for request in sandbox.requests if not is_for_notices(request.methods)]
                rows.append((what, len(asked), promised))
                return answered.text

            await ask("open the overview", "GET", "/", None, 1)
            page = await ask("open the form for an app password", "GET", "/app-passwords/new", None, 1)
            form = {name: _field(page, name) for name in ("account", "once")}
            await ask(
                "create an app password",
                "POST",
                "/app-passwords/new",
                {**form, "name": "Phone", "preset": "mail-app", "end": "year", "from": "anywhere"},
                1,
            )
            page = await ask("open the list of app passwords", "GET", "/app-passwords", None, 1)
            form = {"account": form["account"], "pick": _field(page, "pick"), "confirmed": "yes"}
            await ask("revoke one: read again, then write", "POST", "/app-passwords/revoke", form, 2)
    return rows


def is_for_notices(methods: Sequence[str]) -> bool:
    """Whether a request looks for notices to write, or writes one: once per sign-in and event, beside the form."""
    kinds = {method.partition("/")[0] for method in methods}
    return kinds in ({"Email"}, {"x:AppPassword", "x:ApiKey"})


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]+)"', page)
    assert found, name
    return found[1]


if __name__ == "__main__":
    for did, found, wanted in counts():
        print(f"{did:42}{found:>12}   promised {wanted}")
