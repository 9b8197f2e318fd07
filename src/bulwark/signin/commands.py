"""`bulwark sign-in` and `bulwark sign-out`: the command line's own sign-in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from bulwark import errors
from bulwark.account import entry
from bulwark.clock import SystemClock
from bulwark.console.output import as_json, say
from bulwark.console.prompts import ask_code, ask_secret, ask_text
from bulwark.language import _
from bulwark.signin.terminal import Place, connection

if TYPE_CHECKING:
    from stalwart_jmap import Secret, Tokens, Transport


@click.command("sign-in")
@click.argument("login", required=False)
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def sign_in(place: Place, login: str | None, *, use_json: bool) -> None:
    """Sign in with password and code; only the server's tokens are kept, in the system keyring or a 0600 file."""
    place.server_or_fail()  # before anything secret is typed
    name = entry.normalised(login or ask_text(_("Email address")))
    password = ask_secret(_("Password"))
    entry.refuse_other_secrets(password)
    address, where = anyio.run(partial(_sign_in, place, name, password))
    if use_json:
        as_json({"account": address, "server": place.server_or_fail(), "kept": where})
    else:
        say(_("Signed in as %(account)s. The sign-in is kept in: %(where)s", account=address, where=where))


async def _sign_in(place: Place, login: str, password: Secret) -> tuple[str, str]:
    server = place.server_or_fail()
    async with connection(server) as transport:
        tokens = await tokens_for(transport, login, password)
        signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=SystemClock())
        where = place.keep(server=transport.origin, address=signed.session.username, tokens=tokens)
        return signed.session.username, where


async def tokens_for(transport: Transport, login: str, password: Secret) -> Tokens:
    """Exchange a password, and a code when the server wants one.

    Raises:
        SignInRefused, WrongCode, ServerProblem: see `bulwark.errors`.
    """
    ask = partial(entry.exchange, transport, login=login, password=password, forwarded_for=None)
    answer = await ask(code=None)
    if answer is None:
        raise errors.SignInRefused
    if isinstance(answer, entry.CodeNeeded):
        answer = await ask(code=ask_code(_("Code from your authenticator app")))
    if answer is None or isinstance(answer, entry.CodeNeeded):
        raise errors.WrongCode
    return answer


@click.command("sign-out")
@click.option("--json", "use_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def sign_out(place: Place, *, use_json: bool) -> None:
    """Forget the kept sign-in of this machine. The server has no way to end a token before its time."""
    had = place.profiles.forget(place.profile)
    if use_json:
        as_json({"signed_out": had})
    else:
        say(_("Signed out.") if had else _("Nobody was signed in."))
