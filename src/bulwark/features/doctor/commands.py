"""`bulwark doctor`: the same checks as the page, for whoever runs the panel. Works without signing in.

status 0: nothing needs attention; 1: something does; 4: the mail server does not answer; 5: it is too old.
"""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from bulwark import errors
from bulwark.clock import SystemClock
from bulwark.console.output import as_json, json_option, say
from bulwark.features.doctor import documents, service, texts
from bulwark.features.doctor.service import Check, State
from bulwark.features.doctor.sign_in import examine_sign_in
from bulwark.language import ngettext
from bulwark.settings import Loaded, Settings, SettingsError
from bulwark.signin.terminal import Place, connection, signed_in_account

if TYPE_CHECKING:
    from bulwark.account.provider import Providers
    from bulwark.features.doctor.service import Result
    from bulwark.store.engine import Database
    from bulwark.store.uses import Feed

_SIGNS = {State.FINE: "+", State.NOTE: "i", State.ATTENTION: "!", State.BROKEN: "X", State.UNCHECKED: "?"}


@click.command()
@click.option("--config", type=click.Path(dir_okay=False), help="A TOML file with settings.")
@json_option(tuple[documents.CheckDocument, ...])
@click.pass_obj
def doctor(place: Place, *, config: str | None, use_json: bool) -> None:
    """Look whether panel and mail server work together. Status 1 when something needs attention."""
    results = anyio.run(partial(_examine, place, config))
    if use_json:
        as_json([_document(one) for one in results])
    else:
        for one in results:
            title, meaning, remedy = texts.said(one)
            say(f"{_SIGNS[one.state]} {title}: {meaning}")
            if remedy:
                say(f"    {remedy}")
        wrong = sum(one.state in {State.ATTENTION, State.BROKEN} for one in results)
        say(ngettext("%(n)s thing needs attention.", "%(n)s things need attention.", wrong))
    status = status_of(results)
    if status:
        raise click.exceptions.Exit(status)


def status_of(results: tuple[Result, ...]) -> int:
    """The exit status."""
    server = next((one for one in results if one.check is Check.SERVER), None)
    if server is not None and server.case in {"silent", "failing", "unreadable"}:
        return 4
    if server is not None and server.case == "old":
        return 5
    return 1 if service.needs_attention(results) else 0


def _document(one: Result) -> documents.CheckDocument:
    title, meaning, remedy = texts.said(one)
    return documents.CheckDocument(
        check=one.check.value,
        state=one.state.value,
        case=one.case,
        title=title,
        meaning=meaning,
        remedy=remedy,
        facts=dict(one.facts),
    )


async def _examine(place: Place, config: str | None) -> tuple[Result, ...]:
    loaded, problems = _settings(config)
    settings = loaded.settings if loaded is not None else None
    server_url = place.server or (settings.server_url if settings is not None else place.server_or_fail())
    async with connection(server_url) as transport:
        server = await service.examine_server(transport)
        sign_in = await examine_sign_in(transport, settings, _providers(settings))
    database = _open(settings) if settings is not None and _exists(settings) else None
    try:
        feed = await _feed(database)
        of_settings = await _with_account(place, server, settings, feed)
        warnings = loaded.warnings if loaded is not None else ()
        own = await service.examine_panel(settings, database, problems=problems, warnings=warnings)
    finally:
        if database is not None:
            await database.dispose()
    return (*server, *of_settings, sign_in, *own)


def _settings(config: str | None) -> tuple[Loaded | None, tuple[str, ...]]:
    """The panel's settings; None without problems where this machine has none."""
    if config is None and not {"BULWARK_SERVER_URL", "BULWARK_CONFIG"} & os.environ.keys():
        return None, ()
    try:
        return Settings.load(os.environ, Path(config) if config else None), ()
    except SettingsError as error:
        return None, error.problems


def _exists(settings: Settings) -> bool:
    """Whether there is a database to look at: looking must not make an empty one."""
    address = settings.database_url.reveal()
    return not address.startswith("sqlite") or Path("/" + address.partition(":///")[2].lstrip("/")).exists()


def _providers(settings: Settings | None) -> Providers | None:
    """What speaks to providers; None where the panel itself is not installed."""
    if settings is None or find_spec("joserfc") is None:
        return None
    from bulwark.account.provider import Providers

    return Providers.of(settings, SystemClock())


def _open(settings: Settings) -> Database:
    """The panel's database; loaded only where there is one, because a plain install has no driver for it."""
    from bulwark.store.engine import Database

    return Database.open(settings.database_url)


async def _feed(database: Database | None) -> Feed | None:
    if database is None:
        return None
    from bulwark.store.uses import UseStore

    try:
        return await UseStore(database).feed()
    except errors.StoreUnavailable:
        return None


async def _with_account(
    place: Place, server: tuple[Result, ...], settings: Settings | None, feed: Feed | None
) -> tuple[Result, ...]:
    """The checks that need rights, with the kept sign-in where there is one that still works."""
    answers = next(one for one in server if one.check is Check.SERVER).state is not State.BROKEN
    if answers and place.profiles.load(place.profile) is not None:
        try:
            async with signed_in_account(place) as account:
                return await service.examine_settings(account, settings, feed)
        except errors.BulwarkError:
            return await service.examine_settings(None, settings, feed)
    return await service.examine_settings(None, settings, feed)
