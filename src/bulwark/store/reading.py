"""Looking things up. On SQLite without leaving the event loop: finding a row takes less time than handing it to a thread.

In WAL mode a reader waits for nobody. The rare moment in which it would have to (the file is being recovered, or held
exclusively) goes to a thread, which waits as patiently as a writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anyio.to_thread
from sqlalchemy import create_engine, event, exc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import CursorResult, Executable
    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

Value = TypeVar("Value")


class Reader(Protocol):
    """A connection for looking things up."""

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """The rows."""
        ...

    async def run_sync(self, function: Callable[[Connection], Value]) -> Value:
        """What a function finds out with the plain connection."""
        ...

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        ...


class InlineReader:
    """A connection to SQLite that is used on the loop; `patience` in seconds counts only when the file is locked."""

    def __init__(self, connection: Connection, patience: float) -> None:
        self._connection = connection
        self._patience = patience

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """The rows."""
        try:
            return self._connection.execute(statement, parameters)
        except exc.OperationalError as error:
            if "locked" not in str(error.orig):
                raise
        return await anyio.to_thread.run_sync(self._patiently, statement, parameters)

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self.execute(statement)).scalar()

    async def run_sync(self, function: Callable[[Connection], Value]) -> Value:
        """What a function finds out with the plain connection."""
        return function(self._connection)

    def _patiently(self, statement: Executable, parameters: Mapping[str, Any] | None) -> CursorResult[Any]:
        self._connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
        try:
            return self._connection.execute(statement, parameters)
        finally:
            self._connection.exec_driver_sql("PRAGMA busy_timeout = 0")


def reading_engine(address: URL) -> Engine:
    """Connections that only read, to the file behind an aiosqlite address."""
    engine = create_engine(
        address.set(drivername="sqlite"),
        hide_parameters=True,
        connect_args={"timeout": 0, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # each statement by itself; nothing to commit
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    return engine
