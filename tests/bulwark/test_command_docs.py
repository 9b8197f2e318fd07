"""The commands that the documentation shows, each run as it stands against the stand-in and a panel."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from bulwark.command_reference import EXAMPLES
from bulwark.master_keys import read_or_make
from bulwark.settings import Settings
from canaries import TOTP_SECRET
from json_documents import verb_of
from key_samples import openpgp
from panel_beside import panel_beside
from reader_shell import Reader
from repository import named
from shown_commands import DOCS, NOT_RUN, PAGES, blocks_of, entry_for, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgresql_cluster import Cluster
    from stalwart_sandbox import Sandbox
    from terminal_kit import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.shows_secrets("app passwords are printed once, on purpose")]
BLOCKS = {named(path): blocks for path in PAGES if (blocks := blocks_of(path))}
BACKUP = "docs/backup.md"
STATUSES = {
    "bulwark check": 1,  # an account without two-factor
    "bulwark admin permissions why": 1,  # something is missing
    "bulwark identities watch": 130,  # ended by Ctrl+C
}
ADMIN = {"@type": "Admin"}
DENIED = ("sysAccountPasswordGet", "sysAccountPasswordUpdate")


@pytest.fixture(scope="module")
def panel_url(socket_server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with panel_beside(socket_server.state.base_url, tmp_path_factory.mktemp("panel")) as url:
        yield url


@pytest.fixture
def reader(terminal: Terminal, panel_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Alice, an administrator, whose machine is not signed in."""
    monkeypatch.setattr(terminal.server.state, "device_interval", 1)
    terminal.server.state.grants.devices.clear()
    terminal.server.forget_requests()
    reader = Reader(terminal, panel_url, tmp_path, monkeypatch)
    reader.knows("alice", roles=ADMIN)
    yield reader
    reader.leaves()


def accounts(reader: Reader) -> None:
    """An administrator looks after Alice."""
    reader.knows("postmaster", roles=ADMIN)
    reader.knows("alice", otp_secret=TOTP_SECRET, app_passwords=("Old phone",))
    reader.signs_in("postmaster")


def activity(reader: Reader) -> None:
    reader.terminal.server.add_app_password(reader.people["alice"], "Backup")
    reader.signs_in("alice")


def command_line(reader: Reader) -> None:
    reader.knows("bob")
    permissions(reader)
    reader.types("bulwark admin permissions plan heidi@example.org > plan.json")


def doctor(reader: Reader) -> None:
    settings = reader.folder / "etc" / "bulwark" / "bulwark.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'server_url = "{reader.server}"\ndata_dir = "data"\n')


def encryption(reader: Reader) -> None:
    (reader.home / "key.asc").write_bytes(openpgp("curve25519"))
    reader.signs_in("alice")


def identities(reader: Reader) -> None:
    (reader.home / "signature.txt").write_text("-- \nLibrary\n", encoding="utf-8")
    reader.signs_in("alice")


def permissions(reader: Reader) -> None:
    role = reader.terminal.server.add_role("No password change", disabled=DENIED)
    reader.knows("heidi", roles={"@type": "Custom", "roleIds": {"b": True, role: True}})
    reader.signs_in("alice")


def single_sign_on(reader: Reader) -> None:
    secret = reader.folder / "run" / "secrets" / "oidc-client-secret"
    secret.parent.mkdir(parents=True)
    secret.write_text("a-secret-of-the-provider\n")


def somebody(reader: Reader) -> None:
    reader.signs_in("alice")


def webhook(reader: Reader) -> None:
    """The panel is stopped when it has stored what the stand-in reports."""
    database = reader.home / ".local" / "share" / "bulwark" / "bulwark.sqlite3"
    reader.works = lambda: bool(rows(database, "heard"))


def composed(reader: Reader) -> None:
    """What was made for the composition is what a panel takes."""
    secrets = reader.home / "secrets"
    names = {"DATABASE_URL": "database-url", "WEBHOOK_SECRET": "webhook-secret", "METRICS_TOKEN": "metrics-token"}
    given = {f"BULWARK_{name}_FILE": str(secrets / file) for name, file in names.items()}
    loaded = Settings.load({**given, "BULWARK_SERVER_URL": reader.server, "BULWARK_DATA_DIR": str(secrets)}, None)

    assert loaded.settings.database_url.reveal().startswith("postgresql+psycopg://bulwark:")
    assert read_or_make(secrets / "master.key")
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o600}


def rows(database: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of ours


PREPARED: dict[str, Callable[[Reader], None]] = {
    "docs/single-sign-on.md": single_sign_on,
    "docs/use/accounts.md": accounts,
    "docs/use/activity.md": activity,
    "docs/use/api-keys.md": somebody,
    "docs/use/app-passwords.md": somebody,
    "docs/use/command-line.md": command_line,
    "docs/use/doctor.md": doctor,
    "docs/use/encryption.md": encryption,
    "docs/use/identities.md": identities,
    "docs/use/overview.md": somebody,
    "docs/use/permissions.md": permissions,
    "docs/use/profile.md": somebody,
    "docs/webhook.md": webhook,
}
LOOKED_AT: dict[str, Callable[[Reader], None]] = {"deploy/compose.yaml": composed}


def test_every_page_with_more_to_it_shows_commands() -> None:
    assert {*PREPARED, *LOOKED_AT, BACKUP} <= set(BLOCKS)
    assert sum(len(block) for blocks in BLOCKS.values() for block in blocks) > 130


@pytest.mark.parametrize("page", [page for page in BLOCKS if page != BACKUP])
def test_every_command_of_a_page_works(page: str, reader: Reader) -> None:
    if page in PREPARED:
        PREPARED[page](reader)

    for block in BLOCKS[page]:
        reader.types(*block)

    assert reader.unexpected(STATUSES) == []
    if page in LOOKED_AT:
        LOOKED_AT[page](reader)


def test_what_is_backed_up_is_what_is_restored(reader: Reader) -> None:
    data = reader.folder / "var" / "lib" / "bulwark"
    database, key = data / "bulwark.sqlite3", data / "master.key"
    reader.types("BULWARK_DATA_DIR=/var/lib/bulwark bulwark migrate")
    before = key.read_bytes(), rows(database, "alembic_version")

    for block in (block for block in BLOCKS[BACKUP] if not is_for_postgresql(block)):
        if block[0].startswith("install -d -m 700 /var/lib/bulwark"):
            shutil.rmtree(data)
        reader.types(*block)

    assert reader.unexpected(STATUSES) == []
    assert (key.read_bytes(), rows(database, "alembic_version")) == before
    assert key.stat().st_mode & 0o777 == 0o600


def test_what_is_dumped_is_what_is_restored(reader: Reader, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.new_database("bulwark")
    for name, value in {"PGHOST": str(cluster.folder), "PGUSER": "postgres", "BULWARK_DATABASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{cluster.programs}:{os.environ['PATH']}")
    (reader.folder / "backup").mkdir()
    reader.types("bulwark migrate")
    dump, restore = filter(is_for_postgresql, BLOCKS[BACKUP])

    reader.types(*dump)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TABLE events")
        reader.types(*restore)
        held = connection.execute("SELECT count(*) FROM events").fetchone()

    assert held == (0,)


def is_for_postgresql(block: tuple[str, ...]) -> bool:
    return block[0].startswith("pg_")


def test_an_entry_of_what_is_not_run_is_about_something() -> None:
    pieces = [piece for blocks in BLOCKS.values() for block in blocks for line in block for piece in line.split(" | ")]

    assert set(NOT_RUN) - {entry_for(piece) for piece in pieces} == set()


def test_a_block_of_a_page_says_what_it_is() -> None:
    assert [(path.name, block) for path in DOCS for block in unmarked(path)] == []  # ```sh is typed into a shell


def test_the_examples_of_the_manual_work(reader: Reader) -> None:
    reader.knows("heidi")
    reader.types(*(line for _about, line in EXAMPLES))

    assert [outcome.status for _line, outcome in reader.outcomes] == [0, 1, 0, 0]


def test_every_verb_that_a_page_of_the_documentation_names_exists() -> None:
    unknown = {
        (path.name, found)
        for path in DOCS
        for found in re.findall(r"`bulwark ([a-z][a-z -]*[a-z])", path.read_text(encoding="utf-8"))
        if verb_of(found.split())[0] == "bulwark"
    }

    assert unknown == set()
