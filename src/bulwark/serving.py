"""Starting the panel: settings checked in words, then uvicorn. The web framework is imported by uvicorn alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bulwark.console.output import note, say
from bulwark.settings import Loaded, Settings, SettingsError

APPLICATION = "bulwark.app:from_environment"
STOP_WITHIN = 15  # seconds a running request may take when the panel is stopped


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 host stands in brackets.

    Raises:
        SettingsError: it is something else.
    """
    host, _colon, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - the highest port
        raise SettingsError((f"--listen {listen} is no address to listen on. Write for example 127.0.0.1:8700",))
    return host.strip("[]"), int(port)


def load_settings(config: str | None) -> Loaded | None:
    """The settings, or None after saying everything that is wrong with them."""
    if config is not None:
        os.environ["BULWARK_CONFIG"] = str(Path(config).resolve())
    try:
        loaded = Settings.load(os.environ, None)
    except SettingsError as error:
        for problem in error.problems:
            note(problem)
        return None
    for warning in loaded.warnings:
        note(warning)
    return loaded


def run_panel(*, listen: str, config: str | None, workers: int) -> int:
    """Serve until told to stop; running requests are finished first. Returns the exit status."""
    try:
        host, port = split_listen(listen)
    except SettingsError as error:
        note(str(error))
        return 2
    loaded = load_settings(config)
    if loaded is None:
        return 2
    if not _prepare(loaded.settings):
        return 1
    import uvicorn

    with contextlib.suppress(OSError):  # a full disk under the log stops nobody
        say(f"Bulwark Account Security listens on {listen}")
    uvicorn.run(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        proxy_headers=False,  # the panel reads forwarded headers itself, from trusted proxies only
        server_header=False,
        timeout_graceful_shutdown=STOP_WITHIN,
        loop="uvloop",
        http="httptools",
    )
    return 0


def migrate_database(config: str | None) -> int:
    """Bring the database to this release. Returns the exit status."""
    loaded = load_settings(config)
    if loaded is None:
        return 2
    if not _prepare(loaded.settings):
        return 1
    say("The database is up to date.")
    return 0


def _prepare(settings: Settings) -> bool:
    """Make or read the master keys and bring the database up to date; False after saying what is wrong."""
    import anyio

    from bulwark.errors import StoreUnavailable
    from bulwark.master_keys import MasterKeyFileError, read_or_make
    from bulwark.store.engine import Database

    async def migrate() -> None:
        database = Database.open(settings.database_url)
        try:
            await database.prepare()
        finally:
            await database.dispose()

    try:
        read_or_make(settings.master_key_file)
        anyio.run(migrate)
    except (MasterKeyFileError, StoreUnavailable) as error:
        note(str(error))
        return False
    return True
