"""The pages of permissions: the matrix, why somebody cannot do something, the plan, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bulwark.account.abilities import ABILITIES
from bulwark.features.permissions import matrix
from bulwark.features.permissions.matrix import Standing
from bulwark.features.permissions.why import joined, why_not
from bulwark.language import _, ngettext, series
from bulwark.web.page_types import Notice, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulwark.account.abilities import Ability
    from bulwark.account.directory import RoleBook
    from bulwark.account.effective import Effective
    from bulwark.features.permissions.matrix import Cell, Population
    from bulwark.web.frame import Tone
    from stalwart_jmap.objects.account import Account as Listed

MATRIX = "permissions/matrix.html"
PATH = "/administration/permissions"
_MOST_ROLES = 5
_NAMES_IN_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """One cell: sign, word, and the class of its ground."""

    icon: str
    tone: Tone
    text: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's heading; `href` removes the account from the comparison."""

    title: str
    more: str
    remove: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One ability: the old label, the names beneath, the cells in the order of the columns."""

    title: str
    names: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixPage(Page):
    """The matrix; `reasons` are sentences per chosen account, `who` the chosen ids."""

    heading: str
    text: str
    tone: Tone
    icon: str
    roles: tuple[Column, ...]
    accounts: tuple[Column, ...]
    rows: tuple[ShownRow, ...]
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    who: tuple[str, ...]
    plan: str
    look_at_all: str
    notes: tuple[str, ...]
    has_undo: bool
    added: str = ""
    notice: Notice | None = None


# The matrix


def _notes(book: RoleBook, accounts: Sequence[Listed]) -> tuple[str, ...]:
    notes = []
    if book.defaults_are_guessed:
        notes.append(
            _("Which roles are given by default could not be read (sysAuthenticationGet); the usual ones are assumed.")
        )
    if any(one.tenant for one in accounts):
        notes.append(_("An account belongs to a tenant. The tenant’s own limits are not counted here."))
    return tuple(notes)


def matrix_page(
    population: Population,
    accounts: Sequence[Listed],
    *,
    chosen: bool,
    can_change: bool,
    has_undo: bool,
    added: str,
    notice: Notice | None,
) -> MatrixPage:
    """The matrix as a page."""
    book, computed = population.book, population.computed
    columns = matrix.role_columns(population, _MOST_ROLES)
    of_roles = [(computed.of_roles(start, matrix.INHERIT), is_group) for start, (_n, is_group) in columns.items()]
    of_accounts = [(computed.of(one), one.is_group) for one in accounts]
    gaps = population.with_gap()
    who = tuple(str(one.id) for one in accounts) if chosen else ()
    return MatrixPage(
        heading=_gaps(gaps, population),
        text=_closing(population, gaps),
        tone="warn" if gaps else "ok",
        icon="warn" if gaps else "check",
        roles=tuple(
            Column(title=joined(book, start), more=_counted(n, is_group=is_group))
            for start, (n, is_group) in columns.items()
        ),
        accounts=tuple(
            Column(
                title=one.address.partition("@")[0],
                more=joined(book, matrix.combination_of(one, book).start),
                remove=address_of([other for other in who if other != one.id]) if chosen else "",
            )
            for one in accounts
        ),
        rows=tuple(
            ShownRow(
                title=ability.formerly,
                names=_names(ability.permissions),
                cells=tuple(_cell(ability, rights, is_group=is_group) for rights, is_group in of_roles + of_accounts),
            )
            for ability in ABILITIES
        ),
        reasons=tuple((one.address, why_not(one, population)) for one in accounts),
        who=who,
        plan=_plan_address(who) if can_change and (gaps or chosen) else "",
        look_at_all="" if population.is_whole else f"{PATH}?{urlencode({'all': 'yes'})}",
        notes=_notes(book, accounts),
        has_undo=has_undo,
        added=added,
        notice=notice,
    )


def address_of(who: Sequence[str]) -> str:
    """The matrix with some accounts."""
    return f"{PATH}?{urlencode([('who', one) for one in who])}" if who else PATH


def _plan_address(who: Sequence[str]) -> str:
    return f"{PATH}/plan?{urlencode([('who', one) for one in who])}" if who else f"{PATH}/plan"


def _gaps(gaps: int, population: Population) -> str:
    if not gaps:
        return _("No account has a gap")
    return ngettext(
        "%(n)s of %(total)s accounts has a gap",
        "%(n)s of %(total)s accounts have a gap",
        gaps,
        total=population.looked_at,
    )


def _closing(population: Population, gaps: int) -> str:
    sentences = []
    if not gaps:
        sentences.append(_("Every part of this panel works for everybody."))
    elif population.special_count:
        sentences.append(
            ngettext(
                "%(n)s account has a block or a list of its own.",
                "%(n)s accounts have a block or a list of their own.",
                population.special_count,
            )
        )
    else:
        sentences.append(_("Changes of roles close all of them."))
    if not population.is_whole:
        sentences.append(
            _("%(n)s of %(total)s accounts were looked at.", n=population.looked_at, total=population.total)
        )
    return " ".join(sentences)


def _counted(n: int, *, is_group: bool) -> str:
    if is_group:
        return ngettext("%(n)s group", "%(n)s groups", n)
    return ngettext("%(n)s account", "%(n)s accounts", n)


def _names(permissions: tuple[str, ...]) -> str:
    if len(permissions) <= _NAMES_IN_ROW:
        return series(permissions)
    stems = dict.fromkeys(_stem(name) for name in permissions)
    listed = series(f"{stem}…" for stem in stems)
    return ngettext("%(n)s name: %(names)s", "%(n)s names: %(names)s", len(permissions), names=listed)


def _stem(name: str) -> str:
    for action in ("Query", "Get", "Create", "Update", "Destroy", "Changes"):
        name = name.removesuffix(action)
    return name


def _cell(ability: Ability, rights: Effective, *, is_group: bool) -> ShownCell:
    found: Cell = matrix.cell(rights, ability, is_group=is_group)
    part = _("%(n)s of %(total)s", n=found.have, total=found.of)
    match found.standing:
        case Standing.GRANTED:
            return ShownCell(icon="ok", tone="ok", text=_("Granted"), ground="")
        case Standing.PARTLY:
            return ShownCell(icon="warn", tone="warn", text=part, ground="part")
        case Standing.MISSING:
            return ShownCell(icon="no", tone="bad", text=_("Missing"), ground="gap")
        case Standing.BLOCKED_HERE:
            return ShownCell(icon="no", tone="bad", text=_("Blocked here"), ground="gap")
        case Standing.BLOCKED_BY_ROLE:
            return ShownCell(icon="no", tone="bad", text=_("Blocked by role"), ground="gap")
        case _:
            return ShownCell(icon="block", tone="", text=_("Not needed"), ground="")


def unknown_account(text: str) -> Notice:
    """Nobody has the address that was asked for."""
    return Notice(heading=_("No account has the address “%(text)s”.", text=text), tone="warn", alert=True)
