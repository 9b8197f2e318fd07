"""The command `bulwark`: wiring only. Imports no web framework; `serve` and `sandbox` hand over to uvicorn by name.

What the exit statuses mean is in `bulwark.console.statuses`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from bulwark import errors, language
from bulwark.console import shell
from bulwark.console.output import note
from bulwark.console.profiles import Profiles
from bulwark.console.words import sentence_for
from bulwark.features.accounts import commands as accounts
from bulwark.features.activity import commands as activity
from bulwark.features.api_keys import commands as api_keys
from bulwark.features.app_passwords import commands as app_passwords
from bulwark.features.doctor import commands as doctor
from bulwark.features.encryption import commands as encryption
from bulwark.features.identities import commands as identities
from bulwark.features.overview import commands as overview
from bulwark.features.password import commands as password
from bulwark.features.permissions import commands as permissions
from bulwark.features.profile import commands as profile
from bulwark.features.two_factor import commands as two_factor
from bulwark.language import _
from bulwark.signin import commands as sign_in
from bulwark.signin.commands import complete_profile, profile_name
from bulwark.signin.terminal import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

EXIT_STATUS: Mapping[type[errors.BulwarkError], int] = {
    errors.ServerUnreachable: 4,
    errors.UnsupportedServer: 5,
    errors.ProtocolBroken: 5,
    errors.TooManyRequests: 4,
    errors.AddressBlocked: 4,
    errors.SignInExpired: 3,
    errors.SignInRefused: 1,
    errors.SignInNotPermitted: 1,
    errors.WrongCode: 1,
    errors.WrongRecoveryCode: 1,
    errors.RecoveryCodeBusy: 1,
    errors.AuthenticatorChanged: 1,
    errors.WrongKindOfSecret: 1,
    errors.LoginNotAllowed: 1,
    errors.ProviderProblem: 3,
    errors.TooManyAttempts: 1,
    errors.RecentAuthRequired: 1,
    errors.AccountSwitched: 1,
    errors.PermissionMissing: 1,
    errors.ManagedElsewhere: 1,
    errors.FeatureAbsent: 1,
    errors.WrongPassword: 1,
    errors.WrongPasswordOrCode: 1,
    errors.CodeRequired: 1,
    errors.CodeDoesNotMatch: 1,
    errors.WeakPassword: 1,
    errors.NoPassword: 1,
    errors.QuotaReached: 1,
    errors.InUse: 1,
    errors.Gone: 1,
    errors.OwnAccount: 1,
    errors.NotApplied: 1,
    errors.Refused: 1,
    errors.OutcomeUnknown: 6,
    errors.StoreUnavailable: 4,
    errors.SealBroken: 5,
}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--server", envvar="BULWARK_SERVER_URL", metavar="URL", help="The mail server, such as https://mail.example.org."
)
@click.option(
    "--profile",
    envvar="BULWARK_PROFILE",
    metavar="NAME",
    callback=profile_name,
    shell_complete=complete_profile,
    help="Which kept sign-in to use; see sign-ins.",
)
@click.version_option(package_name="bulwark-account-security", prog_name="bulwark")
@click.pass_context
def bulwark(context: click.Context, server: str | None, profile: str | None) -> None:
    """Account security for people whose mail lives on a Stalwart server."""
    context.obj = Place(server=server, profile=profile or Profiles.from_environment(os.environ).in_use())


bulwark.add_command(sign_in.sign_in)
bulwark.add_command(sign_in.sign_out)
bulwark.add_command(sign_in.sign_ins)
bulwark.add_command(overview.check)
bulwark.add_command(activity.activity)
bulwark.add_command(activity.webhook)
bulwark.add_command(password.password)
bulwark.add_command(two_factor.two_factor)
bulwark.add_command(app_passwords.app_passwords)
bulwark.add_command(encryption.encryption)
bulwark.add_command(identities.identities_group)
bulwark.add_command(profile.profile)
bulwark.add_command(api_keys.api_keys)
bulwark.add_command(doctor.doctor)


@bulwark.group()
def admin() -> None:
    """For administrators: accounts, permissions, everybody's keys."""


admin.add_command(accounts.accounts)
admin.add_command(accounts.keys)
admin.add_command(permissions.permissions)


@bulwark.command()
@click.option("--listen", default="127.0.0.1:8700", show_default=True, metavar="HOST:PORT", help="Where to listen.")
@click.option("--config", type=click.Path(dir_okay=False), help="A TOML file with settings.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
def serve(listen: str, config: str | None, workers: int) -> None:
    """Serve the panel. Settings come from BULWARK_... variables and the TOML file."""
    from bulwark.serving import run_panel

    raise SystemExit(run_panel(listen=listen, config=config, workers=workers))


@bulwark.command()
@click.option("--config", type=click.Path(dir_okay=False), help="A TOML file with settings.")
def migrate(config: str | None) -> None:
    """Bring the panel's database to this release."""
    from bulwark.serving import migrate_database

    raise SystemExit(migrate_database(config))


@bulwark.command()
@click.option("--listen", default="127.0.0.1:8701", show_default=True, metavar="HOST:PORT", help="Where to listen.")
@click.option("--admin", metavar="LOGIN:PASSWORD", help="The administrator of an empty sandbox.")
@click.option("--demo", is_flag=True, help="With demo people, and sign-ins of theirs.")
@click.option("--webhook", metavar="URL", help="Report sign-ins to this panel: https://panel.example.org")
@click.option("--webhook-secret", envvar="BULWARK_WEBHOOK_SECRET", metavar="KEY", help="What signs the reports.")
def sandbox(listen: str, admin: str | None, *, demo: bool, webhook: str | None, webhook_secret: str | None) -> None:
    """Run a stand-in for a Stalwart server, for trying things out. Never for real mail."""
    from bulwark.account.webhook import PATH
    from stalwart_sandbox.server import run

    reports_to: tuple[str, str] | None = None
    if webhook is not None:
        if not webhook.startswith(("http://", "https://")):
            raise click.BadParameter(
                f"{webhook} is no address. Write for example http://127.0.0.1:8700", param_hint="--webhook"
            )
        if not webhook_secret:
            raise click.UsageError("--webhook needs the panel's key: --webhook-secret, or BULWARK_WEBHOOK_SECRET.")
        reports_to = (webhook.rstrip("/").removesuffix(PATH) + PATH, webhook_secret)
    run(listen, admin, demo=demo, webhook=reports_to)


@bulwark.command()
@click.option(
    "--listen", default="127.0.0.1:8700", show_default=True, metavar="HOST:PORT", help="Where the panel listens."
)
@click.option("--code", metavar="PERSON", help="Only print the current code of a demo person with two-factor on.")
def demo(listen: str, code: str | None) -> None:
    """Start a sandbox with demo people and a panel in front of it; one address to open."""
    from bulwark.demonstration import print_code, run_demo

    raise SystemExit(print_code(code) if code else run_demo(listen))


@bulwark.command()
@click.argument("shell_name", metavar="SHELL", type=click.Choice(shell.SHELLS))
def completion(shell_name: str) -> None:
    """Print the script that lets a shell (bash, zsh or fish) complete commands, options and names of sign-ins."""
    click.echo(shell.completion_script(bulwark, shell_name))


def main() -> None:
    """Run the command; errors become a sentence and an exit status, never a trace."""
    with language.use(shell.language_of(os.environ)):
        try:
            status = bulwark.main(prog_name="bulwark", standalone_mode=False)
            sys.stdout.flush()
            if isinstance(status, int):  # a command that ends with a status of its own
                sys.exit(status)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in {"bulwark", "stalwart_jmap", "stalwart_sandbox"}:
                raise
            note(_("This needs the panel’s parts. Install them: pip install 'bulwark-account-security[web]'"))
            sys.exit(2)
        except click.exceptions.Exit as ended:
            sys.exit(ended.exit_code)
        except click.Abort:
            note("")
            sys.exit(130)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except errors.BulwarkError as error:
            note(sentence_for(error))
            sys.exit(status_of(error))


def status_of(error: errors.BulwarkError) -> int:
    """The exit status of an error."""
    return next((EXIT_STATUS[kind] for kind in type(error).__mro__ if kind in EXIT_STATUS), 1)


if __name__ == "__main__":
    main()
