"""Listening to a server over a real connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from canaries import PASSWORD
from stalwart_jmap import (
    AnswerLost,
    AuthenticationFailed,
    BasicCredentials,
    BearerToken,
    ConnectFailed,
    IdentityDraft,
    NotJson,
    Secret,
    StalwartClient,
    StateChange,
    Transport,
    TransportError,
    identity,
)
from stalwart_sandbox import Sandbox
from stalwart_sandbox import server as sandbox_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anyio.abc import TaskStatus

pytestmark = pytest.mark.anyio
LOGIN = "alice@example.org"


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox()
    made.add_account(LOGIN, PASSWORD)
    return made


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    with sandbox_server.running(sandbox) as address:
        yield address


async def test_a_change_is_heard(url: str) -> None:
    async with StalwartClient.connect(url, BasicCredentials(LOGIN, Secret(PASSWORD))) as client:
        session = await client.session()
        (first, *_) = identity.parse((await client.call(identity.get_call()))["identities"])
        with anyio.fail_after(5):
            async with client.state_changes(["Identity"]) as changes:
                assert await identity.update(client, first.id, IdentityDraft(name="Al")) is None
                heard = await anext(aiter(changes))

    assert isinstance(heard, StateChange)
    assert heard.of(session.account_id, "Identity")


async def test_wrong_credentials_are_told_before_anything_is_heard(url: str) -> None:
    async with Transport(url) as transport:
        session = await StalwartClient(transport, BasicCredentials(LOGIN, Secret(PASSWORD))).session()
        stranger = StalwartClient(transport, BearerToken(Secret("sw1.nobody")), session=session)
        with pytest.raises(AuthenticationFailed):
            async with stranger.state_changes():
                pytest.fail("the stream was opened")


async def test_a_page_in_place_of_a_stream_is_no_stream(url: str, sandbox: Sandbox) -> None:
    async with StalwartClient.connect(url, BasicCredentials(LOGIN, Secret(PASSWORD))) as client:
        await client.session()
        sandbox.quirks.set("html", path="/jmap/eventsource")
        with pytest.raises(NotJson):
            async with client.state_changes():
                pytest.fail("the stream was opened")


async def test_a_server_that_stops_ends_the_stream(sandbox: Sandbox) -> None:
    with sandbox_server.running(sandbox) as url:
        async with StalwartClient.connect(url, BasicCredentials(LOGIN, Secret(PASSWORD))) as client:
            await client.session()
            async with client.state_changes() as changes:
                sandbox.state.broker.close()
                with anyio.fail_after(5):
                    assert [change async for change in changes] == []


async def test_nobody_there_is_nothing_sent() -> None:
    async with Transport("http://127.0.0.1:9") as transport:
        from stalwart_jmap import Session

        client = StalwartClient(transport, BearerToken(Secret("x")), session=Session(account_id="c"))
        with pytest.raises(ConnectFailed):
            async with client.state_changes():
                pytest.fail("the stream was opened")


async def test_a_connection_that_breaks_is_told_while_listening(url: str, sandbox: Sandbox) -> None:
    async with StalwartClient.connect(url, BasicCredentials(LOGIN, Secret(PASSWORD))) as client:
        await client.session()
        sandbox.quirks.set("cut-before", path="/jmap/eventsource")
        with pytest.raises(TransportError) as broken:
            async with client.state_changes():
                pytest.fail("the stream was opened")

    assert isinstance(broken.value, AnswerLost)


async def test_a_hundred_streams_leave_short_requests_their_connections(url: str) -> None:
    async with StalwartClient.connect(url, BasicCredentials(LOGIN, Secret(PASSWORD))) as client:
        await client.session()
        async with anyio.create_task_group() as group:

            async def listen(*, task_status: TaskStatus[None]) -> None:
                async with client.state_changes(["Identity"]):
                    task_status.started()
                    await anyio.sleep_forever()

            with anyio.fail_after(20):
                for _ in range(110):
                    await group.start(listen)
                assert (await client.call(identity.get_call()))["identities"]["list"]
            group.cancel_scope.cancel()
