"""Answers a mail server might give, made by hand: for what no well-behaved server does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

from stalwart_jmap import BearerToken, Secret, Session, StalwartClient, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://mail.test"
SESSION = Session(account_id="c", username="alice@example.org")


def session_document(**changes: Any) -> dict[str, Any]:
    """A session resource as Stalwart 0.16 gives it, with some properties changed."""
    capabilities: dict[str, object] = {"urn:ietf:params:jmap:mail": {}, "urn:stalwart:jmap": {}}
    document = {
        "capabilities": {"urn:ietf:params:jmap:core": {"maxCallsInRequest": 16}},
        "accounts": {"c": {"name": "alice@example.org", "isPersonal": True, "accountCapabilities": capabilities}},
        "primaryAccounts": dict.fromkeys(capabilities, "c"),
        "username": "alice@example.org",
        "apiUrl": f"{URL}/jmap/",
        "downloadUrl": f"{URL}/jmap/download/{{accountId}}/{{blobId}}/{{name}}?accept={{type}}",
        "uploadUrl": f"{URL}/jmap/upload/{{accountId}}/",
        "eventSourceUrl": f"{URL}/jmap/eventsource/?types={{types}}&closeafter={{closeafter}}&ping={{ping}}",
        "state": "c682b0ec",
    }
    return document | changes


def results(*responses: tuple[str, dict[str, Any], str]) -> httpx2.Response:
    """A 200 with these method responses."""
    return httpx2.Response(200, json={"methodResponses": [list(entry) for entry in responses], "sessionState": "a1"})


def client_of(
    handler: Callable[[httpx2.Request], httpx2.Response], *, session: Session | None = SESSION
) -> StalwartClient:
    """A client whose server is this function."""
    transport = Transport(URL, http=httpx2.MockTransport(handler))
    return StalwartClient(transport, BearerToken(Secret("a-token")), session=session)
