"""What only a socket can show: connections that end, and answers that go on."""

from __future__ import annotations

import base64
import hmac
import http.client
import http.server
import json
import threading
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from stalwart_sandbox import Sandbox, server
from stalwart_sandbox.demo import HISTORY, populate

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = ("alice@example.org", "harbour lantern velvet 1")
NEW = "quiet otters paint harbours 9"
USING = ["urn:ietf:params:jmap:submission", "urn:stalwart:jmap"]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    """A stand-in behind a socket, and its URL."""
    sandbox = Sandbox()
    with server.running(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served: tuple[Sandbox, str]) -> Sandbox:
    """The served stand-in with alice as new."""
    sandbox, _ = served
    sandbox.quirks.clear()
    sandbox.state.accounts.clear()
    sandbox.add_account(*ALICE, description="Alice")
    return sandbox


@pytest.fixture
def client(served: tuple[Sandbox, str], sandbox: Sandbox) -> Iterator[httpx2.Client]:
    """Alice's connection."""
    del sandbox
    with httpx2.Client(base_url=served[1], auth=ALICE, trust_env=False, timeout=10) as client:
        yield client


def post(client: httpx2.Client, name: str, arguments: dict[str, Any]) -> Any:
    body = {"using": USING, "methodCalls": [[name, arguments, "0"]]}
    return client.post("/jmap/", json=body).json()["methodResponses"][0][1]


def change(client: httpx2.Client) -> Any:
    update = {"singleton": {"currentSecret": ALICE[1], "secret": NEW}}
    return post(client, "x:AccountPassword/set", {"update": update})


def test_the_server_publishes_the_address_it_listens_on(client: httpx2.Client, served: tuple[Sandbox, str]) -> None:
    assert client.get("/jmap/session").json()["apiUrl"] == f"{served[1]}/jmap/"


def test_a_cut_before_leaves_no_byte_and_no_change(client: httpx2.Client, sandbox: Sandbox) -> None:
    sandbox.quirks.set("cut-before", times=1)

    with pytest.raises(httpx2.TransportError):
        change(client)
    assert sandbox.password_is(*ALICE)


def test_a_cut_after_leaves_no_byte_and_the_change(client: httpx2.Client, sandbox: Sandbox) -> None:
    sandbox.quirks.set("cut-after", times=1)

    with pytest.raises(httpx2.TransportError):
        change(client)
    assert sandbox.password_is(ALICE[0], NEW)


def test_the_next_connection_works_again(client: httpx2.Client, sandbox: Sandbox) -> None:
    sandbox.quirks.set("cut-before", times=1)
    with pytest.raises(httpx2.TransportError):
        client.get("/jmap/session")

    assert client.get("/jmap/session").status_code == 200


def test_the_stream_tells_of_identities_and_ends_after_the_first_event(client: httpx2.Client) -> None:
    with client.stream("GET", "/jmap/eventsource/?types=Identity&closeafter=state&ping=0") as stream:
        account_id = next(iter(client.get("/jmap/session").json()["accounts"]))
        post(client, "Identity/get", {"accountId": account_id})
        text = stream.read().decode()

    event, data = text.strip().split("\n")
    assert stream.headers["content-type"] == "text/event-stream"
    assert event == "event: state"
    assert list(json.loads(data.removeprefix("data: "))["changed"][account_id]) == ["Identity"]


def test_a_stream_of_unknown_types_is_refused(client: httpx2.Client) -> None:
    assert client.get("/jmap/eventsource/?types=Nonsense").status_code == 400


def test_a_stream_needs_credentials(served: tuple[Sandbox, str]) -> None:
    assert httpx2.get(f"{served[1]}/jmap/eventsource/", trust_env=False).status_code == 401


def test_too_long_a_body_is_refused_before_it_is_read(served: tuple[Sandbox, str], client: httpx2.Client) -> None:
    host = served[1].removeprefix("http://")
    token = base64.b64encode(":".join(ALICE).encode()).decode()
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest("POST", "/jmap/")
    for name, value in (("Authorization", f"Basic {token}"), ("Content-Length", "12000000")):
        connection.putheader(name, value)
    connection.endheaders()

    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["limit"]) == (400, "maxSizeRequest")
    connection.close()
    assert client.get("/healthz/live").status_code == 200


class _Receiver(http.server.BaseHTTPRequestHandler):
    taken: list[tuple[str, bytes]]
    arrived: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.headers["x-signature"], body))
        self.send_response(500 if len(self.taken) == 1 else 204)
        self.end_headers()
        if len(self.taken) > 1:
            self.arrived.set()

    def log_message(self, *arguments: object) -> None:
        del arguments


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[_Receiver]]]:
    """Something that listens for webhooks; it refuses the first delivery."""
    handler = type("Receiver", (_Receiver,), {"taken": [], "arrived": threading.Event()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listener.server_port}/hook", handler
        listener.shutdown()
        thread.join()


def test_a_webhook_is_signed_and_comes_again_until_it_is_taken(
    client: httpx2.Client, receiver: tuple[str, type[_Receiver]]
) -> None:
    url, handler = receiver
    webhook = {
        "url": url,
        "signatureKey": {"@type": "Value", "secret": "webhook-signing-key"},
        "throttle": 50,
        "events": {"auth.failed": True},
    }
    administrator = httpx2.Client(base_url=client.base_url, auth=("admin", "secret"), trust_env=False)
    with administrator:
        post(administrator, "x:WebHook/set", {"create": {"w": webhook}})
        post(administrator, "x:Action/set", {"create": {"r": {"@type": "ReloadSettings"}}})

    client.get("/jmap/session", auth=(ALICE[0], "wrong"))
    client.get("/jmap/session")

    assert handler.arrived.wait(5)
    signature, body = handler.taken[-1]
    expected = base64.b64encode(hmac.digest(b"webhook-signing-key", body, "sha256")).decode()
    events = json.loads(body)["events"]
    assert signature == expected
    assert [(event["type"], event["data"]["accountName"]) for event in events] == [("auth.failed", ALICE[0])]


def test_what_happened_before_the_server_listened_is_reported_when_it_does(
    receiver: tuple[str, type[_Receiver]],
) -> None:
    url, handler = receiver
    sandbox = Sandbox()
    populate(sandbox)
    sandbox.add_webhook(url, "webhook-signing-key", discard_after=HISTORY)
    with server.running(sandbox):
        assert handler.arrived.wait(10)

    signature, body = handler.taken[-1]
    events = json.loads(body)["events"]
    assert signature == base64.b64encode(hmac.digest(b"webhook-signing-key", body, "sha256")).decode()
    assert {"auth.success", "auth.failed", "auth.mfa-required"} == {event["type"] for event in events}
    laptop = next(event["data"] for event in events if event["data"].get("id") == 2)
    assert laptop["accountName"] == "alice"  # the local part alone, as for every app password
    assert isinstance(laptop["accountId"], int)
