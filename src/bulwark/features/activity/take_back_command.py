"""`bulwark activity take-back`: the steps of "this was not me", one after the other, and the report.

Each step that writes is told for itself; what a later step cannot do leaves the earlier ones done and in the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from bulwark import errors
from bulwark.account import credentials
from bulwark.account.credentials import API_KEY, APP_PASSWORD, Fate, mark_of
from bulwark.console.output import as_json, json_option, note, say
from bulwark.console.prompts import ask_code, ask_secret, confirm
from bulwark.console.words import sentence_for
from bulwark.features.activity import documents
from bulwark.features.activity.trace_texts import elsewhere
from bulwark.features.activity.traces import traces_of
from bulwark.features.overview import service as overview
from bulwark.features.password import service as password_service
from bulwark.language import _, ngettext, series
from bulwark.signin import at_panel
from bulwark.signin.terminal import Place, signed_in_account

if TYPE_CHECKING:
    from bulwark.account.account import Account
    from bulwark.account.credentials import Kind
    from stalwart_jmap.objects.credential import Credential

LATEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options."""

    panel: str | None
    keep: tuple[str, ...]
    keep_password: bool
    yes: bool


@dataclass(slots=True, kw_only=True)
class _Done:
    """What was done so far."""

    items: list[documents.TakenBackItem] = field(default_factory=list)
    left: int = 0


@click.command("take-back")
@at_panel.option
@click.option("--keep", multiple=True, metavar="NAME", help="An app password or API key that stays; several times.")
@click.option("--keep-password", is_flag=True, help="It was changed already.")
@click.option("--yes", is_flag=True, help="Do not ask before revoking.")
@json_option(documents.TakenBack)
@click.pass_obj
def take_back(place: Place, /, *, use_json: bool, **options: object) -> None:
    """Take the account back when somebody else was in it: new password, revoke, look for hidden changes, a report.

    Status 1 when something was not revoked or a hidden change was found, 6 when an answer was lost.
    """
    wish = Wish(**options)  # type: ignore[arg-type]  # click gives them their types
    report = anyio.run(partial(_take_back, place, wish))
    if use_json:
        as_json(report)
    else:
        _tell(report)
    outcomes = {item.outcome for item in report.items}
    if Fate.UNKNOWN in outcomes:
        raise click.exceptions.Exit(6)
    if report.found or Fate.REFUSED in outcomes:
        raise click.exceptions.Exit(1)


async def _take_back(place: Place, wish: Wish) -> documents.TakenBack:
    done = _Done()
    if not wish.keep_password:
        await _new_password(place)
    async with signed_in_account(place) as account:
        for kind in (APP_PASSWORD, API_KEY):
            await _revoke(account, kind, wish, done)
        state = await overview.look(account)
    browsers, events = await _at_panel(place, wish.panel)
    return documents.TakenBack(
        account=account.address,
        password_changed=not wish.keep_password,
        two_factor=state.has_two_factor.value,
        browsers=browsers,
        items=tuple(done.items),
        left=done.left,
        found=tuple(point.text for point in traces_of(state) if point.tone == "warn"),
        elsewhere=elsewhere(),
        events=events,
    )


async def _new_password(place: Place) -> None:
    """The first step: it ends every sign-in by token as well."""
    async with signed_in_account(place) as account:
        state = await password_service.look(account)
        if state.unavailable is not None:
            raise state.unavailable
        current = ask_secret(_("Current password"))
        code = ask_code(_("Code from your authenticator app")) if state.has_two_factor else None
        new, again = ask_secret(_("New password")), ask_secret(_("New password, once more"))
        if new != again or not new.reveal():
            raise click.UsageError(_("This is not the same as the new password above. Type both again."))
        change = password_service.Change(current=current, new=new, code=code, revoke_app_passwords=False)
        changed = await password_service.change(account, change)
        note(_("Your password was changed. Confirmed by the mail server."))
        if changed.signed_in is None:
            note(_("Please sign in again with the new password: bulwark sign-in"))
            raise errors.SignInExpired
        place.keep_again(changed.signed_in.tokens)


async def _revoke(account: Account, kind: Kind, wish: Wish, done: _Done) -> None:
    """All of a kind but those to keep; a kind that may not be listed has none."""
    listing = await credentials.look(account, kind)
    if isinstance(listing.unavailable, errors.Unavailable):
        return
    if listing.unavailable is not None:
        raise listing.unavailable
    chosen = [one for one in listing.credentials if not _stays(kind, one, wish.keep)]
    done.left += len(listing.credentials) - len(chosen)
    if not chosen:
        return
    names = series(one.description for one in chosen)
    question = ngettext("Revoke “%(names)s”?", "Revoke these: %(names)s?", len(chosen), names=names)
    if not wish.yes and not await anyio.to_thread.run_sync(confirm, question):
        done.left += len(chosen)
        return
    try:
        revoked = await credentials.revoke(account, kind, chosen)
    except errors.BulwarkError as error:
        fate = Fate.UNKNOWN if isinstance(error, errors.OutcomeUnknown) else Fate.REFUSED
        why = sentence_for(error)
        done.items += [documents.TakenBackItem(name=one.description, outcome=fate, why=why) for one in chosen]
        return
    done.items += [documents.TakenBackItem(name=one.name, outcome=one.fate.value, why=one.why) for one in revoked.items]


def _stays(kind: Kind, one: Credential, keep: tuple[str, ...]) -> bool:
    return one.description in keep or mark_of(kind, one) in keep


async def _at_panel(place: Place, panel: str | None) -> tuple[int | None, tuple[documents.EventDocument, ...]]:
    """End the panel's sessions and read its latest events; without a panel nothing of it."""
    if not panel:
        return None, ()
    async with at_panel.at_panel(place, panel) as client:
        body = documents.EndSessions(everyone=True)
        ended = await client.post("/activity/sessions/end", body, documents.SessionsEnded)
        found = await client.get(f"/activity/events?limit={LATEST}", documents.Events)
    return ended.ended, found.events


def _tell(report: documents.TakenBack) -> None:
    said = {
        "revoked": _("“%(name)s” was revoked."),
        "refused": _("“%(name)s” was not revoked: “%(why)s”"),
        "unknown": _("“%(name)s”: we do not know whether it was revoked."),
    }
    for item in report.items:
        say(said[item.outcome] % {"name": item.name, "why": item.why})
    if report.left:
        say(
            ngettext(
                "%(n)s app password or API key still works.",
                "%(n)s app passwords and API keys still work.",
                report.left,
            )
        )
    if report.browsers is not None:
        say(ngettext("%(n)s browser was signed out.", "%(n)s browsers were signed out.", report.browsers))
    if report.two_factor is not None:
        on = _("Two-factor is on. If you did not set it up: bulwark two-factor replace")
        off = _("Two-factor is off. To turn it on: bulwark two-factor enrol")
        say(on if report.two_factor else off)
    for sentence in report.found:
        say(sentence)
    for event in report.events:
        say(f"{event.at}  {event.what}  {event.address}")
    say(_("Look for these in your mail program:"))
    for sentence in report.elsewhere:
        say(f"  {sentence}")
