"""`bulwark password change`: the same service as the page."""

from __future__ import annotations

from functools import partial

import anyio
import click

from bulwark import errors
from bulwark.console.output import as_json, note, say
from bulwark.console.prompts import ask_code, ask_secret
from bulwark.features.password import forms, service
from bulwark.language import _, ngettext
from bulwark.signin.terminal import Place, signed_in_account


@click.group()
def password() -> None:
    """Change the password of the account."""


@password.command()
@click.option("--revoke-app-passwords", is_flag=True, help="Also revoke every app password.")
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def change(place: Place, *, revoke_app_passwords: bool, use_json: bool) -> None:
    """Change it. Asked for without echo, or read from standard input, one a line: current, [code,] new, new again."""
    changed = anyio.run(partial(_change, place, revoke_app_passwords=revoke_app_passwords))
    if use_json:
        as_json(
            {
                "changed": True,
                "at": changed.at.isoformat(timespec="seconds"),
                "answer_was_lost": changed.answer_was_lost,
                "signed_in_again": changed.signed_in is not None,
                "app_passwords": {
                    "state": changed.app_passwords.value,
                    "kept": changed.kept,
                    "revoked": changed.revoked,
                },
            }
        )
        return
    say(_("Your password was changed. Confirmed by the mail server."))
    if changed.answer_was_lost:
        say(_("The answer was lost on the way; the new password opens the account."))
    match changed.app_passwords:
        case service.AppPasswordsAfter.KEPT if changed.kept:
            kept = changed.kept
            say(ngettext("%(n)s app password keeps working.", "%(n)s app passwords keep working.", kept))
        case service.AppPasswordsAfter.REVOKED:
            revoked = changed.revoked
            say(ngettext("%(n)s app password was revoked.", "%(n)s app passwords were revoked.", revoked))
        case service.AppPasswordsAfter.PARTLY:
            note(_("Not every app password could be revoked. Look at the list."))
        case _:
            pass
    if changed.signed_in is None:
        note(_("Please sign in again with the new password: bulwark sign-in"))


async def _change(place: Place, *, revoke_app_passwords: bool) -> service.Changed:
    async with signed_in_account(place) as account:
        state = await service.look(account)
        if state.unavailable is not None:
            raise state.unavailable
        current = ask_secret(_("Current password"))
        code = ask_code(_("Code from your authenticator app")) if state.has_two_factor else None
        new, again = ask_secret(_("New password")), ask_secret(_("New password, once more"))
        wrong = forms.wrong_fields(current=current, new=new, again=again, code=code)
        if wrong:
            raise click.UsageError("\n".join(wrong.values()))
        wanted = service.Change(current=current, new=new, code=code, revoke_app_passwords=revoke_app_passwords)
        try:
            changed = await service.change(account, wanted)
        except errors.OutcomeUnknown:
            note(_("To find out, sign in with the new password: bulwark sign-in"))
            raise
        if changed.signed_in is not None:
            place.keep(server=account.transport.origin, address=account.address, tokens=changed.signed_in.tokens)
        return changed
