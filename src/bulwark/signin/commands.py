"""`bulwark sign-in`, `sign-out` and `sign-ins`: the command line's own sign-in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import click

from bulwark import errors
from bulwark.account import entry
from bulwark.clock import SystemClock
from bulwark.console.output import as_json, json_option, note, say, table
from bulwark.console.profiles import Profiles
from bulwark.console.prompts import ask_code, ask_secret, ask_text
from bulwark.language import _
from bulwark.signin import device_sign_in, documents
from bulwark.signin.terminal import Place, cannot_keep, connection

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bulwark.signin.device_sign_in import Provider
    from stalwart_jmap import Secret, Tokens, Transport

LONGEST_NAME = 40


def profile_name(_context: click.Context | None, _parameter: click.Parameter | None, name: str | None) -> str | None:
    """A profile's name as it was given.

    Raises:
        click.BadParameter: it is empty, too long, or not to be seen.
    """
    if name is not None and not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise click.BadParameter(_("The name of a sign-in has 1 to %(n)s letters.", n=LONGEST_NAME))
    return name


def complete_profile(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str | CompletionItem]:
    """The names of kept sign-ins, for the shell."""
    import os

    return [name for name in Profiles.from_environment(os.environ).names() if name.startswith(begun)]


@click.command("sign-in")
@click.argument("login", required=False)
@click.option("--password", "by_password", is_flag=True, help="Ask for password and code here, not in a browser.")
@click.option("--qr", "draws", is_flag=True, help="Draw the address of the page as a QR code too.")
@click.option(
    "--client-id",
    envvar="BULWARK_OIDC_CLIENT_ID",
    default=entry.CLIENT_ID,
    metavar="ID",
    help="What this program is called at the account's own identity provider.",
)
@json_option(documents.SignedIn)
@click.pass_obj
def sign_in(place: Place, login: str | None, *, by_password: bool, draws: bool, client_id: str, use_json: bool) -> None:
    """Sign in by a code that you approve in a browser; or here, with --password.

    Only the server's tokens are kept, in the system keyring or a file only you can read. With LOGIN, an account of an
    identity provider is signed in there.
    """
    place.server_or_fail()  # before anything is typed
    name = entry.normalised(login) if login is not None else ""
    signed: tuple[str, str] | None = None
    if not by_password:
        signed = anyio.run(partial(_by_device, place, name, draws=draws, client_id=client_id))
        if signed is None:
            note(_("This mail server offers no sign-in in a browser. Sign in with your password."))
            by_password = True
    if by_password:
        name = name or entry.normalised(ask_text(_("Email address")))
        password = ask_secret(_("Password"))
        entry.refuse_other_secrets(password)
        signed = anyio.run(partial(_by_password, place, name, password))
    if signed is None:
        raise errors.SignInRefused
    address, where = signed
    if use_json:
        server = place.server_or_fail()
        as_json(documents.SignedIn(account=address, server=server, profile=place.profile, kept=where))
    else:
        say(_("Signed in as %(account)s. The sign-in is kept in: %(where)s", account=address, where=where))


async def _by_device(place: Place, login: str, *, draws: bool, client_id: str) -> tuple[str, str] | None:
    async with connection(place.server_or_fail()) as transport:
        found = await device_sign_in.outside_of(transport, login) if login else None
        provider = await device_sign_in.provider_of(found, client_id) if found is not None else None
        tokens = await device_sign_in.by_device(transport, provider, draws=draws)
        return None if tokens is None else await _opened(place, transport, tokens, provider)


async def _by_password(place: Place, login: str, password: Secret) -> tuple[str, str]:
    async with connection(place.server_or_fail()) as transport:
        found = await device_sign_in.outside_of(transport, login)
        if found is not None:  # the password is the provider's, and goes nowhere else
            raise click.ClickException(
                _("Not signed in. Your account signs in at %(name)s: leave --password out.", name=found.issuer)
            )
        return await _opened(place, transport, await tokens_for(transport, login, password), None)


async def _opened(place: Place, transport: Transport, tokens: Tokens, provider: Provider | None) -> tuple[str, str]:
    """Whose account the tokens open, and where they are kept now."""
    signed = await entry.open_account(transport, tokens, forwarded_for=None, clock=SystemClock())
    by = ("", "") if provider is None else (provider.token_endpoint, provider.client_id)
    where = place.keep(server=transport.origin, address=signed.session.username, tokens=tokens, by=by)
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
@json_option(documents.SignedOut)
@click.pass_obj
def sign_out(place: Place, *, use_json: bool) -> None:
    """Forget the kept sign-in of this machine. To end its tokens too: activity sign-out-everywhere."""
    _forget(place, place.profile, use_json=use_json)


@click.group("sign-ins")
def sign_ins() -> None:
    """The kept sign-ins of this machine, for several accounts or servers: list, use, remove."""


@sign_ins.command("list")
@json_option(tuple[documents.KeptSignIn, ...])
@click.pass_obj
def list_(place: Place, *, use_json: bool) -> None:
    """List them; the marked one is taken unless --profile or BULWARK_PROFILE names another."""
    profiles = place.profiles
    found = [(name, profiles.load(name)) for name in profiles.names()]
    shown = [
        documents.KeptSignIn(profile=name, account=one.address, server=one.server, in_use=name == place.profile)
        for name, one in found
        if one is not None
    ]
    if use_json:
        as_json(shown)
    elif not shown:
        say(_("Nobody is signed in."))
    else:
        rows = [("*" if one.in_use else "", one.profile, one.account, one.server) for one in shown]
        table(("", _("Name"), _("Account"), _("Mail server")), rows)


@sign_ins.command()
@click.argument("name", callback=profile_name, shell_complete=complete_profile)
@json_option(documents.Chosen)
@click.pass_obj
def use(place: Place, name: str, *, use_json: bool) -> None:
    """Take this sign-in from now on."""
    if place.profiles.load(name) is None:
        raise click.UsageError(_("No sign-in has this name: %(name)s", name=name))
    try:
        place.profiles.use(name)
    except OSError as error:
        raise cannot_keep(place.profiles, error) from error
    if use_json:
        as_json(documents.Chosen(in_use=name))
    else:
        say(_("Commands take the sign-in “%(name)s” from now on.", name=name))


@sign_ins.command()
@click.argument("name", callback=profile_name, shell_complete=complete_profile)
@json_option(documents.SignedOut)
@click.pass_obj
def remove(place: Place, name: str, *, use_json: bool) -> None:
    """Forget this sign-in."""
    _forget(place, name, use_json=use_json)


def _forget(place: Place, name: str, *, use_json: bool) -> None:
    had = place.profiles.forget(name)
    if use_json:
        as_json(documents.SignedOut(signed_out=had))
    else:
        say(_("Signed out.") if had else _("Nobody was signed in."))
