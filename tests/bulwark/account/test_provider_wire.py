"""The way to a provider: which addresses are gone to, and that a name counts once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bulwark.account.provider_wire import MAX_ANSWER, ProviderWire, is_public
from bulwark.errors import ProviderProblem
from loopback_server import serve
from stalwart_jmap import ConnectFailed, RedirectRefused, ResponseTooLarge
from stalwart_jmap.oauth.provider import get_request

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio


class Listener:
    """Notes the host it was asked for; `status` and `body` are what it answers."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.status, self.body = 200, b"{}"

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.hosts.append(dict(scope["headers"])[b"host"].decode())
        headers = [(b"content-type", b"application/json"), (b"location", b"http://127.0.0.1:9/")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def port(listener: Listener) -> Iterator[str]:
    with serve(lambda _url: listener) as url:
        yield url.rpartition(":")[2]


def wire(*answers: tuple[str, ...], private: bool = True) -> ProviderWire:
    """A wire whose look-ups give these answers, one after the other."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return left.pop(0)

    return ProviderWire(private_addresses=private, ca_file=None, clock=lambda: datetime.now(UTC), resolve=resolve)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("192.0.43.8", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:192.0.43.8", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::192.0.43.8", True),
        ("2002:a00:1::1", False),
    ],
)
def test_which_addresses_belong_to_the_internet(address: str, *, public: bool) -> None:
    assert is_public(address) is public


async def test_the_name_is_looked_up_once_and_told_to_the_provider(listener: Listener, port: str) -> None:
    answer = await wire(("127.0.0.1",)).exchange(f"http://sso.example.org:{port}/x", get_request("http://x/y"))

    assert answer.status == 200
    assert listener.hosts == [f"sso.example.org:{port}"]


async def test_one_private_address_among_public_ones_is_enough_to_refuse(listener: Listener, port: str) -> None:
    asked = wire(("192.0.43.8", "127.0.0.1"), private=False)

    with pytest.raises(ProviderProblem) as caught:
        await asked.exchange(f"https://sso.example.org:{port}", get_request("https://x/"))

    assert caught.value.why == "address"
    assert listener.hosts == []


async def test_a_name_that_means_something_else_a_moment_later_leads_nowhere_else(
    listener: Listener, port: str
) -> None:
    asked = wire(("127.0.0.1",), ("192.0.43.8",))  # a second look-up would lead off this machine

    await asked.exchange(f"http://sso.example.org:{port}", get_request("http://x/"))

    assert len(listener.hosts) == 1


@pytest.mark.parametrize("private", [True, False])
async def test_plain_http_is_for_this_machine_only(*, private: bool) -> None:
    with pytest.raises(ProviderProblem):
        await wire(("10.0.0.1",), private=private).exchange("http://sso.example.org", get_request("http://x/"))


@pytest.mark.parametrize("url", ["ftp://sso.example.org/", "https://a:b@sso.example.org/", "//sso.example.org", "x"])
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ProviderProblem):
        await wire().exchange(url, get_request("https://x/"))


async def test_the_next_address_is_tried_when_one_does_not_answer(listener: Listener, port: str) -> None:
    answer = await wire(("127.0.0.2", "127.0.0.1")).exchange(f"http://two.localhost:{port}", get_request("http://x/"))

    assert answer.status == 200
    assert len(listener.hosts) == 1


async def test_a_name_without_address_cannot_be_reached() -> None:
    with pytest.raises(ConnectFailed):
        await wire(()).exchange("https://nowhere.example.org", get_request("https://x/"))


async def test_a_redirect_is_not_followed(listener: Listener, port: str) -> None:
    listener.status = 302

    with pytest.raises(RedirectRefused):
        await wire(("127.0.0.1",)).exchange(f"http://127.0.0.1:{port}", get_request("http://x/"))

    assert len(listener.hosts) == 1


async def test_a_long_answer_is_not_read_to_its_end(listener: Listener, port: str) -> None:
    listener.body = b"x" * (MAX_ANSWER + 1)

    with pytest.raises(ResponseTooLarge):
        await wire(("127.0.0.1",)).exchange(f"http://127.0.0.1:{port}", get_request("http://x/"))
