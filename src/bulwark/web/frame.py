"""What every page needs to know besides its own facts: the person, the menu, the language, the theme."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal

from bulwark import language


class Theme(StrEnum):
    """How the panel looks in this browser; `AUTO` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


Tone = Literal["", "ok", "warn", "bad", "unknown", "accent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """One line of the menu; `fact` is the short word at its end ("On", "3"), `icon` a symbol of the sprite."""

    label: str
    href: str
    icon: str
    fact: str = ""
    fact_tone: Tone = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuGroup:
    """Entries under one small heading; the first group has none."""

    label: str = ""
    entries: tuple[MenuEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAccount:
    """Another account of this browser; `mark` names it to the switch, `ended` says why it must sign in again."""

    address: str
    mark: str
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChoice:
    """A language the panel speaks, under its own name."""

    tag: str
    name: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The facts around a page.

    `account` is the signed-in address, `account_mark` the opaque id each form repeats, `unlock_minutes` what is left
    of a step-up (None when locked), `contact` the administrator's address, `as_of` the time of the reading with its
    zone ("14:32 CET"), `path` where *Read again* leads.
    """

    server_name: str
    title: str = ""
    locale: str = language.SOURCE
    direction: Literal["ltr", "rtl"] = "ltr"
    theme: Theme = Theme.AUTO
    account: str | None = None
    account_mark: str = ""
    menu: tuple[MenuGroup, ...] = ()
    account_links: tuple[MenuEntry, ...] = ()
    other_accounts: tuple[OtherAccount, ...] = ()
    languages: tuple[LanguageChoice, ...] = ()
    unlock_minutes: int | None = None
    contact: str | None = None
    as_of: str | None = None
    path: str = "/"

    @property
    def signed_in_accounts(self) -> int:
        """How many accounts are signed in, this one counted."""
        return 1 + sum(not other.ended for other in self.other_accounts)

    @property
    def initial(self) -> str:
        """The letter in the account's circle."""
        return (self.account or "?")[:1].upper()


@cache
def language_choices(current: str) -> tuple[LanguageChoice, ...]:
    """The languages to offer, each under its own name."""
    return tuple(
        LanguageChoice(tag=tag, name=language.name_of(tag), current=tag == current) for tag in language.available()
    )
