"""`bulwark profile show|set`: the same service as the page."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import anyio
import click

from bulwark import errors
from bulwark.console.output import as_json, facts, json_option, note, say
from bulwark.console.words import sentence_for
from bulwark.features.profile import choices, documents, service
from bulwark.language import _, series
from bulwark.signin.terminal import Place, signed_in_account


@click.group()
def profile() -> None:
    """Show and change name, language and time zone on the mail server."""


@profile.command()
@json_option(documents.ProfileDocument)
@click.pass_obj
def show(place: Place, *, use_json: bool) -> None:
    """Show the profile."""
    _print(anyio.run(_look, place), use_json=use_json)


@profile.command("set")
@click.option("--name", help="Your full name; an empty text clears it.")
@click.option("--language", help="A locale of the server, such as de_DE.")
@click.option("--time-zone", help="An IANA zone, such as Europe/Berlin; an empty text clears it.")
@json_option(documents.ProfileSaved)
@click.pass_obj
def set_(place: Place, *, name: str | None, language: str | None, time_zone: str | None, use_json: bool) -> None:
    """Change what is given; each property is saved for itself. Status 1 when one of them was refused."""
    if name is None and language is None and time_zone is None:
        raise click.UsageError(_("Say what to change: --name, --language or --time-zone."))
    if language is not None and language not in choices.locales():
        raise click.BadParameter(_("The server knows no such language: %(value)s", value=language))
    if time_zone and time_zone not in choices.time_zones():
        raise click.BadParameter(_("The server knows no such time zone: %(value)s", value=time_zone))
    given = {"name": name, "language": language, "time_zone": time_zone}
    changes = {key: value for key, value in given.items() if value is not None}
    saved = anyio.run(partial(_save, place, changes))
    _print(saved.now, use_json=use_json, saved=saved)
    for part, error in saved.refused.items():
        note(f"{part.value}: {sentence_for(error)}")
    if saved.refused:
        raise click.exceptions.Exit(1)


async def _look(place: Place) -> service.Profile:
    async with signed_in_account(place) as account:
        return await service.look(account)


async def _save(place: Place, changes: dict[str, str]) -> service.Saved:
    async with signed_in_account(place) as account:
        seen = await service.look(account)
        saved = await service.save(account, seen=seen, wanted=replace(seen, **changes))
        if isinstance(saved, service.ChangedElsewhere):
            raise errors.NotApplied
        return saved


def _print(now: service.Profile, *, use_json: bool, saved: service.Saved | None = None) -> None:
    if use_json:
        found = {"name": now.name, "language": now.language, "time_zone": now.time_zone}
        if saved is None:
            as_json(documents.ProfileDocument(**found))
            return
        refused = {part.value: sentence_for(error) for part, error in saved.refused.items()}
        as_json(documents.ProfileSaved(**found, saved=tuple(part.value for part in saved.saved), refused=refused))
        return
    facts({_("Name"): now.name, _("Language"): now.language, _("Time zone"): now.time_zone})
    if saved is not None and saved.saved:
        say(_("Saved: %(parts)s. Confirmed by the mail server.", parts=series(part.value for part in saved.saved)))
