"""`bulwark admin permissions list|why|plan|apply|check`: the same service as the pages. A plan is a JSON document."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TextIO

import anyio
import click

from bulwark.account import directory
from bulwark.account.abilities import ABILITIES
from bulwark.console.output import as_json, json_option, note, say, table
from bulwark.console.progress import progress
from bulwark.console.prompts import confirm
from bulwark.console.words import sentence_for
from bulwark.features.permissions import documents, service
from bulwark.features.permissions import plan as plans
from bulwark.features.permissions.matrix import INHERIT, cell, role_columns
from bulwark.features.permissions.plan import Plan
from bulwark.features.permissions.service import ChangedSince, Fate
from bulwark.features.permissions.why import joined, why_not
from bulwark.language import _, ngettext, series
from bulwark.signin.terminal import Place, signed_in_account

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulwark.account.effective import Effective
    from bulwark.console.progress import Tell

MOST_ROLES = 12


@click.group()
def permissions() -> None:
    """Why somebody cannot do something, and a plan that mends it."""


@permissions.command("list")
@click.argument("addresses", nargs=-1)
@json_option(documents.Matrix)
@click.pass_obj
def list_(place: Place, addresses: tuple[str, ...], *, use_json: bool) -> None:
    """Show what roles, and these accounts, may do of what the panel promises."""
    with progress(_("Accounts"), quiet=use_json) as tell:
        found = anyio.run(partial(_matrix, place, addresses, tell))
    if use_json:
        as_json(found)
        return
    holders = (*found.roles, *found.accounts)
    heads = (_("What"), *(one.who for one in holders))
    table(heads, [(one.formerly, *(holder.standings[one.slug] for holder in holders)) for one in ABILITIES])
    say(ngettext("%(n)s account lacks something.", "%(n)s accounts lack something.", found.with_gap))


@permissions.command()
@click.argument("address")
@json_option(documents.Reasons)
@click.pass_obj
def why(place: Place, address: str, *, use_json: bool) -> None:
    """Say what an account cannot do, and which role or account denies it. Status 1 when there is something."""
    sentences = anyio.run(partial(_why, place, address))
    if use_json:
        as_json(documents.Reasons(account=address, sentences=sentences))
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
@json_option(Plan, text="A plan is JSON in any case.")
@click.pass_obj
def plan(place: Place, addresses: tuple[str, ...], *, with_blocks: bool, use_json: bool) -> None:
    """Print the plan for these accounts, else for everybody. Changes nothing."""
    with progress(_("Accounts"), quiet=use_json) as tell:
        made = anyio.run(partial(_plan, place, addresses, tell))
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
@json_option(documents.ReportDocument, text="Print the report as JSON, with the plan that takes it back in it.")
@click.pass_obj
def apply(place: Place, file: TextIO, *, dry_run: bool, yes: bool, use_json: bool) -> None:
    """Apply a plan; prints the plan that takes it back. Status 1 when something was refused, 6 when unknown."""
    read = _read(file)
    if dry_run:
        calls = (
            documents.CallDocument(method=call.name, arguments=dict(call.arguments)) for call in plans.calls_of(read)
        )
        as_json(documents.ReportDocument(applied=False, calls=tuple(calls)))
        note(_("Nothing was sent."))
        return
    question = ngettext("Apply %(n)s change?", "Apply %(n)s changes?", len(read.changes))
    if not read.changes or not (yes or confirm(question)):
        note(_("Nothing was changed."))
        raise click.exceptions.Exit(1)
    report = anyio.run(partial(_apply, place, read))
    if use_json:
        as_json(_document(report))
    else:
        _tell(report)
    if isinstance(report, service.Report) and report.count(Fate.UNKNOWN):
        raise click.exceptions.Exit(6)
    if isinstance(report, ChangedSince) or report.count(Fate.REFUSED):
        raise click.exceptions.Exit(1)


@permissions.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@json_option(documents.ReportDocument)
@click.pass_obj
def check(place: Place, file: TextIO, *, use_json: bool) -> None:
    """Look whether a plan holds now, after an answer that was lost. Changes nothing. Status 1 when not all does."""
    items = anyio.run(partial(_look_again, place, _read(file)))
    holds = all(item.fate is Fate.DONE for item in items)
    if use_json:
        as_json(documents.ReportDocument(applied=holds, items=_items(items)))
    else:
        for item in items:
            say(f"{item.fate.value}  {item.change.name}")
    if not holds:
        raise click.exceptions.Exit(1)


def _read(file: TextIO) -> Plan:
    try:
        return plans.decode(file.read(plans.MOST_BYTES + 1))
    except (plans.PlanUnreadableError, UnicodeError) as error:
        raise click.UsageError(_("This is no plan of this panel.")) from error


def _tell(report: service.Report | ChangedSince) -> None:
    if isinstance(report, ChangedSince):
        note(_("Nothing was applied: these are others now: %(names)s.", names=series(report.names)))
        note(_("A new plan for how it is now was printed."))
        click.echo(report.plan.pretty(), nl=False)
        return
    for item in report.items:
        reason = f": {sentence_for(item.why)}" if item.why is not None else ""
        note(f"{item.fate.value}  {item.change.name}{reason}")
    if report.undo.changes:
        click.echo(report.undo.pretty(), nl=False)


def _document(report: service.Report | ChangedSince) -> documents.ReportDocument:
    if isinstance(report, ChangedSince):
        return documents.ReportDocument(applied=False, changed=report.names, new_plan=report.plan)
    undo = report.undo if report.undo.changes else None
    return documents.ReportDocument(applied=True, items=_items(report.items), undo=undo)


def _items(items: Iterable[service.Item]) -> tuple[documents.ChangeDocument, ...]:
    return tuple(
        documents.ChangeDocument(
            name=item.change.name,
            outcome=item.fate.value,
            why=sentence_for(item.why) if item.why is not None else "",
        )
        for item in items
    )


async def _matrix(place: Place, addresses: tuple[str, ...], tell: Tell) -> documents.Matrix:
    async with signed_in_account(place) as account:
        population = await service.population(account, everybody=True, tell=tell)
        found = [await directory.by_address(account, address) for address in addresses]
    computed = population.computed
    roles = tuple(
        _holder(joined(population.book, start), count, computed.of_roles(start, INHERIT), is_group=is_group)
        for start, (count, is_group) in role_columns(population, MOST_ROLES).items()
    )
    accounts = tuple(_holder(one.address, 1, computed.of(one), is_group=one.is_group) for one in found)
    return documents.Matrix(
        looked_at=population.looked_at,
        total=population.total,
        with_gap=population.with_gap(),
        roles=roles,
        accounts=accounts,
    )


def _holder(who: str, count: int, effective: Effective, *, is_group: bool) -> documents.Holder:
    standings = {one.slug: cell(effective, one, is_group=is_group).standing.value for one in ABILITIES}
    return documents.Holder(who=who, accounts=count, standings=standings)


async def _why(place: Place, address: str) -> tuple[str, ...]:
    async with signed_in_account(place) as account:
        found = await directory.by_address(account, address)
        return why_not(found, await service.population(account))


async def _plan(place: Place, addresses: tuple[str, ...], tell: Tell) -> Plan:
    async with signed_in_account(place) as account:
        server = account.transport.origin.partition("://")[2]
        if not addresses:
            everybody = await service.population(account, everybody=True, tell=tell)
            return plans.for_everybody(everybody, server=server, at=account.now)
        found = [await directory.by_address(account, address) for address in addresses]
        return plans.for_accounts(found, await service.population(account), server=server, at=account.now)


async def _look_again(place: Place, read: Plan) -> tuple[service.Item, ...]:
    async with signed_in_account(place) as account:
        return await service.look_again(account, read)


async def _apply(place: Place, read: Plan) -> service.Report | ChangedSince:
    async with signed_in_account(place) as account:
        return await service.apply(account, read)
