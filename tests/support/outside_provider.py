"""The provider of `django_provider.py` as tests use it: started once, and a person's browser there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx2

from canaries import MARK, PASSWORD
from panel_process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

IDA, OTTO = "ida@idp.example.org", "otto@idp.example.org"
CLIENT_ID = "bulwark-panel"
CLIENT_SECRET = f"{MARK}-of-the-client"
PUBLIC_CLIENT = "bulwark-public"
PANEL = "https://panel.test"
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideProvider:
    """A running provider: its issuer, and what it says about itself."""

    issuer: str
    document: dict[str, Any] = field(repr=False)


@contextmanager
def running_provider() -> Iterator[OutsideProvider]:
    """Start the provider with two people and two clients; it ends with the block."""
    common = {"redirect_uris": f"{PANEL}/sign-in/callback", "post_logout_redirect_uris": f"{PANEL}/sign-in"}
    wanted = {
        "people": {IDA: PASSWORD, OTTO: PASSWORD},
        "clients": [
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "client_type": "confidential", **common},
            {"client_id": PUBLIC_CLIENT, "client_type": "public", **common},
        ],
    }
    port, program = free_port(), Path(__file__).with_name("django_provider.py")
    with tempfile.TemporaryDirectory(prefix="bulwark-provider-") as folder, Path(folder, "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(program), str(port), folder, json.dumps(wanted)], stdout=log, stderr=log
        )
        try:
            yield _wait(f"http://127.0.0.1:{port}/o", process)
        finally:
            process.kill()
            process.wait()


def _wait(issuer: str, process: subprocess.Popen[bytes]) -> OutsideProvider:
    deadline = time.monotonic() + _SECONDS
    while True:
        assert process.poll() is None, "the provider did not start"
        assert time.monotonic() < deadline, "the provider takes too long to start"
        try:
            answer = httpx2.get(f"{issuer}/.well-known/openid-configuration", trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        return OutsideProvider(issuer=issuer, document=answer.json())


class PersonThere:
    """A person's browser at the provider; it stays signed in there as browsers do."""

    def __init__(self, login: str = IDA, password: str = PASSWORD) -> None:
        self.login = login
        self.password = password
        self.times_asked = 0
        self._http = httpx2.Client(trust_env=False, follow_redirects=False, timeout=30)

    def go(self, url: str) -> str:
        """Open an address there, sign in where asked; returns the address that leads back to the panel."""
        response = self._http.get(url)
        for _ in range(10):
            if response.is_redirect:
                url = urljoin(str(response.request.url), response.headers["location"])
                if url.startswith(PANEL):
                    return url.removeprefix(PANEL)
                response = self._http.get(url)
            else:
                response = self._sign_in(response)
        raise AssertionError(f"no way back to the panel from {response.request.url}")

    def _sign_in(self, response: httpx2.Response) -> httpx2.Response:
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', response.text))
        assert "csrfmiddlewaretoken" in hidden, f"{response.status_code}: {response.text[:500]}"
        self.times_asked += 1
        fields = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        fields |= {"username": self.login, "password": self.password}
        return self._http.post(response.request.url, data=fields)

    def close(self) -> None:
        """Close it."""
        self._http.close()
