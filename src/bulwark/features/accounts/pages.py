"""The pages of accounts: the list with its figures, one account, and the sentences of what is done to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bulwark import language
from bulwark.account import credential_texts as texts
from bulwark.account.effective import compute, role_ids_of
from bulwark.features.accounts import service
from bulwark.features.accounts.service import Show, TwoFactor
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Link, Notice, Page

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.features.accounts.service import Figures, Listing, Person, Row
    from bulwark.web.frame import Tone
    from bulwark.web.unavailable import Unavailable
    from stalwart_jmap.objects.account import Account, Secondary

LIST = "accounts/list.html"
ACCOUNT = "accounts/account.html"
PATH = "/administration/accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """A short word with a colour, and a smaller one beneath."""

    text: str
    tone: Tone = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account in the list."""

    name: str
    address: str
    roles: str
    two_factor: Pill
    app_passwords: int
    api_keys: int
    password: Pill
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure."""

    icon: str
    term: str
    value: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Page):
    """The list. `count_all` leads to the figures where there are too many accounts to count on the way."""

    lines: tuple[Line, ...]
    tiles: tuple[Tile, ...]
    text: str
    show: str
    options: tuple[tuple[str, str], ...]
    summary: str
    onward: Link | None
    first: Link | None
    count_all: str
    notice: Notice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialLine:
    """One app password or API key of somebody."""

    name: str
    kind: str
    icon: str
    power: Pill
    facts: str
    networks: tuple[str, ...]
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage(Page):
    """One account; `own` says that it is one's own, `why_not` why nothing can be changed."""

    heading: str
    address: str
    facts: tuple[tuple[str, str, str], ...]
    two_factor: Pill
    password: Pill
    reset: str
    force: str
    credentials: tuple[CredentialLine, ...]
    permissions: str
    own: bool
    why_not: Unavailable | None = None
    notice: Notice | None = None


def list_page(
    listing: Listing, now: datetime, *, text: str, show: Show, position: int, figures: Figures | None
) -> ListPage:
    """The list as a page."""
    counted = figures or listing.figures
    n = len(listing.rows)
    if show is Show.ALL:
        summary = ngettext("%(n)s account", "%(n)s accounts", listing.total)
    else:
        looked = position + listing.looked_at
        summary = ngettext(
            "%(n)s on this page, %(looked)s of %(total)s accounts looked at",
            "%(n)s on this page, %(looked)s of %(total)s accounts looked at",
            n,
            looked=looked,
            total=listing.total,
        )
    onward = None
    if listing.end is not None:
        onward = Link(label=_("Next page"), href=_address(text, show, listing.end))
    return ListPage(
        lines=tuple(_line(row, now) for row in listing.rows),
        tiles=() if counted is None else _tiles(counted),
        text=text,
        show=show.value,
        options=tuple((one.value, label) for one, label in _shows()),
        summary=summary,
        onward=onward,
        first=Link(label=_("First page"), href=_address(text, show, 0)) if position else None,
        count_all="" if counted is not None or text or position else f"{PATH}?{urlencode({'count': 'yes'})}",
        notice=_roles_unread(listing),
    )


def _roles_unread(listing: Listing) -> Notice | None:
    if listing.book.unavailable is None:
        return None
    return Notice(
        heading=_("Roles could not be read."),
        text=_("The names of roles are missing below. Reading them needs sysRoleQuery and sysRoleGet."),
        tone="warn",
    )


def _address(text: str, show: Show, position: int) -> str:
    wanted = {"text": text, "show": "" if show is Show.ALL else show.value, "from": str(position) if position else ""}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _shows() -> tuple[tuple[Show, str], ...]:
    return (
        (Show.ALL, _("All accounts")),
        (Show.WITHOUT_TWO_FACTOR, _("Without two-factor")),
        (Show.ADMINISTRATORS, _("Administrators")),
        (Show.POWERFUL, _("With a password or key that may do everything")),
        (Show.ENDED, _("Password ended")),
    )


def _tiles(figures: Figures) -> tuple[Tile, ...]:
    without = figures.people - figures.protected
    bare = figures.administrators - figures.protected_administrators
    ended = series(figures.ended) + ("…" if figures.ended_count > len(figures.ended) else "")
    return (
        Tile(
            icon="phone",
            term=_("Two-factor on"),
            value=_("%(n)s of %(total)s", n=figures.protected, total=figures.people),
            more=ngettext("%(n)s account without", "%(n)s accounts without", without),
        ),
        Tile(
            icon="people",
            term=_("Administrators"),
            value=_("%(n)s of %(total)s", n=figures.protected_administrators, total=figures.administrators),
            more=_("all with two-factor") if not bare else ngettext("%(n)s without", "%(n)s without", bare),
        ),
        Tile(
            icon="laptop",
            term=_("Too powerful"),
            value=str(figures.powerful),
            more=ngettext(
                "app password that may do everything", "app passwords that may do everything", figures.powerful
            ),
        ),
        Tile(icon="clock", term=_("Passwords ended"), value=str(figures.ended_count), more=ended or _("none")),
    )


def _line(row: Row, now: datetime) -> Line:
    return Line(
        name=row.account.description or row.account.name,
        address=row.account.address,
        roles=roles_of(row),
        two_factor=two_factor_pill(row.two_factor),
        app_passwords=row.app_passwords,
        api_keys=row.api_keys,
        password=password_pill(row, now),
        href=f"{PATH}/{row.account.id}",
    )


def roles_of(row: Row) -> str:
    """The roles of an account as a list of names."""
    return series(row.roles) if row.roles else _("none")


def two_factor_pill(state: TwoFactor) -> Pill:
    """The second factor in a word."""
    match state:
        case TwoFactor.ON:
            return Pill(text=_("On"), tone="ok")
        case TwoFactor.OFF:
            return Pill(text=_("Off"), tone="warn")
        case TwoFactor.ELSEWHERE:
            return Pill(text=_("Managed elsewhere"), more=_("external directory"))
        case _:
            return Pill(text=_("Not possible"), more=_("groups do not sign in"))


def password_pill(row: Row, now: datetime) -> Pill:
    """When the password ends."""
    if row.two_factor is TwoFactor.ELSEWHERE:
        return Pill(text=_("External directory"))
    password = row.account.password
    if password is None:
        return Pill(text=_("None"))
    if password.expires_at is None:
        return Pill(text=_("Never ends"))
    day = language.long_date(password.expires_at)
    if password.expires_at <= now:
        return Pill(text=_("Ended %(date)s", date=day), tone="bad")
    return Pill(text=_("Ends %(date)s", date=day))


def account_page(
    person: Person, now: datetime, *, why_not: Unavailable | None, can_revoke: bool, notice: Notice | None
) -> AccountPage:
    """One account as a page."""
    row = person.row
    base = f"{PATH}/{row.account.id}"
    closed = person.is_oneself or why_not is not None
    has_password = row.account.password is not None and row.two_factor is not TwoFactor.ELSEWHERE
    facts = [(_("Address"), row.account.address, ""), (_("Roles"), roles_of(row), _kind_of(row.account))]
    if row.account.created_at is not None:
        facts.append((_("Created"), language.long_date(row.account.created_at), ""))
    return AccountPage(
        heading=row.account.description or row.account.name,
        address=row.account.address,
        facts=tuple(facts),
        two_factor=two_factor_pill(row.two_factor),
        password=password_pill(row, now),
        reset=f"{base}/two-factor" if row.two_factor is TwoFactor.ON and not closed else "",
        force=f"{base}/password" if has_password and not closed and not service.has_ended(row.account, now) else "",
        credentials=tuple(_credential(one, person, now, can_revoke=can_revoke) for one in row.account.secondary),
        permissions=f"/administration/permissions?who={row.account.id}",
        own=person.is_oneself,
        why_not=why_not,
        notice=notice,
    )


def _kind_of(account: Account) -> str:
    match account.permissions.kind:
        case "Merge":
            return _("with changes of its own")
        case "Replace":
            return _("but its own list of permissions counts instead")
        case _:
            return ""


def held_by(person: Person) -> frozenset[str]:
    """What the account may do, as far as its roles could be read."""
    start = role_ids_of(person.row.account, person.book.defaults)
    return compute(person.book.roles, start, person.row.account.permissions).held


def power(one: Secondary, held: frozenset[str]) -> Pill:
    """What a credential may do, in words."""
    found = texts.power_of(one.scope, held)
    if found.is_everything:
        return Pill(text=_("All rights of the account"), tone="bad")
    more = series(found.protocols) or ngettext("%(n)s permission", "%(n)s permissions", found.count)
    return Pill(text=found.label, tone=found.tone, more=more if found.count else "")


def facts_of(one: Secondary, now: datetime) -> str:
    """When it was made and when it ends."""
    return " ".join(part for part in (texts.created(one), texts.ends(one, now)) if part)


def kind_name(one: Secondary) -> str:
    """`App password`, `API key`, or the server's own word."""
    return {"AppPassword": _("App password"), "ApiKey": _("API key")}.get(one.kind, one.kind)


def icon_of(one: Secondary) -> str:
    """The sign of its kind."""
    return "api" if one.kind == "ApiKey" else "laptop"


def revoke_address(person_id: str, one: Secondary) -> str:
    """Where the question stands before a credential is revoked."""
    return f"{PATH}/{person_id}/revoke/{service.mark_of(one)}"


def _credential(one: Secondary, person: Person, now: datetime, *, can_revoke: bool) -> CredentialLine:
    known = one.kind in service.KINDS
    return CredentialLine(
        name=one.description or one.id,
        kind=kind_name(one),
        icon=icon_of(one),
        power=power(one, held_by(person)),
        facts=facts_of(one, now),
        networks=tuple(sorted(one.allowed_ips)),
        revoke=revoke_address(person.row.account.id, one) if can_revoke and known and not person.is_oneself else "",
    )
