"""`bulwark activity events|sessions`: what the panel knows; `bulwark webhook`: what to enter at the mail server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import click
import msgspec

from bulwark.console.output import as_json, note, table
from bulwark.features.activity.documents import Events, Sessions
from bulwark.language import _
from bulwark.signin import at_panel

if TYPE_CHECKING:
    from bulwark.signin.terminal import Place

Answer = TypeVar("Answer", bound=msgspec.Struct)


@click.group()
def activity() -> None:
    """What happened to the account, and where one is signed in. The panel keeps this: name it with --panel."""


@activity.command()
@at_panel.option
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def events(place: Place, *, panel: str | None, use_json: bool) -> None:
    """The latest events, the newest first."""
    found = anyio.run(partial(_ask, place, panel, "events", Events))
    if use_json:
        as_json(msgspec.to_builtins(found))
        return
    rows = [(one.at, one.what, one.address, one.device) for one in found.events]
    table((_("Time (UTC)"), _("What"), _("Address"), _("Device")), rows)


@activity.command()
@at_panel.option
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def sessions(place: Place, *, panel: str | None, use_json: bool) -> None:
    """Every browser that is signed in to the panel."""
    found = anyio.run(partial(_ask, place, panel, "sessions", Sessions))
    if use_json:
        as_json(msgspec.to_builtins(found))
        return
    rows = [(one.device, one.address, one.last_used, one.since) for one in found.sessions]
    table((_("Device"), _("Address"), _("Last active (UTC)"), _("Since (UTC)")), rows)


@click.command()
@click.argument("panel", envvar="BULWARK_PUBLIC_URL", metavar="PANEL")
def webhook(panel: str) -> None:
    """Print what to enter at the mail server, so that it reports sign-ins to the panel at this address.

    As an object for x:WebHook/set create; then reload the server's settings.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(panel)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise click.UsageError(_("This is no usable address: %(address)s", address=panel))
    from bulwark.account.webhook import server_settings

    as_json(server_settings(f"{parts.scheme}://{parts.netloc}"))
    note(_("The key is the one in BULWARK_WEBHOOK_SECRET. Then reload the server’s settings (ReloadSettings)."))


async def _ask(place: Place, panel: str | None, what: str, shape: type[Answer]) -> Answer:
    async with at_panel.at_panel(place, panel) as client:
        return await client.get(f"{at_panel.PREFIX}/activity/{what}", shape)
