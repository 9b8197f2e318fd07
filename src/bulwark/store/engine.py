"""One way into the database: short transactions, SQLite or PostgreSQL, the same code on top.

SQLite (one machine): WAL, 5 s busy timeout, foreign keys, `BEGIN IMMEDIATE` for writes so that a read which turns into
a write can never fail half-way; within one process writers queue on a lock instead of polling the file. PostgreSQL
(several machines): READ COMMITTED, with time limits on every statement, lock and idle transaction. Whatever the
database says about being locked, full or gone becomes `StoreUnavailable`.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
from sqlalchemy import event, exc, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine

from bulwark.errors import StoreUnavailable
from bulwark.store.reading import InlineReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Table
    from sqlalchemy.engine import URL, Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from bulwark.store.reading import Reader
    from stalwart_jmap import Secret

    Alongside = Callable[[AsyncConnection], Awaitable[None]]  # what is written in somebody else's transaction

HEAD = "0006"  # the newest migration; a test compares it with the folder
BUSY_SECONDS = 5.0
POOL = 12  # connections to PostgreSQL that are kept, and as many again when it is crowded
_WRITES = "bulwark_writes"
_POSTGRESQL_LIMITS = (
    "-c timezone=UTC -c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"
)


class Database:
    """The panel's database. Make it with `open`, call `prepare` once, `dispose` at the end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = anyio.Lock()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reader = InlineReader(engine.url, BUSY_SECONDS) if self.is_sqlite else None

    @classmethod
    def open(cls, url: Secret | str) -> Database:
        """A database at `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`; nothing is connected yet."""
        address = make_url(url if isinstance(url, str) else url.reveal())
        if address.get_backend_name() == "sqlite":
            engine = _sqlite_engine(address)
        else:
            engine = create_async_engine(
                address,
                pool_pre_ping=True,  # a restarted server must not cost anybody a page
                pool_size=POOL,
                max_overflow=POOL,
                pool_timeout=3 * BUSY_SECONDS,  # two hundred people at once wait in line; nobody is turned away
                hide_parameters=True,
                connect_args={"connect_timeout": 5, "options": _POSTGRESQL_LIMITS, "application_name": "bulwark"},
            )
        return cls(engine)

    @property
    def file(self) -> Path | None:
        """Where the SQLite file lies; None on PostgreSQL."""
        from pathlib import Path

        name = self._engine.url.database
        return Path(name) if self.is_sqlite and name else None

    async def prepare(self) -> None:
        """Bring the tables to `HEAD`; only one process at a time does so, the others wait.

        Loads Alembic only when something is to be done. Raises `StoreUnavailable`, `StoreFromNewerVersion`.
        """
        with _translated():
            if self._may_be_there():
                async with self._engine.connect() as connection:
                    if await _stored_revision(connection) == HEAD:
                        return
        from bulwark.store import upgrade

        with _translated():
            await upgrade.run(self._engine, self.file)

    def _may_be_there(self) -> bool:
        """False when there is no SQLite file or nobody lets us look for it; connecting would only make an empty one."""
        return self.file is None or os.path.exists(self.file)  # noqa: PTH110 - the one that never raises

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """A connection for looking things up: one statement sees one state, several may see several."""
        with _translated():
            if self._reader is not None:
                yield self._reader
                return
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end of the block, rolled back when the block raises."""
        with _translated():
            if not self.is_sqlite:
                async with self._engine.begin() as connection:
                    yield connection
                return
            async with self._writer, self._engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    async def ping(self) -> None:
        """Nothing when the database serves and its tables are as this release needs them, else `StoreUnavailable`."""
        with _translated():
            async with self._engine.connect() as connection:
                revision = await _stored_revision(connection)
        if revision != HEAD:
            raise StoreUnavailable(f"its tables are at revision {revision}, this release needs {HEAD}")

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT in the words of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def dispose(self) -> None:
        """Close every connection."""
        if self._reader is not None:
            self._reader.close()
        await self._engine.dispose()


def _sqlite_engine(address: URL) -> AsyncEngine:
    engine = create_async_engine(
        address, pool_timeout=BUSY_SECONDS, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # sqlite3's own switch: we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")  # a recovery set that is shown must survive a power cut
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITES):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _stored_revision(connection: AsyncConnection) -> str | None:
    """The revision in the database; None when it has never been prepared."""
    has_table = await connection.run_sync(lambda sync: sync.dialect.has_table(sync, "alembic_version"))
    if not has_table:
        return None
    revision: str | None = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    return revision


@contextmanager
def _translated() -> Iterator[None]:
    """The database's own troubles become `StoreUnavailable`; broken rules (unique, foreign key) stay what they are."""
    try:
        yield
    except (exc.IntegrityError, exc.DataError, exc.ProgrammingError):
        raise
    except exc.DBAPIError as error:
        raise StoreUnavailable(_reason(error.orig)) from error
    except exc.TimeoutError as error:
        raise StoreUnavailable("every connection is busy") from error


def _reason(error: BaseException | None) -> str:
    """The driver's own words on one line: they name files and tables, never values (parameters are hidden)."""
    words: list[Any] = str(error).split()
    return " ".join(words) or type(error).__name__
