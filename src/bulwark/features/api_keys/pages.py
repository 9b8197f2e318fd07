"""The pages of API keys: the table, and the page with the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark import language
from bulwark.account import credential_form_page as forms
from bulwark.account import credential_list_page as lists
from bulwark.account import credential_texts as texts
from bulwark.account.credential_form_page import Choice
from bulwark.account.credential_forms import KEEP
from bulwark.account.credentials import API_KEY, mark_of
from bulwark.account.last_use_texts import used
from bulwark.account.networks import in_order
from bulwark.account.presets import CUSTOM, EVERYTHING, effective
from bulwark.features.api_keys.service import is_reading
from bulwark.language import _, ngettext
from bulwark.web.page_types import Notice
from stalwart_jmap.objects.credential import Except, Inherit, Only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bulwark.account.last_use import Uses
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights
    from bulwark.features.api_keys.snippets import Snippets
    from bulwark.web.frame import Tone
    from stalwart_jmap.objects.credential import Credential, Scope

LIST = "api_keys/list.html"
CREATED = "api_keys/created.html"

_GROUP = 6  # letters of a key that stand together


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What a key may do, as the table tells it."""

    label: str
    tone: Tone
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(lists.Row):
    """One key of the table."""

    made: str
    power: Power
    ends: str
    ends_detail: str
    ends_tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedPage(lists.CreatedPage):
    """The key, this once, and two calls to try it with."""

    snippets: Snippets


def power_of(scope: Scope, held: frozenset[str]) -> Power:
    """What a key may do for somebody who holds `held`."""
    permissions = effective(scope, held)
    count = ngettext("%(n)s permission", "%(n)s permissions", len(permissions))
    match scope:
        case Inherit():
            return Power(label=_("Everything you may do"), tone="bad", detail=count)
        case Only() if "authenticate" not in permissions:
            return Power(label=count, tone="warn", detail=_("opens nothing: authenticate is missing"))
        case Only() | Except() if is_reading(permissions):
            return Power(label=count, tone="", detail=_("read only"))
        case Only():
            return Power(label=count, tone="", detail=_("reading and changing"))
        case Except():
            return Power(label=_("Nearly everything"), tone="bad", detail=count)
        case _:
            return Power(label=_("Not known to this panel"), tone="unknown", detail="")


def row_of(one: Credential, now: datetime, rights: Rights, uses: Uses) -> Row:
    """One key as a row of the table."""
    mark = mark_of(API_KEY, one)
    ends, detail, tone = _ends(one, now)
    return Row(
        mark=mark,
        name=one.description,
        made=" ".join(fact for fact in (used(uses, one, now), texts.created(one)) if fact),
        power=power_of(one.scope, rights.permissions),
        ends=ends,
        ends_detail=detail,
        ends_tone=tone,
        networks=in_order(one.allowed_ips),
        edit=lists.edit_path(API_KEY, mark, rights),
        revoke=lists.revoke_path(API_KEY, mark, rights),
    )


def _ends(one: Credential, now: datetime) -> tuple[str, str, Tone]:
    if one.expires_at is None:
        return _("Never ends"), "", "warn"
    day = language.long_date(one.expires_at)
    if texts.is_ended(one, now):
        return _("Ended %(date)s", date=day), "", "bad"
    return day, texts.left(one.expires_at, now), ""


def grouped(secret: str) -> tuple[str, ...]:
    """`API_` and then groups of six, for reading."""
    head, rest = secret[:4], secret[4:]
    return (head, *(rest[start : start + _GROUP] for start in range(0, len(rest), _GROUP)))


def cards(offers: Sequence[Offer], before: Credential | None, held: frozenset[str]) -> tuple[Choice, ...]:
    """Single permissions first, none ticked; for an existing key, as it is first."""
    found = [single(), *(forms.choice_of(offer) for offer in offers), everything(len(held))]
    if before is None:
        return tuple(found)
    power = power_of(before.scope, held)
    title = _("%(power)s, as now", power=power.label)
    now = Choice(value=KEEP, title=title, text=power.detail or _("Nothing changes"), icon="check")
    return (now, *(card for card in found if not (card.value == EVERYTHING and isinstance(before.scope, Inherit))))


def single() -> Choice:
    """The card that opens the list."""
    return Choice(value=CUSTOM, title=_("Single permissions"), text=_("Only what you tick"), icon="matrix", opens=True)


def everything(held: int) -> Choice:
    """The card that limits nothing."""
    return Choice(
        value=EVERYTHING,
        title=_("Everything I may do"),
        text=_("Also what you may do later"),
        icon="shield",
        more=ngettext("The %(n)s permission of your account", "All %(n)s permissions of your account", held),
    )


def everything_notice(before: Credential) -> Notice | None:
    """Above the form of a key that is not limited."""
    if not isinstance(before.scope, Inherit):
        return None
    return Notice(
        heading=_("This key can do everything you can."),
        text=_("Whoever finds it in a script can use it so. Tick only what its program needs."),
        tone="warn",
    )


def stops(one: Credential, now: datetime) -> str:
    """What stops when it is revoked."""
    if texts.is_ended(one, now) and one.expires_at is not None:
        return _(
            "%(name)s: nothing changes, it ended on %(date)s.",
            name=one.description,
            date=language.long_date(one.expires_at),
        )
    return _("%(name)s: every program with this key is refused, within seconds.", name=one.description)


def stays(others: int) -> str:
    """What goes on working."""
    if not others:
        return _("Your password, your app passwords and your sessions.")
    return ngettext(
        "Your password, your app passwords, your %(n)s other API key and your sessions.",
        "Your password, your app passwords, your %(n)s other API keys and your sessions.",
        others,
    )


def cannot(action: str) -> str:
    """The heading where a permission is missing."""
    return {
        "Query": _("You cannot see API keys"),
        "Create": _("You cannot create API keys"),
        "Update": _("You cannot change API keys"),
        "Destroy": _("You cannot revoke API keys"),
    }[action]
