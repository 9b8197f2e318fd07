"""Both databases for every test of the store: a fresh SQLite file, a fresh database of a throw-away PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from bulwark.master_keys import new_master_key
from bulwark.store.engine import Database
from bulwark.store.sealed import Sealer
from needed_programs import postgresql

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NUMBERS = count(1)


class Cluster:
    """A PostgreSQL server on a socket, without TCP; it refuses to run as root and gets its own user then."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.prefix:
            shutil.chown(folder, "postgres", "postgres")

    def run(self, program: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, timeout=60, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = (
            f"-k {self.folder} -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        )
        self.run("pg_ctl", "-D", data, "-w", "-s", "-l", str(self.folder / "server.log"), "-o", settings, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-s", "stop")

    def execute(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    programs = postgresql()
    folder = Path(tempfile.mkdtemp(prefix="bw-", dir="/tmp"))  # a socket's path must be short
    running = Cluster(programs, folder)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'data' / 'bulwark.sqlite3'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(NUMBERS)}"
    cluster.execute(f"CREATE DATABASE {name}")
    yield cluster.url(name)
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    """A prepared database."""
    opened = Database.open(empty_url)
    await opened.prepare()
    yield opened
    await opened.dispose()


@pytest.fixture
async def second(database: Database, empty_url: str) -> AsyncIterator[Database]:
    """The same database as another process sees it: connections and locks of its own."""
    del database  # only to have it prepared
    opened = Database.open(empty_url)
    yield opened
    await opened.dispose()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_master_key()])
