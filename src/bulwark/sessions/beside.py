"""Doing two things at once in one request, with errors as plain as if they were done one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from bulwark.errors import BulwarkError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Value = TypeVar("Value")


async def beside(main: Awaitable[Value], other: Callable[[], Awaitable[None]]) -> Value:
    """Wait for `main` while `other` runs; an error of ours is raised as itself, `main`'s before the other's.

    A task group would wrap it, and would cut the other one off in the middle of a database call.
    """
    failed: list[BulwarkError] = []
    results: list[Value] = []

    async def guarded() -> None:
        try:
            await other()
        except BulwarkError as error:
            failed.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(guarded)
        try:
            results.append(await main)
        except BulwarkError as error:
            failed.insert(0, error)
    if failed:
        raise failed[0]
    return results[0]
