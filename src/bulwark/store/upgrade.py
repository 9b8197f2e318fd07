"""Migrations under an exclusive lock; the only module that loads Alembic, and only when there is something to do.

SQLite: a lock on a file beside the database, because switching a new file to WAL is not covered by SQLite's own busy
timeout; then one `BEGIN IMMEDIATE` around everything. PostgreSQL: an advisory lock for the length of the transaction.
Either way a migration happens wholly or not at all, and whoever waited finds nothing left to do.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bulwark.errors import StoreFromNewerVersion, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

_LONGEST_WAIT = 120.0  # seconds another process may need for its migration
_ADVISORY_LOCK = 0x62756C7761726B  # "bulwark"


def configuration() -> Config:
    """Alembic's configuration: the folder of migrations, nothing else."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def run(engine: AsyncEngine, file: Path | None) -> None:
    """Bring the database to the newest migration; `file` is the SQLite file, None on PostgreSQL."""
    if file is None:
        async with engine.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT:.0f}s'"))
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            await connection.run_sync(_upgrade)
        return
    async with _file_lock(file), engine.connect() as connection:
        await connection.execute(text("PRAGMA journal_mode = WAL"))
        await connection.rollback()
        await connection.execution_options(bulwark_writes=True)
        async with connection.begin():
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = configuration()
    stored = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stored is not None and stored not in known:
        raise StoreFromNewerVersion(stored)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@asynccontextmanager
async def _file_lock(file: Path) -> AsyncIterator[None]:
    """Hold `<file>.lock`, and see to it that folder and file exist and are nobody else's to read."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{file.parent} cannot be written ({error.strerror})") from error
    try:
        with anyio.move_on_after(_LONGEST_WAIT) as patience:
            while not _locked(descriptor):  # noqa: ASYNC110 - another process can set no event of ours
                await anyio.sleep(0.05)
        if patience.cancelled_caught:
            raise StoreUnavailable("another process has been preparing it for too long")
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        yield
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be opened ({error.strerror})") from error
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
