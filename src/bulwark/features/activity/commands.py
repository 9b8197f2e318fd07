"""`bulwark activity …`, and `bulwark webhook`: what to enter at the mail server.

Events, sessions and notices are the panel's own; signing out everywhere and taking the account back need only the mail
server.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import anyio
import click

from bulwark.console.documents import written
from bulwark.console.output import as_json, json_option, note, say, table
from bulwark.console.prompts import ask_code, ask_secret
from bulwark.features.activity import documents, service
from bulwark.features.activity.log import GROUPS, MAIL, as_csv
from bulwark.features.activity.take_back_command import take_back
from bulwark.language import _, ngettext, series
from bulwark.signin import at_panel
from bulwark.signin.terminal import Place, signed_in_account

if TYPE_CHECKING:
    from bulwark.features.activity.service import SignedOut

KINDS = click.Choice([name for name in GROUPS if name != MAIL])
NOTICES = click.Choice(["credential", "ending", "encryption", "address"])


@click.group()
def activity() -> None:
    """What happened to the account, where one is signed in, and how to end it."""


activity.add_command(take_back)


@activity.command()
@at_panel.option
@click.option("--kind", type=KINDS, help="Only events of this kind.")
@click.option("--before", type=click.IntRange(1), metavar="ID", help="Only events older than this one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True, help="At most so many.")
@click.option("--csv", "wants_csv", is_flag=True, help="Print a file for a spreadsheet.")
@json_option(documents.Events)
@click.pass_obj
def events(
    place: Place,
    *,
    panel: str | None,
    kind: str | None,
    before: int | None,
    limit: int,
    wants_csv: bool,
    use_json: bool,
) -> None:
    """The latest events, the newest first."""
    asked = {"kind": kind, "before": before, "limit": limit}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    found = anyio.run(partial(at_panel.get, place, panel, f"/activity/events?{query}", documents.Events))
    if use_json:
        as_json(found)
    elif wants_csv:
        click.echo(as_csv(found.events), nl=False)
    else:
        rows = [(one.at, one.what, one.address, one.device) for one in found.events]
        table((_("Time (UTC)"), _("What"), _("Address"), _("Device")), rows)


@activity.command()
@at_panel.option
@json_option(documents.Sessions)
@click.pass_obj
def sessions(place: Place, *, panel: str | None, use_json: bool) -> None:
    """Every browser that is signed in to the panel."""
    found = anyio.run(partial(at_panel.get, place, panel, "/activity/sessions", documents.Sessions))
    if use_json:
        as_json(found)
        return
    rows = [(one.mark, one.device, one.address, one.since, one.last_used) for one in found.sessions]
    table((_("mark"), _("Device"), _("Address"), _("Since (UTC)"), _("Last active (UTC)")), rows)


@activity.command("end-sessions")
@click.argument("marks", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="All of them.")
@at_panel.option
@json_option(documents.SessionsEnded)
@click.pass_obj
def end_sessions(place: Place, *, marks: tuple[str, ...], everyone: bool, panel: str | None, use_json: bool) -> None:
    """Sign out browsers of the panel, named by the marks that `sessions` shows. Status 1 when one was gone already."""
    if bool(marks) is everyone:
        raise click.UsageError(_("Give marks, or --all."))
    ended = anyio.run(partial(_end, place, panel, documents.EndSessions(marks=marks, everyone=everyone)))
    if use_json:
        as_json(ended)
    else:
        say(ngettext("%(n)s browser was signed out.", "%(n)s browsers were signed out.", ended.ended))
    if ended.gone:
        note(_("Not signed in any more: %(marks)s", marks=series(ended.gone)))
        raise click.exceptions.Exit(1)


@activity.command()
@click.option("--on", multiple=True, type=NOTICES, help="Tell this from now on; several times.")
@click.option("--off", multiple=True, type=NOTICES, help="Tell this no more; several times.")
@at_panel.option
@json_option(documents.Notices)
@click.pass_obj
def notices(place: Place, *, on: tuple[str, ...], off: tuple[str, ...], panel: str | None, use_json: bool) -> None:
    """Show and choose what the panel tells you by a message in your Inbox."""
    found = anyio.run(partial(_notices, place, panel, documents.ChooseNotices(on=on, off=off)))
    if use_json:
        as_json(found)
        return
    states = ((_("Always"), found.always), (_("On"), found.told), (_("Off"), found.turned_off))
    table(("", ""), [(kind, state) for state, kinds in states for kind in kinds])


@activity.command("sign-out-everywhere")
@at_panel.option
@json_option(documents.SignedOutEverywhere)
@click.pass_obj
def sign_out_everywhere(place: Place, *, panel: str | None, use_json: bool) -> None:
    """End every sign-in by token, on all devices; the password stays the same, app passwords and API keys go on."""
    done, app_passwords, browsers = anyio.run(partial(_sign_out_everywhere, place, panel))
    if use_json:
        as_json(
            documents.SignedOutEverywhere(
                at=written(done.at),
                answer_was_lost=done.answer_was_lost,
                signed_in_again=done.signed_in is not None,
                app_passwords=app_passwords,
                browsers=browsers,
            )
        )
        return
    say(_("Signed out everywhere. Confirmed by the mail server."))
    if app_passwords:
        say(ngettext("%(n)s app password keeps working.", "%(n)s app passwords keep working.", app_passwords))
    if done.signed_in is None:
        note(_("Please sign in again: bulwark sign-in"))


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

    click.echo(json.dumps(server_settings(f"{parts.scheme}://{parts.netloc}"), indent=2))
    note(_("The key is the one in BULWARK_WEBHOOK_SECRET. Then reload the server’s settings (ReloadSettings)."))


async def _end(place: Place, panel: str | None, body: documents.EndSessions) -> documents.SessionsEnded:
    return await at_panel.post(place, panel, "/activity/sessions/end", body, documents.SessionsEnded)


async def _notices(place: Place, panel: str | None, body: documents.ChooseNotices) -> documents.Notices:
    if not body.on and not body.off:
        return await at_panel.get(place, panel, "/activity/notices", documents.Notices)
    return await at_panel.post(place, panel, "/activity/notices", body, documents.Notices)


async def _sign_out_everywhere(place: Place, panel: str | None) -> tuple[SignedOut, int | None, int | None]:
    async with signed_in_account(place) as account:
        before = await service.look(account)
        if before.unavailable is not None:
            raise before.unavailable
        password = ask_secret(_("Password"))
        code = ask_code(_("Code from your authenticator app")) if before.has_two_factor else None
        done = await service.sign_out_everywhere(account, password=password, code=code)
        if done.signed_in is None:
            return done, before.app_passwords, None
        place.keep_again(done.signed_in.tokens)
    browsers = (await _end(place, panel, documents.EndSessions(everyone=True))).ended if panel else None
    return done, before.app_passwords, browsers
