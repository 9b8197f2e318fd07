"""The page of everybody's app passwords and API keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bulwark.features.accounts import pages as texts
from bulwark.features.accounts.keys import Which
from bulwark.language import _, ngettext
from bulwark.web.page_types import Link, Page

if TYPE_CHECKING:
    from datetime import datetime

    from bulwark.features.accounts.keys import KeyListing
    from bulwark.features.accounts.pages import Pill

KEYS = "accounts/keys.html"
PATH = "/administration/accounts/keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One credential with its owner."""

    name: str
    kind: str
    owner: str
    owner_href: str
    power: Pill
    facts: str
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPage(Page):
    """The list."""

    lines: tuple[KeyLine, ...]
    which: str
    options: tuple[tuple[str, str], ...]
    summary: str
    onward: Link | None
    first: Link | None


def keys_page(
    listing: KeyListing, now: datetime, *, which: Which, position: int, can_revoke: bool, own_id: str
) -> KeysPage:
    """The list as a page; one's own credentials are revoked on one's own pages."""
    n = len(listing.found)
    return KeysPage(
        lines=tuple(
            KeyLine(
                name=one.credential.description or one.credential.id,
                kind=texts.kind_name(one.credential),
                owner=one.owner.address,
                owner_href=f"{texts.PATH}/{one.owner.id}",
                power=texts.power(one.credential, one.held),
                facts=texts.facts_of(one.credential, now),
                revoke=texts.revoke_address(one.owner.id, one.credential)
                if can_revoke and one.owner.id.lower() != own_id.lower()
                else "",
            )
            for one in listing.found
        ),
        which=which.value,
        options=(
            (Which.ALL.value, _("App passwords and API keys")),
            (Which.API_KEYS.value, _("API keys")),
            (Which.APP_PASSWORDS.value, _("App passwords")),
            (Which.POWERFUL.value, _("With all rights of the account")),
        ),
        summary=ngettext(
            "%(n)s on this page, %(looked)s of %(total)s accounts looked at",
            "%(n)s on this page, %(looked)s of %(total)s accounts looked at",
            n,
            looked=position + listing.looked_at,
            total=listing.total,
        ),
        onward=None if listing.end is None else Link(label=_("Next page"), href=_address(which, listing.end)),
        first=Link(label=_("First page"), href=_address(which, 0)) if position else None,
    )


def _address(which: Which, position: int) -> str:
    wanted = {"which": "" if which is Which.ALL else which.value, "from": str(position) if position else ""}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{PATH}?{query}" if query else PATH
