"""Why somebody cannot do what the panel promises: one sentence for each promise, on pages and in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulwark.account.abilities import ABILITIES
from bulwark.features.permissions import matrix
from bulwark.features.permissions.matrix import Standing
from bulwark.language import _, series

if TYPE_CHECKING:
    from bulwark.account.directory import RoleBook
    from bulwark.features.permissions.matrix import Lack, Population
    from stalwart_jmap.objects.account import Account as Listed


def joined(book: RoleBook, start: frozenset[str]) -> str:
    """Roles by their names."""
    return series(sorted(book.name(role_id) for role_id in start)) or _("no role")


def why_not(one: Listed, population: Population) -> tuple[str, ...]:
    """Why an account cannot do what the panel promises: one sentence for each promise."""
    effective = population.computed.of(one)
    sentences = []
    for ability in ABILITIES:
        found = matrix.cell(effective, ability, is_group=one.is_group)
        if found.lacks and found.standing is not Standing.NOT_NEEDED:
            sentences.append(
                _(
                    "%(account)s cannot %(what)s: %(reason)s.",
                    account=one.address,
                    what=_(ability.what),
                    reason="; ".join(_reasons(found.lacks, one, population.book)),
                )
            )
    return tuple(sentences)


def _reasons(lacks: tuple[Lack, ...], one: Listed, book: RoleBook) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for lack in lacks:
        if lack.denied_here:
            reasons.setdefault("here", []).append(lack.permission)
        elif lack.denied_by:
            reasons.setdefault(f"role:{lack.denied_by[0]}", []).append(lack.permission)
        else:
            reasons.setdefault("nobody", []).append(lack.permission)
    return [_reason(who, series(names), one, book) for who, names in reasons.items()]


def _reason(who: str, names: str, one: Listed, book: RoleBook) -> str:
    if who == "here":
        return _("a block on the account itself denies %(names)s", names=names)
    if who.startswith("role:"):
        role = book.name(who.removeprefix("role:"))
        return _("the role “%(role)s” denies %(names)s, and a denial wins over every grant", role=role, names=names)
    if one.permissions.kind == "Replace":
        return _("the account’s own list replaces its roles and leaves out %(names)s", names=names)
    roles = joined(book, matrix.combination_of(one, book).start)
    return _("no role of the account (%(roles)s) grants %(names)s", roles=roles, names=names)
