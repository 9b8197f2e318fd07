"""What a person fills in to make or change a credential: as typed, for filling in again, and what it asks for.

The same for the browser and the command line. Everything is checked before anything is sent.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bulwark.account import credential_texts as texts
from bulwark.account import expiry, networks
from bulwark.account.expiry import End, EndFault, Ends
from bulwark.account.presets import CUSTOM, EVERYTHING, SIGN_IN
from stalwart_jmap.objects.credential import Except, Inherit, NewCredential, Only

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from bulwark.account.networks import Reading
    from bulwark.account.presets import Offer
    from bulwark.account.rights import Rights
    from bulwark.web.forms import Form
    from stalwart_jmap.objects.credential import Credential, Scope

KEEP = "keep"
LONGEST_NAME = 100  # letters
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would make a name read as another


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form as typed. `choice`: preset, `everything`, `custom`, `keep`. `once` names the form, `state` what it saw."""

    name: str = ""
    choice: str = ""
    picks: frozenset[str] = frozenset()
    find: str = ""
    end: str = End.YEAR.value
    end_date: str = ""
    only: bool = False
    networks: str = ""
    anyway: bool = False
    once: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a draft is judged by: what one holds and is offered, the time and zone, one's own network address.

    `before` is the credential that is changed, None for a new one. `address` is empty where there is none to compare.
    """

    rights: Rights
    offers: Sequence[Offer]
    now: datetime
    zone: tzinfo | None
    address: str
    before: Credential | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a draft asks for, or a sentence for each field; `reading` explains the networks, `excludes` warns."""

    wanted: NewCredential | None
    wrong: dict[str, str]
    reading: Reading
    excludes: bool


def typed(form: Form) -> Draft:
    """The draft of a submitted form."""
    return Draft(
        name=form.text("name"),
        choice=form.text("preset"),
        picks=frozenset(form.many("pick")),
        find=form.text("find"),
        end=form.text("end"),
        end_date=form.text("end_date"),
        only=form.text("from") == "only",
        networks=form.text("networks"),
        anyway=form.ticked("anyway"),
        once=form.text("once"),
        state=form.text("state"),
    )


def draft_of(one: Credential, *, state: str, choice: str, held: frozenset[str]) -> Draft:
    """The form of an existing credential, filled in as it is."""
    return Draft(
        name=one.description,
        choice=choice,
        picks=picks_of(one.scope, held),
        end=KEEP,
        only=bool(one.allowed_ips),
        networks="\n".join(networks.in_order(one.allowed_ips)),
        state=state,
    )


def picks_of(scope: Scope, held: frozenset[str]) -> frozenset[str]:
    """The permissions to tick for a scope."""
    match scope:
        case Only(permissions):
            return permissions
        case Except(permissions):
            return held - permissions
        case _:
            return frozenset()


def choice_like(scope: Scope, offers: Sequence[Offer]) -> str:
    """The choice of a new form that comes nearest to a scope."""
    if isinstance(scope, Inherit):
        return EVERYTHING
    fitting = (one.preset.slug for one in offers if isinstance(scope, Only) and one.granted == scope.permissions)
    return next(fitting, CUSTOM)


def judge(draft: Draft, here: Circumstances) -> Judged:
    """Check everything at once; `wrong` is in the order of the page."""
    wrong: dict[str, str] = {}
    name = unicodedata.normalize("NFC", draft.name).strip()
    fault = name_fault(name)
    if fault:
        wrong["name"] = fault
    scope = _scope(draft, here)
    if isinstance(scope, str):
        wrong["preset"] = scope
    kept = None if here.before is None else Ends(at=here.before.expires_at)
    ends = expiry.read(draft.end, draft.end_date, now=here.now, zone=here.zone, kept=kept)
    if isinstance(ends, EndFault):
        wrong["end_date" if draft.end == End.DATE else "end"] = texts.end_fault(ends)
    reading = networks.read(draft.networks) if draft.only else networks.Reading()
    if reading.problems:
        wrong["networks"] = " ".join(texts.network_problem(problem) for problem in reading.problems[:5])
    elif draft.only and not reading.entries:
        wrong["networks"] = texts.network_missing()
    excludes = bool(here.address) and not networks.covers(reading.entries, here.address)
    if excludes and not draft.anyway and not wrong and not _keeps(reading, here.before):
        wrong["anyway"] = texts.excluded_confirm()
    if wrong or isinstance(scope, str) or isinstance(ends, EndFault):
        return Judged(wanted=None, wrong=wrong, reading=reading, excludes=excludes)
    wanted = NewCredential(
        description=name, expires_at=ends.at, scope=scope, allowed_ips=_entries(reading.entries, here.before)
    )
    return Judged(wanted=wanted, wrong={}, reading=reading, excludes=excludes)


def name_fault(name: str) -> str:
    """What is wrong with a name, or nothing."""
    if not name:
        return texts.name_missing()
    if len(name) > LONGEST_NAME:
        return texts.name_too_long(len(name), LONGEST_NAME)
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} or letter in _TURNS_TEXT for letter in name):
        return texts.name_unreadable()
    return ""


def with_address(draft: Draft, address: str) -> str:
    """The typed networks with one's own address added, once."""
    if address in networks.read(draft.networks).entries:
        return draft.networks
    return f"{draft.networks.rstrip()}\n{address}".strip()


def _scope(draft: Draft, here: Circumstances) -> Scope | str:
    """The scope that was chosen, or the sentence that says why it cannot be."""
    if draft.choice == KEEP and here.before is not None:
        return here.before.scope
    if draft.choice == EVERYTHING:
        return Inherit()
    if draft.choice == CUSTOM:
        return _custom(draft.picks, here)
    chosen = next((one for one in here.offers if one.preset.slug == draft.choice), None)
    if chosen is None:
        return texts.choice_missing()
    if chosen.lacking:
        return texts.not_held(chosen.lacking)
    return Only(chosen.granted)


def _custom(picks: Iterable[str], here: Circumstances) -> Scope | str:
    """Single permissions; `authenticate` always comes along, because nothing opens without it."""
    wanted = frozenset(picks)
    if not wanted - {SIGN_IN}:
        return texts.nothing_ticked()
    granted = wanted | {SIGN_IN}
    before = picks_of(here.before.scope, here.rights.permissions) if here.before is not None else frozenset()
    lacking = sorted(granted - here.rights.permissions - before)
    if lacking:
        return texts.not_held(tuple(lacking))
    if here.before is not None and isinstance(here.before.scope, Except) and granted == before:
        return here.before.scope
    return Only(granted)


def _keeps(reading: Reading, before: Credential | None) -> bool:
    """Whether the networks are as they were: what excludes the person now did so before."""
    return before is not None and frozenset(reading.entries) == frozenset(_normal(before.allowed_ips))


def _entries(entries: Iterable[str], before: Credential | None) -> frozenset[str]:
    """What to write; entries that only differ in spelling from the stored ones stay as they are stored."""
    wanted = frozenset(entries)
    if before is not None and wanted == frozenset(_normal(before.allowed_ips)):
        return before.allowed_ips
    return wanted


def _normal(entries: Iterable[str]) -> tuple[str, ...]:
    return networks.read("\n".join(entries)).entries


def replaced(draft: Draft, *, name: str, picks: frozenset[str], networks: Sequence[str]) -> Draft:
    """The draft with another name, other ticks and other networks; no networks mean anywhere."""
    return replace(draft, name=name, picks=picks, only=bool(networks), networks="\n".join(networks))


def ending(draft: Draft, end: str, day: str) -> Draft:
    """The draft with another end: a choice of `End`, and the day for the choice `date`."""
    return replace(draft, end=end, end_date=day)
