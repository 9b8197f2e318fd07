"""The panel from the command line, for what only the panel keeps: asked with the kept sign-in's token."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from bulwark import errors
from bulwark.account.panel_client import PanelClient
from bulwark.language import _
from bulwark.signin.terminal import connection, signed_in_account
from stalwart_jmap import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import msgspec

    from bulwark.account.account import Account
    from bulwark.account.panel_client import Answer
    from bulwark.signin.terminal import Place

option = click.option("--panel", envvar="BULWARK_PUBLIC_URL", metavar="URL", help="The panel, which keeps this.")


@asynccontextmanager
async def at_panel(place: Place, panel: str | None) -> AsyncIterator[PanelClient]:
    """A client of the panel, signed in as the kept sign-in.

    Raises:
        click.UsageError: no panel is named.
        SignInExpired: nobody is signed in.
    """
    async with with_account(place, panel) as (client, _account):
        yield client


@asynccontextmanager
async def with_account(place: Place, panel: str | None) -> AsyncIterator[tuple[PanelClient, Account]]:
    """The same, with the account at the mail server beside it.

    Raises:
        As `at_panel`.
    """
    if not panel:
        raise click.UsageError(_("The panel keeps this. Name it: --panel https://account.example.org"))
    async with signed_in_account(place) as account, connection(panel) as transport:
        known = place.profiles.load(place.profile)
        if known is None:
            raise errors.SignInExpired
        yield PanelClient(transport, Secret(known.access)), account


async def get(place: Place, panel: str | None, path: str, shape: type[Answer]) -> Answer:
    """Read one thing there.

    Raises:
        As `at_panel` and `PanelClient.get`.
    """
    async with at_panel(place, panel) as client:
        return await client.get(path, shape)


async def post(place: Place, panel: str | None, path: str, body: msgspec.Struct, shape: type[Answer]) -> Answer:
    """Do one thing there.

    Raises:
        As `at_panel` and `PanelClient.post`.
    """
    async with at_panel(place, panel) as client:
        return await client.post(path, body, shape)
