"""`bulwark password change`: the same service as the page."""

from __future__ import annotations

from functools import partial

import anyio
import click

from bulwark import errors
from bulwark.console.documents import written
from bulwark.console.output import as_json, json_option, note, say
from bulwark.console.prompts import ask_code, ask_secret
from bulwark.features.password import documents, forms, service
from bulwark.language import _, ngettext
from bulwark.signin.terminal import Place, signed_in_account

GOOD = 3  # of 4: what the server accepts unless its administrator set something else


@click.group()
def password() -> None:
    """Change the password of the account, estimate a new one."""


@password.command()
@click.option("--revoke-app-passwords", is_flag=True, help="Also revoke every app password.")
@json_option(documents.PasswordChanged)
@click.pass_obj
def change(place: Place, *, revoke_app_passwords: bool, use_json: bool) -> None:
    """Change it. Asked for without echo, or read from standard input, one a line: current, [code,] new, new again."""
    changed = anyio.run(partial(_change, place, revoke_app_passwords=revoke_app_passwords))
    if use_json:
        state = changed.app_passwords.value
        as_json(
            documents.PasswordChanged(
                changed=True,
                at=written(changed.at),
                answer_was_lost=changed.answer_was_lost,
                signed_in_again=changed.signed_in is not None,
                app_passwords=documents.AppPasswordsDocument(state=state, kept=changed.kept, revoked=changed.revoked),
            )
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


@password.command("strength")
@json_option(documents.StrengthDocument)
def strength_(*, use_json: bool) -> None:
    """Estimate a password, as the page does; it never leaves this machine. Status 1 when it is too weak."""
    from bulwark.features.password.strength import estimate

    found = anyio.run(estimate, ask_secret(_("New password")))
    if found is None:
        raise click.UsageError(_("Choose a new password."))
    if use_json:
        as_json(documents.StrengthDocument(score=found.score, reason=found.message))
    else:
        say(f"{found.score}/4  {found.message}")
    if found.score < GOOD:
        raise click.exceptions.Exit(1)


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
            place.keep_again(changed.signed_in.tokens)
        return changed
