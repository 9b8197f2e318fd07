"""Work that goes on until Ctrl+C."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import anyio
import click

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def until_interrupted(work: Callable[[], Awaitable[None]]) -> None:
    """Do the work until it ends or Ctrl+C does.

    asyncio's own handler can miss a Ctrl+C in the moment in which the loop goes to sleep, and is woken by the next
    event only; for what waits half a minute for one, this receiver wakes the loop itself.

    Raises:
        click.Abort: Ctrl+C.
    """
    failed: list[Exception] = []
    is_interrupted = False

    async def carry_out(scope: anyio.CancelScope) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  raised below as it is; a task group would wrap it
            failed.append(error)
        scope.cancel()

    with anyio.open_signal_receiver(signal.SIGINT) as signals:
        async with anyio.create_task_group() as group:
            group.start_soon(carry_out, group.cancel_scope)
            async for _signal in signals:
                is_interrupted = True
                break
            group.cancel_scope.cancel()
    if is_interrupted:
        raise click.Abort
    if failed:
        raise failed[0]
