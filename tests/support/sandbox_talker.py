"""Somebody who talks to the stand-in over HTTP, without any library of ours in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

ALICE = "alice@example.org"
PASSWORD = "harbour lantern velvet 1"
USING = [
    "urn:ietf:params:jmap:core",
    "urn:ietf:params:jmap:mail",
    "urn:ietf:params:jmap:submission",
    "urn:stalwart:jmap",
]


class Talker:
    """Somebody with an HTTP client; `auth` is login and password of each request."""

    login = ALICE
    password = PASSWORD

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http
        self.auth = (ALICE, PASSWORD)

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.http.get(path, auth=self.auth, **options)

    async def post(self, *calls: list[Any], **options: Any) -> httpx2.Response:
        """POST /jmap/ with method calls [name, arguments]."""
        numbered = [[name, arguments, str(place)] for place, (name, arguments) in enumerate(calls)]
        body = {"using": USING, "methodCalls": numbered}
        return await self.http.post("/jmap/", json=body, auth=self.auth, **options)

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the one answer; an error is under the key `error`."""
        answer = await self.post([name, arguments])
        assert answer.status_code == 200, answer.text
        responses = answer.json()["methodResponses"]
        found: dict[str, Any] = {"error": responses[0][1]} if responses[0][0] == "error" else responses[0][1]
        return found

    async def sign_in(self, *, login: str = ALICE, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        """The answer of POST /api/auth."""
        body = {
            "type": "authCode",
            "accountName": login,
            "accountSecret": password,
            "clientId": "panel",
            "redirectUri": "https://panel.test/callback",
            **more,
        }
        answer: dict[str, Any] = (await self.http.post("/api/auth", json=body)).json()
        return answer

    async def change_password(self, new: str) -> dict[str, Any]:
        change = {"currentSecret": self.password, "secret": new}
        return await self.call("x:AccountPassword/set", {"update": {"singleton": change}})
