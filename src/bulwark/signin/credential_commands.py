"""`list`, `create`, `edit` and `revoke` on the command line, for app passwords and for API keys alike.

A credential is named by the mark that `list` shows (its beginning is enough) or by its name where that is unique;
before a change the list is read again and the mark must still be in it. The new secret goes to standard output alone,
so that it can be piped into a password store; everything else goes to standard error.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import anyio
import click

from bulwark import errors
from bulwark.account import credential_forms as forms
from bulwark.account import credentials as service
from bulwark.account.networks import in_order
from bulwark.account.presets import CUSTOM, EVERYTHING, effective, preset_of, protocols_of
from bulwark.console.documents import written, written_if
from bulwark.console.output import as_json, json_option, local_moment, note, say, table
from bulwark.console.prompts import confirm
from bulwark.language import _, ngettext, series
from bulwark.signin import documents
from bulwark.signin.terminal import Place, signed_in_account
from stalwart_jmap.objects.credential import Except, Inherit, Only

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bulwark.account.account import Account
    from bulwark.account.credential_forms import Draft
    from bulwark.account.credentials import Created, Edited, Kind, Listing, Revocation
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights
    from stalwart_jmap.objects.credential import Credential, NewCredential

_SHOWN_MARK = 8  # letters of a mark that the table shows
_SHORTEST_MARK = 6
_RELATIVE = {"30d": "30", "90d": "90", "1y": "year", "never": "never"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbs:
    """What differs between the two kinds: `offers` are the presets, `default` what a new one may do unless told."""

    kind: Kind
    offers: Callable[[Rights], tuple[Offer, ...]]
    default: str
    thing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options of `create` and `edit`, as typed; None and empty mean: not given."""

    name: str | None
    preset: str | None
    permissions: tuple[str, ...]
    ends: str | None
    networks: tuple[str, ...]
    anywhere: bool


def group_of(verbs: Verbs, name: str, text: str) -> click.Group:
    """The command `name` with its four verbs."""
    group = click.Group(name, help=text)
    group.add_command(_list(verbs))
    group.add_command(_create(verbs))
    group.add_command(_edit(verbs))
    group.add_command(_revoke(verbs))
    return group


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `create` and `edit` share."""
    for option in reversed(
        (
            click.option("--preset", metavar="NAME", help="What it may do; `everything` for all you may do."),
            click.option(
                "--permission", "permissions", multiple=True, metavar="NAME", help="A single permission; several times."
            ),
            click.option("--ends", metavar="WHEN", help="30d, 90d, 1y, never, or a day such as 2027-11-23."),
            click.option(
                "--from", "networks", multiple=True, metavar="NETWORK", help="Only from there; several times."
            ),
        )
    ):
        command = option(command)
    return command


def _list(verbs: Verbs) -> click.Command:
    @click.command("list", help=f"Show every {verbs.thing} with what it may do.")
    @json_option(tuple[documents.Credential, ...])
    @click.pass_obj
    def show(place: Place, *, use_json: bool) -> None:
        listing, held, now = anyio.run(partial(_look, place, verbs))
        if use_json:
            as_json([_document(verbs.kind, one, held, now) for one in listing.credentials])
            return
        if not listing.credentials:
            say(_("There is none."))
            return
        rows = [
            (
                service.mark_of(verbs.kind, one)[:_SHOWN_MARK],
                one.description,
                _power(one, held),
                _ends(one, now),
                series(in_order(one.allowed_ips)) or _("anywhere"),
            )
            for one in listing.credentials
        ]
        table((_("mark"), _("name"), _("may do"), _("ends"), _("from")), rows)

    return show


def _create(verbs: Verbs) -> click.Command:
    @click.command("create", help=f"Make a new {verbs.thing}. Its secret is printed once, alone on standard output.")
    @click.argument("name")
    @_options
    @json_option(documents.CredentialMade)
    @click.pass_obj
    def create(place: Place, /, *, name: str, use_json: bool, **options: Any) -> None:
        wish = Wish(name=name, anywhere=False, **options)
        made, wanted = anyio.run(partial(_make, place, verbs, wish))
        if use_json:
            as_json(
                documents.CredentialMade(
                    name=wanted.description,
                    secret=made.secret.reveal(),
                    at=written(made.at),
                    expires_at=written_if(wanted.expires_at),
                    allowed_ips=in_order(wanted.allowed_ips),
                    total=made.total,
                )
            )
            return
        note(_("“%(name)s” was created. The secret is shown this once:", name=wanted.description))
        click.echo(made.secret.reveal(), nl=sys.stdout.isatty())
        if wanted.expires_at is not None:
            note(_("It ends %(when)s.", when=local_moment(wanted.expires_at)))

    return create


def _edit(verbs: Verbs) -> click.Command:
    @click.command("edit", help=f"Change a {verbs.thing}: only what is given.")
    @click.argument("which")
    @click.option("--name", help="The new name.")
    @_options
    @click.option("--from-anywhere", "anywhere", is_flag=True, help="Forget every network.")
    @json_option(documents.CredentialEdited)
    @click.pass_obj
    def edit(place: Place, /, *, which: str, use_json: bool, **options: Any) -> None:
        done, held, now = anyio.run(partial(_change, place, verbs, which, Wish(**options)))
        after = done.after or done.before
        if use_json:
            now_is = _document(verbs.kind, after, held, now)
            as_json(documents.CredentialEdited(changed=done.changed, now=now_is))
        elif done.changed:
            say(_("“%(name)s” was changed.", name=after.description))
        else:
            say(_("“%(name)s” is already so; nothing was sent.", name=after.description))

    return edit


def _revoke(verbs: Verbs) -> click.Command:
    @click.command("revoke", help=f"Revoke one {verbs.thing} or several, at once and for good.")
    @click.argument("which", nargs=-1, required=True)
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @json_option(documents.Revoked)
    @click.pass_obj
    def revoke(place: Place, *, which: tuple[str, ...], yes: bool, use_json: bool) -> None:
        done = anyio.run(partial(_end, place, verbs, which, yes=yes))
        if use_json:
            items = (
                documents.RevokedItem(name=item.name, outcome=item.fate.value, why=item.why) for item in done.items
            )
            as_json(documents.Revoked(items=tuple(items), left=done.left))
        else:
            for item in done.items:
                say(_fate(item))
        fates = {item.fate for item in done.items}
        if service.Fate.UNKNOWN in fates:
            raise click.exceptions.Exit(6)
        if service.Fate.REFUSED in fates:
            raise click.exceptions.Exit(1)

    return revoke


async def _look(place: Place, verbs: Verbs) -> tuple[Listing, frozenset[str], datetime]:
    async with signed_in_account(place) as account:
        return await _fresh(account, verbs.kind), account.rights.permissions, account.now


async def _make(place: Place, verbs: Verbs, wish: Wish) -> tuple[Created, NewCredential]:
    async with signed_in_account(place) as account:
        draft = forms.Draft(
            name=wish.name or "",
            choice=_choice(wish) or verbs.default,
            picks=frozenset(wish.permissions),
            only=bool(wish.networks),
            networks="\n".join(wish.networks),
        )
        wanted = _wanted(account, verbs, _with_end(draft, wish))
        try:
            return await service.create(account, verbs.kind, wanted), wanted
        except errors.OutcomeUnknown:
            note(_("It may exist. Look for it in the list, and revoke it if it is there: nobody has its secret."))
            raise


async def _change(place: Place, verbs: Verbs, which: str, wish: Wish) -> tuple[Edited, frozenset[str], datetime]:
    async with signed_in_account(place) as account:
        before = _named(await _fresh(account, verbs.kind), verbs.kind, which)
        held = account.rights.permissions
        draft = forms.draft_of(before, state="", choice=_choice(wish) or forms.KEEP, held=held)
        networks = () if wish.anywhere else wish.networks or in_order(before.allowed_ips)
        draft = forms.replaced(
            draft,
            name=wish.name if wish.name is not None else draft.name,
            picks=frozenset(wish.permissions) or draft.picks,
            networks=networks,
        )
        wanted = _wanted(account, verbs, _with_end(draft, wish), before)
        return await service.edit(account, verbs.kind, before, wanted), held, account.now


async def _end(place: Place, verbs: Verbs, which: Sequence[str], *, yes: bool) -> Revocation:
    async with signed_in_account(place) as account:
        listing = await _fresh(account, verbs.kind)
        chosen = list({one.id: one for one in (_named(listing, verbs.kind, name) for name in which)}.values())
        names = series(one.description for one in chosen)
        question = ngettext("Revoke “%(names)s”?", "Revoke these: %(names)s?", len(chosen), names=names)
        if not yes and not confirm(question):
            raise click.UsageError(_("Nothing was revoked. Without a terminal, add --yes."))
        return await service.revoke(account, verbs.kind, chosen)


async def _fresh(account: Account, kind: Kind) -> Listing:
    listing = await service.look(account, kind)
    if listing.unavailable is not None:
        raise listing.unavailable
    return listing


def _wanted(account: Account, verbs: Verbs, draft: Draft, before: Credential | None = None) -> NewCredential:
    """What the options ask for; the zone is this machine's, and no own address is compared."""
    here = forms.Circumstances(
        rights=account.rights,
        offers=verbs.offers(account.rights),
        now=account.now,
        zone=None,
        address="",
        before=before,
    )
    judged = forms.judge(draft, here)
    if judged.wanted is None:
        presets = series((*(one.preset.slug for one in here.offers), EVERYTHING))
        known = _("Presets: %(names)s.", names=presets) if "preset" in judged.wrong else ""
        raise click.UsageError("\n".join((*judged.wrong.values(), *((known,) if known else ()))))
    return judged.wanted


def _choice(wish: Wish) -> str:
    if wish.permissions and wish.preset:
        raise click.UsageError(_("Give either --preset or --permission."))
    return CUSTOM if wish.permissions else wish.preset or ""


def _with_end(draft: Draft, wish: Wish) -> Draft:
    if wish.ends is None:
        return draft
    relative = _RELATIVE.get(wish.ends)
    return forms.ending(draft, relative or "date", "" if relative else wish.ends)


def _named(listing: Listing, kind: Kind, which: str) -> Credential:
    """The credential of a mark (or its beginning), or of a name that only one has.

    Raises:
        click.UsageError: several fit. Gone: none does.
    """
    marks = {service.mark_of(kind, one): one for one in listing.credentials}
    fit = [one for mark, one in marks.items() if len(which) >= _SHORTEST_MARK and mark.startswith(which)]
    fit = fit or [one for one in listing.credentials if one.description == which]
    if len(fit) > 1:
        raise click.UsageError(_("Several are called “%(name)s”. Use the mark that the list shows.", name=which))
    if not fit:
        raise errors.Gone
    return fit[0]


def _document(kind: Kind, one: Credential, held: frozenset[str], now: datetime) -> documents.Credential:
    preset = preset_of(one.scope)
    names = one.scope.permissions if isinstance(one.scope, Only | Except) else frozenset()
    return documents.Credential(
        mark=service.mark_of(kind, one),
        name=one.description,
        created_at=written_if(one.created_at),
        expires_at=written_if(one.expires_at),
        ended=one.expires_at is not None and one.expires_at <= now,
        scope=_scope(one),
        preset=preset.slug if preset is not None else None,
        permissions=tuple(sorted(names)),
        protocols=tuple(protocols_of(effective(one.scope, held))),
        allowed_ips=in_order(one.allowed_ips),
    )


def _scope(one: Credential) -> Literal["everything", "except", "only", "unknown"]:
    match one.scope:
        case Inherit():
            return "everything"
        case Except():
            return "except"
        case Only():
            return "only"
        case _:
            return "unknown"


def _power(one: Credential, held: frozenset[str]) -> str:
    preset = preset_of(one.scope)
    if isinstance(one.scope, Inherit):
        return _("everything")
    if preset is not None:
        return _(preset.label)
    count = len(effective(one.scope, held))
    return ngettext("%(n)s permission", "%(n)s permissions", count)


def _ends(one: Credential, now: datetime) -> str:
    if one.expires_at is None:
        return _("never")
    when = local_moment(one.expires_at)
    return _("ended %(when)s", when=when) if one.expires_at <= now else when


def _fate(item: service.Revoked) -> str:
    match item.fate:
        case service.Fate.REVOKED:
            return _("“%(name)s” was revoked.", name=item.name)
        case service.Fate.REFUSED if item.why == "notFound":
            return _("“%(name)s” was not there any more.", name=item.name)
        case service.Fate.REFUSED:
            return _("“%(name)s” was not revoked. The server refused it: “%(why)s”", name=item.name, why=item.why)
        case _:
            return _("“%(name)s”: we do not know. The answer did not name it. Read the list again.", name=item.name)
