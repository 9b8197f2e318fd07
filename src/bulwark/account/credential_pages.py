"""The pages that both sections show: the form, the confirmation of a revocation, receipts, and the third outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account import credential_texts as texts
from bulwark.account import networks
from bulwark.account.credentials import API_KEY, Fate, mark_of
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import BlastRadius, Link, Notice, Page, Point

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.credentials import Edited, Kind, Revocation
    from bulwark.web.frame import Tone
    from stalwart_jmap.objects.credential import Credential, NewCredential

REVOKE = "credentials/revoke.html"
DONE = "credentials/done.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePage(Page):
    """The confirmation: `fated` says for each what stops; the form repeats their `marks`."""

    heading: str
    back: Link
    action: str
    submit: str
    keep: str
    marks: tuple[str, ...]
    radius: BlastRadius
    footnote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage(Page):
    """The receipt of a change or a revocation: one status, then a line for each item."""

    heading: str
    back: Link
    tone: Tone
    icon: str
    status: str
    confirmed: str
    points: tuple[Point, ...]


def by_kind(kind: Kind, app_password: str, api_key: str) -> str:
    """One of two finished sentences."""
    return api_key if kind is API_KEY else app_password


def section(kind: Kind) -> str:
    """The name of the section."""
    return by_kind(kind, _("App passwords"), _("API keys"))


def back_to(kind: Kind) -> Link:
    """The link above the heading."""
    return Link(label=section(kind), href=kind.path)


def changed_elsewhere(kind: Kind) -> Notice:
    """Above the fresh list: what was clicked is not what is there now."""
    return Notice(
        heading=_("This list has changed"),
        text=by_kind(
            kind,
            _("The app password you chose is gone, or it is another one now. Nothing was done. This is the list now."),
            _("The API key you chose is gone, or it is another one now. Nothing was done. This is the list now."),
        ),
        tone="warn",
        icon="refresh",
        alert=True,
    )


def nothing_ticked() -> Notice:
    """Above the list: the button was pressed without a tick."""
    return Notice(
        heading=_("Nothing was chosen"),
        text=_("Tick one or more, then press the button again."),
        tone="warn",
        alert=True,
    )


def revoke_link(kind: Kind, mark: str) -> Link:
    """To the confirmation for one."""
    return Link(label=_("Revoke…"), href=f"{kind.path}/{mark}/revoke")


# Revoking


def revoke_page(kind: Kind, chosen: Sequence[Credential], *, stops: Sequence[str], stays: str) -> RevokePage:
    """The confirmation for one or several; `stops` is a sentence for each of `chosen`."""
    count = len(chosen)
    marks = tuple(mark_of(kind, one) for one in chosen)
    if count == 1:
        return RevokePage(
            heading=_("Revoke “%(name)s”?", name=chosen[0].description),
            back=back_to(kind),
            action=f"{kind.path}/revoke",
            submit=_("Revoke"),
            keep=_("Keep it"),
            marks=marks,
            radius=BlastRadius(stops=tuple(stops), stays=(stays,), way_back=(way_back(kind),)),
        )
    keep = _("Keep all %(n)s", n=count) if count > 2 else _("Keep both")  # noqa: PLR2004 - two have a word of their own
    return RevokePage(
        heading=by_kind(
            kind,
            ngettext("Revoke %(n)s app password?", "Revoke %(n)s app passwords?", count),
            ngettext("Revoke %(n)s API key?", "Revoke %(n)s API keys?", count),
        ),
        back=back_to(kind),
        action=f"{kind.path}/revoke",
        submit=by_kind(
            kind,
            ngettext("Revoke %(n)s app password", "Revoke %(n)s app passwords", count),
            ngettext("Revoke %(n)s API key", "Revoke %(n)s API keys", count),
        ),
        keep=keep,
        marks=marks,
        radius=BlastRadius(stops=tuple(stops), stays=(stays,), way_back=(way_back(kind),)),
        footnote=_("If the server refuses one, you see which, and why."),
    )


def way_back(kind: Kind) -> str:
    """The third row of the confirmation."""
    return by_kind(
        kind,
        _("None. You can make a new one and type it into the app."),
        _("None. You can make a new one and give it to the program."),
    )


# Receipts


def confirmed(server_name: str, at: datetime) -> str:
    """`Confirmed by mail.example.org at 14:32:07.`."""
    return _("Confirmed by %(server)s at %(time)s.", server=server_name, time=language.time_of_day(at, seconds=True))


def may(what: str, wanted: NewCredential, now: datetime) -> tuple[str, ...]:
    """What was confirmed of a new one, in three short sentences; `what` is what it may do."""
    return (_("It may do: %(what)s.", what=what), texts.ends(wanted, now), usable_from(wanted))


def edited_page(kind: Kind, name: str, *, server_name: str, at: datetime, sentences: Sequence[str]) -> DonePage:
    """The receipt of a change; `sentences` say what is so now, read back from the server."""
    return DonePage(
        heading=section(kind),
        back=back_to(kind),
        tone="ok",
        icon="check",
        status=_("“%(name)s” was changed", name=name),
        confirmed=confirmed(server_name, at),
        points=tuple(Point(text=sentence) for sentence in sentences),
    )


def unchanged_page(kind: Kind, name: str) -> DonePage:
    """The form asked for what is so already."""
    return DonePage(
        heading=section(kind),
        back=back_to(kind),
        tone="",
        icon="info",
        status=_("Nothing to change"),
        confirmed=_("“%(name)s” is already as you want it, so nothing was sent.", name=name),
        points=(),
    )


def differences(done: Edited, held: frozenset[str]) -> tuple[str, ...]:
    """What differs now, as it was read back; nothing when it could not be read."""
    before, after = done.before, done.after
    if after is None or not done.changed:
        return ()
    said = []
    if before.description != after.description:
        said.append(_("It was called “%(name)s” before.", name=before.description))
    if before.scope != after.scope:
        said.append(_("It may do now: %(power)s.", power=texts.power_of(after.scope, held).label))
    if before.expires_at != after.expires_at:
        said.append(texts.ends(after, done.at))
    if before.allowed_ips != after.allowed_ips:
        said.append(usable_from(after))
    return tuple(said)


def usable_from(one: Credential | NewCredential) -> str:
    """`From anywhere.`, or the networks."""
    if not one.allowed_ips:
        return _("From anywhere.")
    return _("Only from %(networks)s.", networks=series(networks.in_order(one.allowed_ips)))


def revoked_page(kind: Kind, done: Revocation, server_name: str) -> DonePage:
    """The receipt of a revocation, per item."""
    names = [item.name for item in done.items if item.fate is Fate.REVOKED]
    if len(names) == len(done.items):
        status = (
            _("“%(name)s” was revoked", name=names[0])
            if len(names) == 1
            else by_kind(
                kind,
                ngettext("%(n)s app password was revoked", "%(n)s app passwords were revoked", len(names)),
                ngettext("%(n)s API key was revoked", "%(n)s API keys were revoked", len(names)),
            )
        )
    else:
        status = _("%(n)s of %(all)s were revoked", n=len(names), all=len(done.items))
    tone: Tone = "ok" if len(names) == len(done.items) else "warn"
    points = [_item(item.name, item.fate, item.why) for item in done.items]
    if done.left is not None:
        points.append(Point(text=_still(kind, done.left), icon="info", tone=""))
    return DonePage(
        heading=section(kind),
        back=back_to(kind),
        tone=tone,
        icon="check" if tone == "ok" else "warn",
        status=status,
        confirmed=confirmed(server_name, done.at),
        points=tuple(points),
    )


def _item(name: str, fate: Fate, why: str) -> Point:
    match fate:
        case Fate.REVOKED:
            return Point(text=_("“%(name)s” opens nothing any more.", name=name))
        case Fate.REFUSED if why == "notFound":
            text = _("“%(name)s” was not there any more.", name=name)
            return Point(text=text, icon="info", tone="")
        case Fate.REFUSED:
            text = _("“%(name)s” was not revoked. The server refused it: “%(why)s”", name=name, why=why)
            return Point(text=text, icon="no", tone="bad")
        case _:
            text = _("“%(name)s”: we do not know. The answer did not name it. Read the list again.", name=name)
            return Point(text=text, icon="unknown", tone="unknown")


def _still(kind: Kind, count: int) -> str:
    return by_kind(
        kind,
        ngettext("You have %(n)s app password now.", "You have %(n)s app passwords now.", count),
        ngettext("You have %(n)s API key now.", "You have %(n)s API keys now.", count),
    )
