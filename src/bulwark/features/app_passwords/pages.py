"""The pages of app passwords: the list, the page with the secret, and the device that fetches its profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account import credential_form_page as forms
from bulwark.account import credential_list_page as lists
from bulwark.account import credential_texts as texts
from bulwark.account.credential_form_page import Choice
from bulwark.account.credential_forms import KEEP
from bulwark.account.credentials import APP_PASSWORD, mark_of
from bulwark.account.last_use_texts import used
from bulwark.account.networks import in_order
from bulwark.account.presets import CUSTOM, EVERYTHING
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Notice, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.last_use import Uses
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights
    from bulwark.features.app_passwords.kits.servers import Server
    from bulwark.features.app_passwords.kits.snippets import Snippet
    from bulwark.web.qr import QrCode
    from stalwart_jmap.objects.credential import Credential

LIST = "app_passwords/list.html"
CREATED = "app_passwords/created.html"
PROFILE = "app_passwords/profile.html"

_GROUP = 4  # letters of a secret that stand together
_SIGNS = (  # words in a name that tell the device
    ("phone", ("phone", "handy", "mobile", "android", "pixel", "galaxy", "tablet", "ipad")),
    ("print", ("print", "drucker", "scan", "fax")),
    ("api", ("script", "server", "backup", "cron")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """A short word with a colour; `line` is a thin one for protocols."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(lists.Row):
    """One app password in the list; `narrow` leads where a too powerful one is cut down."""

    icon: str
    pills: tuple[Pill, ...]
    facts: str
    warning: str
    narrow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedPage(lists.CreatedPage):
    """The secret, this once, and how to set up a device."""

    login: str
    servers: tuple[Server, ...]
    profile_href: str
    profile_qr: QrCode | None
    profile_until: str
    davx5: QrCode | None
    davx5_address: str
    has_mail: bool
    first_use_href: str
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage(Page):
    """What the link of the QR code opens on the device, signed in or not."""

    address: str
    device: str
    href: str


def row_of(one: Credential, now: datetime, rights: Rights, uses: Uses) -> Row:
    """One app password as a line."""
    power = texts.power_of(one.scope, rights.permissions)
    mark = mark_of(APP_PASSWORD, one)
    edit = lists.edit_path(APP_PASSWORD, mark, rights)
    pills = []
    if texts.is_ended(one, now):
        assert one.expires_at is not None  # noqa: S101 - for the type checker: what never ends has not ended
        pills.append(Pill(text=_("Ended %(date)s", date=language.long_date(one.expires_at)), tone="bad"))
    pills.append(Pill(text=power.label, tone=power.tone))
    pills += [Pill(text=name, tone="line") for name in power.protocols]
    facts = [used(uses, one, now), "" if texts.is_ended(one, now) else texts.ends(one, now)]
    facts.append(texts.created(one))
    if not one.allowed_ips:
        facts.append(_("From anywhere."))
    return Row(
        mark=mark,
        name=one.description,
        icon=icon_of(one.description),
        pills=tuple(pills),
        facts=" ".join(fact for fact in facts if fact),
        networks=in_order(one.allowed_ips),
        warning=power.warning,
        narrow=edit if power.is_everything else "",
        edit=edit,
        revoke=lists.revoke_path(APP_PASSWORD, mark, rights),
    )


def icon_of(name: str) -> str:
    """A sign that fits the device, told from its name."""
    words = name.casefold()
    return next((icon for icon, signs in _SIGNS if any(sign in words for sign in signs)), "laptop")


def fact(rows: Sequence[Credential], now: datetime) -> str:
    """The word at the end of the menu's entry."""
    ended = sum(1 for one in rows if texts.is_ended(one, now))
    if ended:
        return ngettext("%(n)s ended", "%(n)s ended", ended)
    return str(len(rows)) if rows else ""


def grouped(secret: str) -> tuple[str, ...]:
    """`app_` and then groups of four, for reading."""
    return tuple(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def suggestions() -> tuple[str, ...]:
    """Names to choose from."""
    return (_("Phone"), _("Tablet"), _("Thunderbird on the laptop"), _("Office computer"), _("Printer"), _("Backup"))


def cards(offers: Sequence[Offer], held: int) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The presets, and under the disclosure everything or single permissions."""
    return tuple(forms.choice_of(offer) for offer in offers), (everything(held), single())


def cards_of(
    before: Credential, offers: Sequence[Offer], held: frozenset[str]
) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """For an existing one: as it is first, the usual narrower choice beside it, the rest under the disclosure."""
    power = texts.power_of(before.scope, held)
    now = Choice(
        value=KEEP,
        title=_("%(power)s, as now", power=power.label),
        text=_("Also makes passwords and keys") if power.is_everything else _("Nothing changes"),
        icon="shield" if power.is_everything else "check",
        more=_all_of(power.count) if power.is_everything else series(power.protocols),
    )
    all_cards = [forms.choice_of(offer) for offer in offers]
    beside = [card for card in all_cards if card.value == "mail-calendar-contacts" and power.is_everything]
    rest = [card for card in all_cards if card not in beside]
    more = [*rest, single()] if power.is_everything else [*rest, everything(len(held)), single()]
    return (now, *beside), tuple(more)


def everything(held: int) -> Choice:
    """The card that limits nothing."""
    return Choice(
        value=EVERYTHING,
        title=_("Everything I may do"),
        text=_("Also makes passwords and keys"),
        icon="shield",
        more=_all_of(held),
    )


def _all_of(held: int) -> str:
    return ngettext("The %(n)s permission of your account", "All %(n)s permissions of your account", held)


def single() -> Choice:
    """The card that opens the list."""
    return Choice(
        value=CUSTOM,
        title=_("Single permissions"),
        text=_("Only what you tick below"),
        icon="matrix",
        opens=True,
    )


def everything_notice(before: Credential, held: frozenset[str]) -> Notice | None:
    """Above the form of one that is too powerful."""
    power = texts.power_of(before.scope, held)
    if not power.warning:
        return None
    heading = _("This one can do everything you can.") if power.is_everything else power.warning
    made = texts.created(before)
    text = _("%(made)s “Mail, calendar and contacts” is enough for a phone, “Mail app” for a mail program.", made=made)
    return Notice(heading=heading, text=text.strip(), tone="warn")


def stops(one: Credential, now: datetime, held: frozenset[str]) -> str:
    """What stops when it is revoked."""
    if texts.is_ended(one, now) and one.expires_at is not None:
        return _(
            "%(name)s: nothing changes, it ended on %(date)s.",
            name=one.description,
            date=language.long_date(one.expires_at),
        )
    protocols = texts.power_of(one.scope, held).protocols
    if not protocols:
        return _("%(name)s opens nothing any more, within seconds. What it fetched stays.", name=one.description)
    return _(
        "%(name)s: no more %(protocols)s, within seconds. What it fetched stays on the device.",
        name=one.description,
        protocols=series(protocols),
    )


def stays(others: int) -> str:
    """What goes on working."""
    if not others:
        return _("Your password and your sessions.")
    return ngettext(
        "Your password, your %(n)s other app password and your sessions.",
        "Your password, your %(n)s other app passwords and your sessions.",
        others,
    )


def may_do(what: str, protocols: Sequence[str]) -> str:
    """What a new one may do, with its protocols."""
    return f"{what} ({', '.join(protocols)})" if protocols else what


def cannot(action: str) -> str:
    """The heading where a permission is missing."""
    return {
        "Query": _("You cannot see your app passwords"),
        "Create": _("You cannot create app passwords"),
        "Update": _("You cannot change app passwords"),
        "Destroy": _("You cannot revoke app passwords"),
    }[action]
