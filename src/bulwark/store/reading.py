"""Looking things up. On SQLite without leaving the event loop: finding a row is quicker than handing it to a thread.

In WAL mode a reader waits for nobody. The rare moment in which it would have to (the file is being recovered, or held
exclusively) goes to a thread, which waits as patiently as a writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anyio.to_thread
from sqlalchemy import NullPool, create_engine, event, exc

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
    """Lookups in an SQLite file on the event loop, over one connection that stays open.

    No lookup waits half-way, so no two can meet on the connection; one that finds the file locked goes to a thread
    with a connection of its own and waits there, `patience` seconds at most.
    """

    def __init__(self, address: URL, patience: float) -> None:
        self._engine = _reading_engine(address)
        self._patience = patience
        self._open: Connection | None = None

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """The rows."""
        try:
            return self._connection().execute(statement, parameters)
        except exc.DBAPIError as error:
            self.close()
            if "locked" not in str(error.orig):
                raise
        return await anyio.to_thread.run_sync(self._patiently, statement, parameters)

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self.execute(statement)).scalar()

    async def run_sync(self, function: Callable[[Connection], Value]) -> Value:
        """What a function finds out with the plain connection."""
        return function(self._connection())

    def close(self) -> None:
        """Close the connection; the next lookup opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self._engine.dispose()

    def _connection(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()
        return self._open

    def _patiently(self, statement: Executable, parameters: Mapping[str, Any] | None) -> CursorResult[Any]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
            rows = connection.execute(statement, parameters).freeze()
        return rows()  # type: ignore[return-value]  # a frozen result gives back the same rows


def _reading_engine(address: URL) -> Engine:
    """Connections that only read, to the file behind an aiosqlite address."""
    engine = create_engine(
        address.set(drivername="sqlite"),
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # each statement by itself, seeing what is committed by then
        poolclass=NullPool,
        connect_args={"timeout": 0, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    return engine
