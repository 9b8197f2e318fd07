"""Opening, preparing and losing the database."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import anyio
import pytest
from sqlalchemy import exc, text

from bulwark import store
from bulwark.errors import StoreFromNewerVersion, StoreUnavailable
from bulwark.store import pending, recovery, schema
from bulwark.store.engine import HEAD, Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Protocol

    from sqlalchemy.engine import Connection

    class Cluster(Protocol):
        """The throw-away PostgreSQL of `conftest.py`."""

        execute: Callable[[str], None]
        url: Callable[[str], str]


pytestmark = pytest.mark.anyio


async def test_preparing_makes_the_tables_and_preparing_again_changes_nothing(empty_url: str) -> None:
    database = Database.open(empty_url)
    await database.prepare()
    await database.prepare()

    await database.ping()
    await database.dispose()


async def test_the_head_constant_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    from bulwark.store import upgrade

    assert ScriptDirectory.from_config(upgrade.configuration()).get_current_head() == HEAD


async def test_the_migrations_make_exactly_the_tables_of_the_modules(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    for module in pkgutil.iter_modules(store.__path__):
        importlib.import_module(f"{store.__name__}.{module.name}")

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, schema.metadata))

    async with database.read() as connection:
        found = await connection.run_sync(differences)

    assert found == []


async def test_four_starters_at_once_prepare_one_database(empty_url: str) -> None:
    starters = [Database.open(empty_url) for _ in range(4)]
    async with anyio.create_task_group() as group:
        for starter in starters:
            group.start_soon(starter.prepare)

    for starter in starters:
        await starter.ping()
        await starter.dispose()


async def test_alembic_is_not_loaded_for_a_prepared_database(database_url: str) -> None:
    program = (
        "import anyio, sys\n"
        "from bulwark.store.engine import Database\n"
        "async def main():\n"
        "    database = Database.open(sys.argv[1])\n"
        "    await database.prepare()\n"
        "    await database.dispose()\n"
        "anyio.run(main)\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    done = await anyio.to_thread.run_sync(
        lambda: subprocess.run([sys.executable, "-c", program, database_url], timeout=60, check=False),
    )

    assert done.returncode == 0


async def test_a_database_of_a_newer_release_is_refused_by_name(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreFromNewerVersion, match="9999"):
        await database.prepare()
    with pytest.raises(StoreUnavailable):
        await database.ping()


async def test_an_unprepared_database_is_not_ready(empty_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    database = Database.open(empty_url)

    with pytest.raises(StoreUnavailable, match="revision None"):
        await database.ping()
    await database.dispose()


async def test_a_block_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM alembic_version"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await database.ping()


async def test_a_cancelled_write_leaves_nothing_behind_and_no_lock(database: Database) -> None:
    with anyio.move_on_after(0.2):
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM alembic_version"))
            await anyio.sleep(10)

    async with database.write() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar() == 1


async def test_a_broken_rule_stays_an_integrity_error(database: Database) -> None:
    with pytest.raises(exc.IntegrityError):
        async with database.write() as connection:
            await connection.execute(
                recovery.recovery_codes.insert(),
                {"set_id": b"none", "lookup_id": b"x", "number": 1, "wrapped_key": b"y"},
            )


async def test_parameters_never_stand_in_an_error(database: Database) -> None:
    with pytest.raises(exc.IntegrityError) as caught:
        async with database.write() as connection:
            await connection.execute(
                pending.pending.insert(),
                {"id_hash": b"h", "kind": None, "sealed": b"very private", "tries_left": 1, "ends_at": schema.EPOCH},
            )

    assert "very private" not in str(caught.value)


async def test_two_writers_on_sqlite_wait_for_each_other(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'bulwark.sqlite3'}"
    first, other = Database.open(url), Database.open(url)
    await first.prepare()

    async with anyio.create_task_group() as group:
        group.start_soon(_bump, first)
        group.start_soon(_bump, other)
    async with first.read() as connection:
        count = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    await first.dispose()
    await other.dispose()

    assert count == HEAD + "++"


async def _bump(database: Database) -> None:
    async with database.write() as connection:
        now = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        await anyio.sleep(0.1)
        await connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": now + "+"})


async def test_a_locked_sqlite_file_is_said_to_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bulwark.store.engine.BUSY_SECONDS", 0.1)
    url = f"sqlite+aiosqlite:///{tmp_path / 'bulwark.sqlite3'}"
    first, other = Database.open(url), Database.open(url)
    await first.prepare()

    async with first.write():
        with pytest.raises(StoreUnavailable, match="locked"):
            await _bump(other)
    await first.dispose()
    await other.dispose()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    file = tmp_path / "bulwark.sqlite3"
    file.write_bytes(b"this is not a database, not even nearly so " * 100)
    database = Database.open(f"sqlite+aiosqlite:///{file}")

    with pytest.raises(StoreUnavailable, match="not a database"):
        await database.prepare()
    await database.dispose()


async def test_a_full_disk_is_unavailable(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'bulwark.sqlite3'}")
    await database.prepare()

    async def fill() -> None:
        large = {"id_hash": b"h", "kind": "form", "sealed": bytes(1_000_000), "tries_left": 1, "ends_at": schema.EPOCH}
        async with database.write() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
            await connection.execute(pending.pending.insert(), large)

    with pytest.raises(StoreUnavailable, match="full"):
        await fill()
    await database.dispose()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database.open("postgresql+psycopg://nobody@/nothing?host=/nonexistent")

    with pytest.raises(StoreUnavailable):
        await database.ping()
    with pytest.raises(StoreUnavailable):
        await database.prepare()
    await database.dispose()


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'file' / 'bulwark.sqlite3'}")

    with pytest.raises(StoreUnavailable):
        await database.prepare()
    await database.dispose()


async def test_a_folder_that_may_not_be_looked_into_is_unavailable(tmp_path: Path) -> None:
    program = (
        "import anyio, os, sys\n"
        "from bulwark.store.engine import Database\n"
        "from bulwark.errors import StoreUnavailable\n"
        "async def main():\n"
        "    import bulwark.store.upgrade, aiosqlite\n"
        "    if os.geteuid() == 0:\n"
        "        os.setuid(65534)\n"
        "    database = Database.open(sys.argv[1])\n"
        "    try:\n"
        "        await database.prepare()\n"
        "    except StoreUnavailable as error:\n"
        "        print(error)\n"
        "    await database.dispose()\n"
        "anyio.run(main)\n"
    )
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    command = [sys.executable, "-c", program, f"sqlite+aiosqlite:///{closed / 'data' / 'bulwark.sqlite3'}"]
    done = await anyio.run_process(command)

    assert b"Permission denied" in done.stdout


async def test_sqlite_is_set_up_for_several_processes_and_for_one_reader(tmp_path: Path) -> None:
    file = tmp_path / "data" / "bulwark.sqlite3"
    database = Database.open(f"sqlite+aiosqlite:///{file}")
    await database.prepare()
    async with database.write() as connection:
        found = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    async with database.read() as reader:
        only_reads = await reader.scalar(text("PRAGMA query_only"))

    assert only_reads == 1
    assert found == ["wal", 1, 5000]
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for path in file.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await database.dispose()


async def test_a_reader_waits_for_a_file_that_is_held_exclusively(tmp_path: Path) -> None:
    file = tmp_path / "data" / "bulwark.sqlite3"
    database = Database.open(f"sqlite+aiosqlite:///{file}")
    await database.prepare()
    await database.dispose()
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("CREATE TABLE held (id)")
    holder.execute("COMMIT")
    threading.Timer(0.3, holder.close).start()
    database = Database.open(f"sqlite+aiosqlite:///{file}")

    async with database.read() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM sessions")) == 0
    await database.dispose()


@pytest.mark.postgresql
async def test_a_postgresql_that_dropped_its_connections_costs_no_page(cluster: Cluster) -> None:
    cluster.execute("CREATE DATABASE dropping")
    database = Database.open(cluster.url("dropping"))
    await database.prepare()
    cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dropping'")

    await database.ping()
    await database.dispose()
