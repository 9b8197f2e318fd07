"""Work that goes on until Ctrl+C."""

from __future__ import annotations

import os
import signal

import anyio
import click
import pytest

from bulwark.console.interrupt import until_interrupted
from bulwark.errors import ServerUnreachable

pytestmark = pytest.mark.anyio


async def test_ctrl_c_ends_it_and_what_it_held_is_put_away() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep_forever()
        finally:
            seen.append("put away")

    with pytest.raises(click.Abort):
        await until_interrupted(work)

    assert seen == ["put away"]
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_DFL


async def test_an_error_comes_through_as_it_is() -> None:
    async def work() -> None:
        raise ServerUnreachable

    with pytest.raises(ServerUnreachable):
        await until_interrupted(work)


async def test_work_that_ends_is_done() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append("done")

    await until_interrupted(work)

    assert seen == ["done"]
