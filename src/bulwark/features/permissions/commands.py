"""`bulwark admin permissions why|plan|apply`: the same service as the pages. A plan is a JSON document."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TextIO

import anyio
import click

from bulwark.account import directory
from bulwark.console.output import as_json, note, say
from bulwark.console.prompts import confirm
from bulwark.console.words import sentence_for
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions import service
from bulwark.features.permissions.service import ChangedSince, Fate
from bulwark.features.permissions.why import why_not
from bulwark.language import _, ngettext
from bulwark.signin.terminal import Place, signed_in_account

if TYPE_CHECKING:
    from bulwark.features.permissions.plan import Plan


@click.group()
def permissions() -> None:
    """Why somebody cannot do something, and a plan that mends it."""


@permissions.command()
@click.argument("address")
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def why(place: Place, address: str, *, use_json: bool) -> None:
    """Say what an account cannot do, and which role or account denies it. Status 1 when there is something."""
    sentences = anyio.run(partial(_why, place, address))
    if use_json:
        as_json(list(sentences))
    elif not sentences:
        say(_("Every part of this panel works for %(address)s.", address=address))
    else:
        for sentence in sentences:
            say(sentence)
    if sentences:
        raise click.exceptions.Exit(1)


@permissions.command()
@click.argument("addresses", nargs=-1)
@click.option("--with-blocks", is_flag=True, help="Lift blocks on accounts themselves, too.")
@click.pass_obj
def plan(place: Place, addresses: tuple[str, ...], *, with_blocks: bool) -> None:
    """Print the plan for these accounts, else for everybody. Changes nothing."""
    made = anyio.run(partial(_plan, place, addresses))
    wanted = made if with_blocks else made.only(one.key for one in made.changes if one.target == "role")
    click.echo(wanted.pretty(), nl=False)
    left = len(made.changes) - len(wanted.changes)
    if left:
        note(
            ngettext(
                "%(n)s change of an account itself was left out; --with-blocks takes it in.",
                "%(n)s changes of accounts themselves were left out; --with-blocks takes them in.",
                left,
            )
        )


@permissions.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def apply(place: Place, file: TextIO, *, dry_run: bool, yes: bool) -> None:
    """Apply a plan; prints the plan that takes it back. Status 1 when something was refused, 6 when unknown."""
    try:
        read = plans.decode(file.read(plans.MOST_BYTES + 1))
    except (plans.PlanUnreadableError, UnicodeError) as error:
        raise click.UsageError(_("This is no plan of this panel.")) from error
    if dry_run:
        as_json([[call.name, dict(call.arguments), str(place_)] for place_, call in enumerate(plans.calls_of(read))])
        note(_("Nothing was sent."))
        return
    question = ngettext("Apply %(n)s change?", "Apply %(n)s changes?", len(read.changes))
    if not read.changes or not (yes or confirm(question)):
        note(_("Nothing was changed."))
        raise click.exceptions.Exit(1)
    report = anyio.run(partial(_apply, place, read))
    if isinstance(report, ChangedSince):
        note(_("Nothing was applied: these are others now: %(names)s.", names=", ".join(report.names)))
        note(_("A new plan for how it is now was printed."))
        click.echo(report.plan.pretty(), nl=False)
        raise click.exceptions.Exit(1)
    for item in report.items:
        reason = f": {sentence_for(item.why)}" if item.why is not None else ""
        note(f"{item.fate.value}  {item.change.name}{reason}")
    if report.undo.changes:
        click.echo(report.undo.pretty(), nl=False)
    if report.count(Fate.UNKNOWN):
        raise click.exceptions.Exit(6)
    if report.count(Fate.REFUSED):
        raise click.exceptions.Exit(1)


async def _why(place: Place, address: str) -> tuple[str, ...]:
    async with signed_in_account(place) as account:
        found = await directory.by_address(account, address)
        return why_not(found, await service.population(account))


async def _plan(place: Place, addresses: tuple[str, ...]) -> Plan:
    async with signed_in_account(place) as account:
        server = account.transport.origin.partition("://")[2]
        if not addresses:
            everybody = await service.population(account, everybody=True)
            return plans.for_everybody(everybody, server=server, at=account.now)
        found = [await directory.by_address(account, address) for address in addresses]
        return plans.for_accounts(found, await service.population(account), server=server, at=account.now)


async def _apply(place: Place, read: Plan) -> service.Report | ChangedSince:
    async with signed_in_account(place) as account:
        return await service.apply(account, read)
