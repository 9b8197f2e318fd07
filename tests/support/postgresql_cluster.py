"""A throw-away PostgreSQL server of Debian's package, for the tests that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from needed_programs import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
_DURABLE = "-c fsync=off -c synchronous_commit=on"  # survives its own death; a power cut is not tested


class Cluster:
    """A PostgreSQL server on a socket, without TCP; it refuses to run as root and gets its own user then."""

    def __init__(self, programs: Path, folder: Path, settings: str) -> None:
        self.programs = programs
        self.folder = folder
        self.settings = settings
        self.prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.prefix:
            shutil.chown(folder, "postgres", "postgres")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs."""
        command = [*self.prefix, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, timeout=60, capture_output=True, cwd=self.folder)

    def make(self) -> None:
        """Make its files."""
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it serves."""
        options = f"-k {self.folder} -c listen_addresses= {self.settings}"
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash does."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-s", "stop")

    def execute(self, statement: str) -> None:
        """Run one statement as its administrator."""
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self, name: str) -> str:
        """Make a database and give its address; it goes with the whole cluster."""
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        """The address of a database, for the panel."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A server of one's own; `durable` when it will be stopped in the middle."""
    programs = postgresql()
    folder = Path(tempfile.mkdtemp(prefix="bw-", dir="/tmp"))  # a socket's path must be short
    cluster = Cluster(programs, folder, _DURABLE if durable else _QUICK)
    cluster.make()
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)
