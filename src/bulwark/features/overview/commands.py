"""`bulwark check`: the check-up, for people and for scripts. Status 1 when something needs attention."""

from __future__ import annotations

from functools import partial

import anyio
import click

from bulwark.console.output import as_json, json_option, note, say
from bulwark.features.overview import service
from bulwark.features.overview.documents import CheckUp, check_up
from bulwark.language import _
from bulwark.signin import at_panel
from bulwark.signin.terminal import Place, signed_in_account


@click.command()
@at_panel.option
@json_option(CheckUp)
@click.pass_obj
def check(place: Place, *, panel: str | None, use_json: bool) -> None:
    """What to do for this account, most urgent first. Status 1 when something needs attention.

    Recovery codes, last uses and tests are the panel's own: name it with --panel to have them looked at too.
    """
    found = anyio.run(partial(_check, place, panel))
    if use_json:
        as_json(found)
    else:
        _tell(found)
    if found.findings:
        raise click.exceptions.Exit(1)


async def _check(place: Place, panel: str | None) -> CheckUp:
    if panel:
        return await at_panel.get(place, panel, "/check", CheckUp)
    async with signed_in_account(place) as account:
        return check_up(await service.look(account), account.address, with_panel=False)


def _tell(found: CheckUp) -> None:
    marks = {"do-first": _("Do this first"), "worth-a-look": _("Worth a look")}
    for one in found.findings:
        say(f"{marks.get(one.urgency, one.urgency)}: {one.heading}")
        say(f"  {one.reason}")
    for area in found.in_order:
        say(_("In order: %(area)s. %(reason)s", area=area.area, reason=area.reason))
    if not found.findings:
        say(_("Nothing to do."))
    if not found.with_panel:
        note(_("Recovery codes, last uses and tests were not looked at: name the panel with --panel."))
