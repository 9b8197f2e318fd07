"""`bulwark admin accounts …` and `bulwark admin keys …`: the same services as the pages.

Everything that writes reads first, asks once more (`--yes` does not), and has `--dry-run`, which sends nothing. The
panel, where it is named, then tells the person; what goes wrong with that fails nothing that is done.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import click
import msgspec

from bulwark import errors
from bulwark.account import directory
from bulwark.account.networks import in_order
from bulwark.account.notice_placing import Told
from bulwark.console.documents import written_if
from bulwark.console.output import as_json, facts, json_option, local_moment, note, say, table
from bulwark.console.progress import progress
from bulwark.console.prompts import confirm
from bulwark.features.accounts import documents, files, service
from bulwark.features.accounts import keys as key_service
from bulwark.features.accounts.keys import Which
from bulwark.features.accounts.service import Show
from bulwark.language import _, series
from bulwark.signin import at_panel
from bulwark.signin.terminal import Place, signed_in_account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bulwark.account.account import Account
    from bulwark.account.panel_client import PanelClient
    from bulwark.console.progress import Tell
    from bulwark.features.accounts.keys import Owned
    from bulwark.features.accounts.service import Person, Row
    from stalwart_jmap.objects.account import Secondary


REPORT = "/accounts/report"
STEPS: Mapping[str, documents.StepName] = {
    "two-factor": "two-factor-reset",
    "password": "password-forced",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """The options of everything that writes."""

    dry_run: bool
    yes: bool
    use_json: bool
    panel: str | None


def writing(command: Callable[..., None]) -> Callable[..., None]:
    """The options of `How`."""
    for option in (
        json_option(documents.Step),
        click.option(
            "--panel", envvar="BULWARK_PUBLIC_URL", metavar="URL", help="The panel, which then tells the person."
        ),
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
    ):
        command = option(command)
    return command


@click.group()
def accounts() -> None:
    """Everybody's accounts: list, show, reset two-factor, demand a new password."""


@click.group()
def keys() -> None:
    """Everybody's app passwords and API keys: list, revoke."""


@accounts.command("list")
@click.option("--show", type=click.Choice([one.value for one in Show]), default=Show.ALL.value, help="Which of them.")
@click.option("--find", default="", metavar="TEXT", help="Only those with this in their name or address.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a file for a spreadsheet.")
@json_option(tuple[documents.AccountDocument, ...])
@click.pass_obj
def list_accounts(place: Place, *, show: str, find: str, as_csv: bool, use_json: bool) -> None:
    """List accounts with two-factor, credentials and the end of the password."""
    with progress(_("Accounts"), quiet=use_json) as tell:
        rows = anyio.run(partial(_rows, place, Show(show), find, tell))
    if as_csv:
        for cells in (files.HEAD, *(files.cells(row) for row in rows)):
            click.echo(files.line(cells), nl=False)
        return
    if use_json:
        as_json([_document(row) for row in rows])
        return
    heads = (_("Account"), _("Roles"), _("Two-factor"), _("App passwords"), _("API keys"), _("Password ends"))
    table(heads, [_cells(row) for row in rows])


@accounts.command("show")
@click.argument("address")
@json_option(documents.PersonDocument)
@click.pass_obj
def show_account(place: Place, address: str, *, use_json: bool) -> None:
    """Show one account with its app passwords and API keys."""
    person = anyio.run(partial(_person, place, address))
    row = person.row
    if use_json:
        credentials = tuple(documents.SecondaryDocument(**_credential(one)) for one in row.account.secondary)
        as_json(documents.PersonDocument(**_facts(row), credentials=credentials))
        return
    facts(dict(zip((_("Account"), _("Roles"), _("Two-factor")), _cells(row)[:3], strict=True)))
    for one in row.account.secondary:
        say(f"{one.kind}  {one.description}  {_scope(one)}")


@accounts.command("reset-two-factor")
@click.argument("address")
@writing
@click.pass_obj
def reset_two_factor(place: Place, /, address: str, **how: Any) -> None:
    """Remove the second factor of somebody; the password alone opens the account then."""
    _tell(anyio.run(partial(_step, place, address, "two-factor", How(**how))), use_json=how["use_json"])


@accounts.command("force-password")
@click.argument("address")
@writing
@click.pass_obj
def force_password(place: Place, /, address: str, **how: Any) -> None:
    """Let somebody's password end now; the next sign-in can do nothing but change it."""
    _tell(anyio.run(partial(_step, place, address, "password", How(**how))), use_json=how["use_json"])


@keys.command("list")
@click.option(
    "--which", type=click.Choice([one.value for one in Which]), default=Which.ALL.value, help="Which of them."
)
@json_option(tuple[documents.KeyDocument, ...])
@click.pass_obj
def list_keys(place: Place, *, which: str, use_json: bool) -> None:
    """List app passwords and API keys of all accounts."""
    with progress(_("Accounts"), quiet=use_json) as tell:
        found = anyio.run(partial(_keys, place, Which(which), tell))
    if use_json:
        as_json([documents.KeyDocument(account=one.owner.address, **_credential(one.credential)) for one in found])
        return
    heads = (_("Account"), _("Kind"), _("Name"), _("What it may do"), _("Ends"))
    table(
        heads,
        [
            (one.owner.address, one.credential.kind, one.credential.description, _scope(one.credential), _ends(one))
            for one in found
        ],
    )


@keys.command("revoke")
@click.argument("address")
@click.argument("name")
@writing
@click.pass_obj
def revoke_key(place: Place, /, address: str, name: str, **how: Any) -> None:
    """Revoke somebody's app password or API key by its name, where that is unique, or its mark."""
    done = anyio.run(partial(_step, place, address, name, How(**how), revokes=True))
    _tell(done, use_json=how["use_json"])


async def _rows(place: Place, show: Show, find: str, tell: Tell) -> list[Row]:
    async with signed_in_account(place) as account, aclosing(service.everybody(account, find, tell)) as rows:
        return [row async for row in rows if service.matches(row, show, account.now)]


async def _keys(place: Place, which: Which, tell: Tell) -> list[Owned]:
    async with signed_in_account(place) as account, aclosing(key_service.everything(account, which, tell)) as found:
        return [one async for one in found]


async def _person(place: Place, address: str) -> Person:
    async with signed_in_account(place) as account:
        return await _find(account, address)


async def _find(account: Account, address: str) -> Person:
    found = await directory.by_address(account, address)
    return await service.person(account, found.id)


async def _step(place: Place, address: str, what: str, how: How, *, revokes: bool = False) -> documents.Step:
    """One step on somebody's account: read, ask, read once more, do it, let the panel tell."""
    async with _signed_in(place, how.panel) as (account, panel):
        person = await _find(account, address)
        one = _named(person, what) if revokes else None
        said = _question(person, what, one)
        if person.is_oneself:
            raise errors.OwnAccount
        step = documents.Step(step="revoked" if revokes else STEPS[what], account=address, what=said, done=False)
        if how.dry_run:
            return step
        if not how.yes and not await anyio.to_thread.run_sync(confirm, said):
            note(_("Nothing was changed."))
            raise click.exceptions.Exit(1)
        now = await service.person(account, person.row.account.id)
        report = documents.Report(step=step.step, account_id=person.row.account.id)
        if one is not None:
            report = msgspec.structs.replace(report, name=one.description, mark=service.mark_of(one))
            await service.revoke(account, now, service.marked(now, report.mark))
        elif what == "two-factor":
            await service.reset_two_factor(account, now)
        else:
            await service.force_new_password(account, now)
        notice = None if panel is None else await _report(panel, report)
        return msgspec.structs.replace(step, done=True, notice=notice)


@asynccontextmanager
async def _signed_in(place: Place, panel: str | None) -> AsyncIterator[tuple[Account, PanelClient | None]]:
    if panel:
        async with at_panel.with_account(place, panel) as (client, account):
            yield account, client
    else:
        async with signed_in_account(place) as account:
            yield account, None


async def _report(panel: PanelClient, report: documents.Report) -> documents.Notice | None:
    """What became of the notice; None where the panel could place none."""
    try:
        return (await panel.post(REPORT, report, documents.Reported)).notice
    except errors.OutcomeUnknown:
        return "unknown"
    except errors.BulwarkError:
        note(f"{_('Notices cannot be placed')}.")
        return None


def _tell(step: documents.Step, *, use_json: bool) -> None:
    if use_json:
        as_json(step)
    elif step.done:
        say(_("Done. Confirmed by the mail server."))
        if step.notice is not None:
            say(Told(step.notice).sentence)
    else:
        say(_("Nothing is sent. This would be done: %(what)s", what=step.what))


def _question(person: Person, what: str, one: Secondary | None) -> str:
    address = person.row.account.address
    if one is not None:
        return _("Revoke “%(name)s” of %(address)s.", name=one.description, address=address)
    if what == "two-factor":
        return _("Reset the two-factor authentication of %(address)s.", address=address)
    return _("Let the password of %(address)s end now.", address=address)


def _named(person: Person, name: str) -> Secondary:
    """The credential of that name or mark.

    Raises:
        Gone: there is none, or several have the name.
    """
    found = [one for one in person.row.account.secondary if service.mark_of(one) == name or one.description == name]
    if len(found) != 1:
        raise errors.Gone
    return found[0]


def _cells(row: Row) -> tuple[str, ...]:
    password = row.account.password
    ends = password.expires_at if password is not None else None
    return (
        row.account.address,
        series(row.roles),
        row.two_factor.value,
        str(row.app_passwords),
        str(row.api_keys),
        local_moment(ends) if ends is not None else "",
    )


def _document(row: Row) -> documents.AccountDocument:
    return documents.AccountDocument(**_facts(row))


def _facts(row: Row) -> dict[str, Any]:
    password = row.account.password
    ends = password.expires_at if password is not None else None
    return {
        "id": row.account.id,
        "address": row.account.address,
        "name": row.account.description,
        "kind": row.account.kind,
        "roles": row.roles,
        "two_factor": row.two_factor.value,
        "app_passwords": row.app_passwords,
        "api_keys": row.api_keys,
        "password_ends": written_if(ends),
    }


def _credential(one: Secondary) -> dict[str, Any]:
    return {
        "mark": service.mark_of(one),
        "kind": one.kind,
        "name": one.description,
        "all_rights": service.may_do_everything(one),
        "created_at": written_if(one.created_at),
        "expires_at": written_if(one.expires_at),
        "allowed_ips": in_order(one.allowed_ips),
    }


def _scope(one: Secondary) -> str:
    return _("All rights of the account") if service.may_do_everything(one) else _("Some rights")


def _ends(one: Owned) -> str:
    ends = one.credential.expires_at
    return local_moment(ends) if ends is not None else _("never")
