"""What each page asks of the mail server, learnt by looking on, so that the same can be asked without the panel."""

from __future__ import annotations

import tempfile

import anyio
import httpx2

from bulwark.app import create_app
from bulwark.settings import Settings
from bulwark.web import logs

PAGES = {
    "overview": "/",
    "password": "/password",
    "two-factor": "/two-factor",
    "app passwords": "/app-passwords",
    "encryption": "/encryption",
    "identities": "/identities",
    "activity": "/activity",
    "profile": "/profile",
}
PANEL = "http://localhost"


class Listener(httpx2.AsyncBaseTransport):
    """The way to the mail server, which keeps what is sent to its JMAP address."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        if request.url.path.startswith("/jmap"):
            self.heard.append(request.content)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def requests_of_pages(server_url: str, login: str, password: str) -> dict[str, list[bytes]]:
    """The JMAP requests of each page once it has been open before."""
    return anyio.run(_requests_of_pages, server_url, login, password)


async def _requests_of_pages(server_url: str, login: str, password: str) -> dict[str, list[bytes]]:
    logs.configure(form="console", level="error")
    listener, found = Listener(), dict[str, list[bytes]]()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"BULWARK_SERVER_URL": server_url, "BULWARK_DATA_DIR": folder}, None).settings
        app = create_app(settings, transport=listener)
        wire = httpx2.ASGITransport(app=app, client=("127.0.0.1", 50000))
        async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=wire, base_url=PANEL) as http:
            form = {"login": login, "password": password}
            answer = await http.post("/sign-in", data=form, headers={"sec-fetch-site": "same-origin"})
            assert answer.status_code == 303, answer.status_code
            for name, path in PAGES.items():
                for _visit in range(2):
                    await app.state.panel.notices.settled()
                    listener.heard.clear()
                    answer = await http.get(path)
                    assert answer.status_code == 200, (path, answer.status_code)
                    found[name] = list(listener.heard)
    return found
