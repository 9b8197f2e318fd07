"""What the lists of app passwords and of API keys share, and the pages with a new secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulwark.account import credential_texts as texts
from bulwark.account.last_use_texts import not_known
from bulwark.language import _
from bulwark.web.page_types import Notice, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.account.credential_limits import Limit
    from bulwark.account.credentials import Kind, Listing
    from bulwark.account.last_use import Uses
    from bulwark.account.rights import Rights

_MANY = 10  # from one more on, the list can be searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One credential of the list; `edit` and `revoke` are empty where the permission is missing."""

    mark: str
    name: str
    networks: tuple[str, ...]
    edit: str
    revoke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Page):
    """The list; `full` replaces the button where the limit is known and reached, `closed` where one may not create."""

    kind: Kind
    notice: Notice | None
    title: str
    text: str
    rows: tuple[Row, ...]
    total: int
    has_search: bool
    find: str
    can_create: bool
    full: str
    closed: str
    can_revoke: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedPage(Page):
    """The secret, this once, in `groups` for reading; `raw` is what copying gives."""

    kind: Kind
    name: str
    confirmed: str
    may: tuple[str, ...]
    groups: tuple[str, ...]
    raw: str


def list_page(
    kind: Kind,
    listing: Listing,
    rows: Sequence[Row],
    *,
    rights: Rights,
    limit: Limit | None,
    uses: Uses,
    find: str,
    cannot_create: str,
    notice: Notice | None,
) -> ListPage:
    """The list, of which `rows` fit what was looked for; `cannot_create` is said where the permission is missing."""
    count = len(listing.credentials)
    may_create = rights.has(kind.permission("Create"))
    return ListPage(
        kind=kind,
        notice=notice,
        title=texts.in_use(count, limit),
        text=texts.quota(limit) if uses.is_known else f"{texts.quota(limit)} {not_known()}",
        rows=tuple(rows),
        total=count,
        has_search=count > _MANY,
        find=find,
        can_create=may_create,
        full=_full(count, limit),
        closed="" if may_create else cannot_create,
        can_revoke=rights.has(kind.permission("Destroy")),
    )


def edit_path(kind: Kind, mark: str, rights: Rights) -> str:
    """Where one is changed; nothing where the permission is missing."""
    return f"{kind.path}/{mark}/edit" if rights.has(kind.permission("Update")) else ""


def revoke_path(kind: Kind, mark: str, rights: Rights) -> str:
    """Where one is revoked; nothing where the permission is missing."""
    return f"{kind.path}/{mark}/revoke" if rights.has(kind.permission("Destroy")) else ""


def _full(count: int, limit: Limit | None) -> str:
    """What stands in place of the button when no more are allowed."""
    if limit is None or count < limit.number:
        return ""
    return _("%(n)s of %(limit)s in use. Revoke one first.", n=count, limit=limit.number)
