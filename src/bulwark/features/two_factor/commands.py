"""`bulwark two-factor status|enrol|replace|off|codes|test|check`: the pages' service, on the command line.

Recovery codes are the panel's: with its address they are made and tested there, with the person's token of the mail
server. Without a panel only `--no-recovery-codes` is left.
"""

from __future__ import annotations

import io
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from bulwark import errors
from bulwark.account import authenticator, recovery_codes
from bulwark.console.output import as_json, facts, json_option, note, say
from bulwark.console.prompts import ask_code, ask_secret, ask_text
from bulwark.features.two_factor import documents, service
from bulwark.language import _, ngettext
from bulwark.signin import at_panel
from bulwark.signin.terminal import Place, signed_in_account
from stalwart_jmap import Secret
from stalwart_jmap.totp import base32

if TYPE_CHECKING:
    from bulwark.account.panel_client import PanelClient


@click.group("two-factor")
def two_factor() -> None:
    """Two-factor authentication and recovery codes. The panel keeps the codes: name it with --panel."""


@two_factor.command()
@json_option(documents.Standing)
@at_panel.option
@click.pass_obj
def status(place: Place, *, panel: str | None, use_json: bool) -> None:
    """How it stands: on or off, set up here or elsewhere, recovery codes left."""
    found = anyio.run(_status, place, panel)
    if use_json:
        as_json(
            documents.Standing(
                on=found.is_on,
                set_up_here=found.set_up_here if panel else None,
                device=found.device,
                since=found.since,
                recovery_codes_left=found.codes_left,
                recovery_codes_saved=found.codes_saved,
                replacement_unsettled=found.replacement_unsettled,
            )
        )
        return
    rows = {_("Two-factor"): _("On") if found.is_on else _("Off")}
    if found.set_up_here:
        rows[_("Authenticator app")] = found.device or _("your authenticator app")
        left = found.codes_left or 0
        rows[_("Recovery codes")] = ngettext("%(n)s of 10 left", "%(n)s of 10 left", left)
        if not found.codes_saved:
            rows[_("Saved")] = _("Nobody typed one of them back, so we do not know whether they were saved.")
    elif found.is_on and panel:
        rows[_("Recovery codes")] = _("Not possible for this set-up")
    elif found.is_on:
        rows[_("Recovery codes")] = _("Not known without the panel: name it with --panel")
    facts(rows)
    if found.replacement_unsettled:
        note(_("We do not know whether the authenticator app was replaced. To find out: bulwark two-factor check"))


@two_factor.command()
@click.option("--device", default="", help="A name for the phone or computer with the authenticator app.")
@click.option("--no-recovery-codes", is_flag=True, help="Without a panel: no way back when the phone is lost.")
@json_option(documents.KeyShown, documents.Result, text="Print JSON: first the key and the codes, then the result.")
@at_panel.option
@click.pass_obj
def enrol(place: Place, *, panel: str | None, device: str, no_recovery_codes: bool, use_json: bool) -> None:
    """Turn it on: QR code, recovery codes, then password and a code.

    Read from standard input, one a line, where that is no terminal: a recovery code to prove that they were saved (may
    be empty), password, code.
    """
    _set_up(place, panel, device=device, no_recovery_codes=no_recovery_codes, use_json=use_json, replace=False)


@two_factor.command()
@click.option("--device", default="", help="A name for the phone or computer with the authenticator app.")
@click.option("--no-recovery-codes", is_flag=True, help="Without a panel: no way back when the phone is lost.")
@json_option(documents.KeyShown, documents.Result, text="Print JSON: first the key and the codes, then the result.")
@at_panel.option
@click.pass_obj
def replace(place: Place, *, panel: str | None, device: str, no_recovery_codes: bool, use_json: bool) -> None:
    """Replace the authenticator app in one step; the old one works until then. Asked besides: a code of the old app."""
    _set_up(place, panel, device=device, no_recovery_codes=no_recovery_codes, use_json=use_json, replace=True)


@two_factor.command()
@click.option("--recovery-code", "with_recovery", is_flag=True, help="Without the phone; needs the panel.")
@json_option(documents.Result)
@at_panel.option
@click.pass_obj
def off(place: Place, *, panel: str | None, with_recovery: bool, use_json: bool) -> None:
    """Turn it off, with password and code, or with password and a recovery code."""
    password = ask_secret(_("Password"))
    asked = (
        partial(ask_secret, _("Recovery code"))
        if with_recovery
        else partial(ask_code, _("Code from your authenticator app"))
    )
    _tell(anyio.run(_off, place, panel, password, asked(), with_recovery), use_json=use_json)


@two_factor.command()
@json_option(documents.CodesShown, documents.Result, text="Print JSON: first the codes, then the result.")
@at_panel.option
@click.pass_obj
def codes(place: Place, *, panel: str | None, use_json: bool) -> None:
    """Make ten new recovery codes for one of the present ones, which is not used up; then type one of the new back."""
    _tell(anyio.run(partial(_codes, place, panel, use_json=use_json)), use_json=use_json)


@two_factor.command()
@json_option(documents.Settled)
@at_panel.option
@click.pass_obj
def check(place: Place, *, panel: str | None, use_json: bool) -> None:
    """Find out which app holds, after a replacement whose answer was lost. Status 1 when neither opens the account."""
    body = documents.Settle(
        password=ask_secret(_("Password")).reveal(),
        code=ask_code(_("Code from the new app")).reveal(),
        old_code=ask_code(_("Code from the old app")).reveal(),
    )
    found = anyio.run(at_panel.post, place, panel, "/two-factor/check", body, documents.Settled)
    if use_json:
        as_json(found)
    else:
        say(
            {
                "new": _("The authenticator app was replaced. The old app and its recovery codes no longer work."),
                "old": _("The old app still holds. Nothing was changed."),
                "neither": _("Neither opens the account. Wait for the next codes and try again."),
            }[found.holds]
        )
    if found.holds == "neither":
        raise click.exceptions.Exit(1)


@two_factor.command("test")
@json_option(documents.TestResult)
@at_panel.option
@click.pass_obj
def test_(place: Place, *, panel: str | None, use_json: bool) -> None:
    """Test a recovery code: do it and the app belong together? Neither is used up. Status 1 when they do not."""
    body = documents.TestCodes(
        recovery_code=ask_secret(_("Recovery code")).reveal(),
        code=ask_code(_("Code from your authenticator app")).reveal(),
    )
    found = anyio.run(at_panel.post, place, panel, "/recovery-codes/test", body, documents.Tested)
    if use_json:
        as_json(documents.TestResult(belong_together=found.belong_together, minutes_ahead=found.minutes))
    elif found.belong_together and not found.minutes:
        say(_("They belong together. This recovery code would let you in. It was not used up."))
    elif found.belong_together:
        say(_("They belong together, but your device’s clock is off: its codes are refused."))
    else:
        say(_("They do not belong together. Replace the app here to get codes that fit."))
    if not found.belong_together or found.minutes:
        raise click.exceptions.Exit(1)


def _set_up(
    place: Place, panel: str | None, *, device: str, no_recovery_codes: bool, use_json: bool, replace: bool
) -> None:
    if no_recovery_codes:
        note(_("Without recovery codes, a lost phone means that only your administrator can let you in."))
        run = partial(_set_up_alone, place, use_json=use_json, replace=replace)
    else:
        if panel is None:
            raise click.UsageError(
                _(
                    "Recovery codes are kept by the panel: name it with --panel https://account.example.org. Or go"
                    " without them: --no-recovery-codes. Then a lost phone means that only your administrator can let"
                    " you in."
                )
            )
        body = documents.Begin(device=device, replace=replace)
        run = partial(_set_up_with_codes, place, panel, body, use_json=use_json)
    _tell(anyio.run(run), use_json=use_json)


async def _set_up_with_codes(place: Place, panel: str, body: documents.Begin, *, use_json: bool) -> documents.Done:
    async with at_panel.with_account(place, panel) as (client, account):
        _fits((await client.get("/two-factor", documents.Status)).is_on, replace=body.replace)
        begun = await client.post("/two-factor/set-up", body, documents.Begun)
        url = Secret(begun.otpauth)
        _show(url, begun.codes, use_json=use_json)
        try:
            await _prove(client, "/two-factor/set-up/saved", begun.set_up, begun.codes)
            password, code, old_code = _ask(replace=body.replace)
            authenticator.check(url, code, authenticator.server_now(account.transport, account.now))
        except (errors.CodeDoesNotMatch, click.UsageError):
            await client.post("/two-factor/set-up/drop", documents.Drop(key=begun.set_up), documents.Done)
            raise
        confirm = documents.Confirm(
            set_up=begun.set_up,
            password=password.reveal(),
            code=code.reveal(),
            old_code=old_code.reveal() if old_code is not None else None,
        )
        return await client.post("/two-factor/set-up/confirm", confirm, documents.Done)


async def _set_up_alone(place: Place, *, use_json: bool, replace: bool) -> documents.Done:
    async with signed_in_account(place) as account:
        state = await service.look(account, None)
        if state.unavailable is not None:
            raise state.unavailable
        _fits(state.is_on, replace=replace)
        url = authenticator.new_url(account.address.rpartition("@")[2], account.address)
        _show(url, (), use_json=use_json)
        password, code, old_code = _ask(replace=replace)
        done = await service.turn_on(account, url, password=password, code=code, old_code=old_code, kept=None)
        return documents.Done(
            what="replaced" if replace else "on", at=done.at.isoformat(), answer_was_lost=done.answer_was_lost
        )


def _fits(is_on: bool, *, replace: bool) -> None:  # noqa: FBT001 - a fact, not a switch
    """Refuse to replace what is off, and to turn on what is on."""
    if is_on and not replace:
        raise click.ClickException(_("Two-factor is on already. To change the app: bulwark two-factor replace"))
    if replace and not is_on:
        raise click.ClickException(_("Two-factor is off. To turn it on: bulwark two-factor enrol"))


async def _off(
    place: Place,
    panel: str | None,
    password: Secret,
    code: Secret,
    with_recovery: bool,  # noqa: FBT001 - anyio.run
) -> documents.Done:
    if with_recovery:
        body = documents.TurnOff(password=password.reveal(), recovery_code=code.reveal())
        return await at_panel.post(place, panel, "/two-factor/off", body, documents.Done)
    async with signed_in_account(place) as account:
        done = await service.turn_off(account, password=password, code=code, recovery=None)
    return documents.Done(what="off", at=done.at.isoformat(), answer_was_lost=done.answer_was_lost)


async def _codes(place: Place, panel: str | None, *, use_json: bool) -> documents.Done:
    async with at_panel.with_account(place, panel) as (client, account):
        body = documents.MakeCodes(recovery_code=ask_secret(_("One of your present recovery codes")).reveal())
        made = await client.post("/recovery-codes", body, documents.CodesMade)
        _show_codes(made.codes, use_json=use_json)
        if not await _prove(client, "/recovery-codes/saved", made.new_codes, made.codes):
            raise errors.NotApplied
        return documents.Done(what="codes", at=account.now.isoformat())


async def _status(place: Place, panel: str | None) -> documents.Status:
    if panel is None:
        async with signed_in_account(place) as account:
            return documents.Status(is_on=await service.is_on(account))
    return await at_panel.get(place, panel, "/two-factor", documents.Status)


async def _prove(client: PanelClient, path: str, key: str, shown: tuple[str, ...]) -> bool:
    """Ask for one of the codes; nothing typed leaves the check out."""
    number = int.from_bytes(os.urandom(2)) % len(shown) + 1
    label = _("Show that you saved them: type code number %(number)s (or nothing, to go on without)", number=number)
    while typed := ask_text(label).strip() if not sys.stdin.isatty() else _ask_again(label):
        body = documents.Saved(key=key, number=_number_of(typed, shown) or number, code=typed)
        if (await client.post(path, body, documents.IsSaved)).is_right:
            return True
        note(_("This is not code number %(number)s. Look at the list you saved and type it again.", number=number))
    return False


def _ask_again(label: str) -> str:
    return str(click.prompt(label, err=True, default="", show_default=False)).strip()


def _number_of(typed: str, shown: tuple[str, ...]) -> int | None:
    """A script cannot know which number will be asked: it may give back any of the codes."""
    if sys.stdin.isatty():
        return None
    code = recovery_codes.read(Secret(typed))
    read = [recovery_codes.read(Secret(one)) for one in shown]
    return read.index(code) + 1 if code is not None and code in read else None


def _ask(*, replace: bool) -> tuple[Secret, Secret, Secret | None]:
    password = ask_secret(_("Password"))
    code = ask_code(_("Code from the new app") if replace else _("Code from your authenticator app"))
    return password, code, ask_code(_("Code from the old app")) if replace else None


def _show(url: Secret, shown: tuple[str, ...], *, use_json: bool) -> None:
    parts = authenticator.parse(url)
    key = base32(parts.key).reveal()
    if use_json:
        as_json(documents.KeyShown(otpauth=url.reveal(), key=key, recovery_codes=shown))
        return
    import segno

    picture = io.StringIO()
    segno.make(url.reveal(), error="l", micro=False).terminal(picture, compact=True)
    say(picture.getvalue())
    say(_("Scan this with your authenticator app, or type the key:"))
    say("  " + " ".join(key[start : start + 4] for start in range(0, len(key), 4)))
    if shown:
        _show_codes(shown, use_json=False)


def _show_codes(shown: tuple[str, ...], *, use_json: bool) -> None:
    if use_json:
        as_json(documents.CodesShown(recovery_codes=shown))
        return
    say("")
    say(_("Your recovery codes. Each works once, together with your password, at this panel only. Save them now:"))
    for number, code in enumerate(shown, start=1):
        say(f"  {number:2}  {code}")


def _tell(done: documents.Done, *, use_json: bool) -> None:
    if use_json:
        as_json(documents.Result(done=done.what, at=done.at, answer_was_lost=done.answer_was_lost))
        return
    say(
        {
            "on": _("Two-factor is on. Mail apps with your main password stop now: give each one an app password."),
            "replaced": _("The authenticator app was replaced. The old app and its recovery codes no longer work."),
            "off": _("Two-factor is off. Your password alone opens your account again."),
            "codes": _("Your new recovery codes are active. The old ones no longer work."),
            "dropped": _("The set-up was cancelled. Nothing was changed."),
        }[done.what]
    )
    if done.answer_was_lost:
        note(_("The mail server’s answer was lost on the way. We looked again, and the change was saved."))
