"""Both databases for every test of the store: a fresh SQLite file, a fresh database of a throw-away PostgreSQL."""

from __future__ import annotations

import shutil
from itertools import count
from typing import TYPE_CHECKING

import anyio
import psycopg
import pytest
from psycopg import sql

from bulwark.master_keys import new_master_key
from bulwark.store.engine import HEAD, Database
from bulwark.store.schema import metadata
from bulwark.store.sealed import Sealer
from prepared_database import prepare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from postgresql_cluster import Cluster

NUMBERS = count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'bulwark.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(NUMBERS)}"
    cluster.execute(f"CREATE DATABASE {name}")
    return cluster.url(name)  # never dropped: that would wait for a checkpoint, and the whole cluster goes at the end


@pytest.fixture(scope="session")
def prepared_server(cluster: Cluster) -> str:
    """The address of a PostgreSQL database with all tables, to be emptied: copying takes longer than most tests."""
    cluster.execute("CREATE DATABASE prepared")
    url = cluster.url("prepared")
    anyio.run(prepare, url)
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with all tables and no rows."""
    if request.param == "sqlite":
        prepared: Path = request.getfixturevalue("prepared_file")
        shutil.copy(prepared, tmp_path / prepared.name)
        return f"sqlite+aiosqlite:///{tmp_path / prepared.name}"
    url: str = request.getfixturevalue("prepared_server")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for table in metadata.sorted_tables[::-1]:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        connection.execute("UPDATE alembic_version SET version_num = %s", [HEAD])
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A prepared database."""
    opened = Database.open(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """The same database as another process sees it: connections and locks of its own."""
    opened = Database.open(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_master_key()])
